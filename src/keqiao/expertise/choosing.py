"""Finding and conflicts together: experts after every filter, each with his ties."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import SHOWN, Answer, Filters, Found, find_experts
from keqiao.expertise.ties import Ties, ties_of
from keqiao.people.access import Scope

CLEAR = {"direct": "没有直接关联", "any": "没有任何关联"}
"""What the filter asks for -> its words."""

_LOOKED_AT = 60  # experts whose ties are read at once when the filter may leave some out
_EVERYBODY = 10_000  # more than any answer holds


@dataclass(frozen=True, slots=True)
class Chosen:
    """answer: the experts to show. ties: of them and of `also`. tied: left out because of their ties."""

    answer: Answer
    ties: Ties
    tied: int = 0


def choose(
    asked: Asked,
    scope: Scope,
    filters: Filters,
    clear: str = "",
    *,
    also: Sequence[Any] = (),
    top: int = SHOWN,
) -> Chosen:
    """The best experts without the ties that `clear` rules out (a key of CLEAR, "" = all).

    also: further experts whose ties are wanted, as those of the shortlist. Where the reader may not know the asking
    side, `clear` is left aside: who is missing would tell him.
    """
    answer = find_experts(asked, scope, filters, top=_EVERYBODY if clear else top)
    kept, tied = answer.experts[:top], 0
    if clear:
        kept, tied = _untied(asked, scope, answer.experts, clear, top)
    everyone = {one.pk: one for one in (*(found.expert for found in kept), *also)}
    ties = ties_of(asked, list(everyone.values()), scope)
    return Chosen(replace(answer, experts=kept), ties, tied)


def _untied(
    asked: Asked, scope: Scope, experts: Sequence[Found], clear: str, top: int
) -> tuple[tuple[Found, ...], int]:
    """The first `top` whom `clear` lets through, and how many before them it did not."""
    kept: list[Found] = []
    tied = 0
    for at in range(0, len(experts), _LOOKED_AT):
        part = experts[at : at + _LOOKED_AT]
        ties = ties_of(asked, [found.expert for found in part], scope)
        if not ties.can_check:
            return tuple(experts[:top]), 0
        for found in part:
            if any(tie.is_direct or clear == "any" for tie in ties.asking[found.expert.pk]):
                tied += 1
            else:
                kept.append(found)
            if len(kept) == top:
                return tuple(kept), tied
    return tuple(kept), tied
