"""Finding and conflicts together: experts after every filter, each with his ties."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from keqiao.expertise.evidence import Asked
from keqiao.expertise.finder import SHOWN, Answer, Filters, find_experts
from keqiao.expertise.ties import Ties, ties_of
from keqiao.people.access import Scope

CLEAR = {"direct": "没有直接关联", "any": "没有任何关联"}
"""What the filter asks for -> its words."""

_LOOKED_AT = 60  # experts whose ties are read when the filter may leave some out


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
    answer = find_experts(asked, scope, filters, top=_LOOKED_AT if clear else top)
    everyone = {one.pk: one for one in (*(found.expert for found in answer.experts), *also)}
    ties = ties_of(asked, list(everyone.values()), scope)
    kept = answer.experts
    if clear and ties.can_check:
        kept = tuple(
            found
            for found in kept
            if not any(tie.is_direct or clear == "any" for tie in ties.asking[found.expert.pk])
        )
    return Chosen(replace(answer, experts=kept[:top]), ties, len(answer.experts) - len(kept))
