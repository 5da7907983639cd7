"""Shapes that every part of the API answers with."""

from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

MOST_ROWS = 100
"""Of one page (security notes §8.4)."""

Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="每页条数，最多 100")]
PageNumber = Annotated[int, Field(ge=1, le=500, description="第几页，从 1 起，最多 500；更深请缩小条件")]
Words = Annotated[str, Field(max_length=200, description="检索词")]


class ErrorDetail(Schema):
    """One refusal: a stable code for machines, a sentence for people, the parameter at fault if one is."""

    code: str
    message: str
    field: str | None


class ErrorBody(Schema):
    """The one shape of every error."""

    error: ErrorDetail


class Strict(Schema):
    """Parameters. A name that does not exist is left out by the reader; a value that does not fit is refused."""

    model_config = ConfigDict(extra="ignore")


def answers(body: Any, *more: int) -> dict[int, Any]:
    """What an operation may answer: `body`, and the errors that every operation shares."""
    return {200: body} | dict.fromkeys((422, 429, *more), ErrorBody)
