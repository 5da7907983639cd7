"""What a case says about its match, in the one list of reasons that matches are answered with (`verdict.enums.Reason`)."""

from contextlib import suppress

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.deal.enums import NoAnswerWhy, Outcome, Side
from keqiao.deal.models import Case
from keqiao.deal.telling import record_of
from keqiao.people.models import User
from keqiao.verdict.actions import give_answer
from keqiao.verdict.enums import Reason

_ENDS = {Outcome.TERMS: (Side.DEMAND, Reason.PRICE), Outcome.ELSEWHERE: (Side.DEMAND, Reason.SOLVED)}
_SILENCE = {
    NoAnswerWhy.WRONG_CONTACT: (Side.DEMAND, Reason.UNREACHABLE),
    NoAnswerWhy.NOT_READ: (Side.DEMAND, Reason.UNREACHABLE),
    NoAnswerWhy.UNKNOWN: (Side.DEMAND, Reason.UNREACHABLE),
    NoAnswerWhy.WRONG_TARGET: (Side.DEMAND, Reason.OFF_TOPIC),
    NoAnswerWhy.TOO_VAGUE: (Side.SUPPLY, Reason.UNCLEAR),
}


def reason_of(outcome: str, why: str = "") -> tuple[Side, Reason] | None:
    """What an end means for the match, and for which side it is said; None when it says nothing about it: a side that
    did not want has said why itself, duplicates and invalid ones are no judgement of the other."""
    if outcome == Outcome.NO_ANSWER:
        return _SILENCE.get(NoAnswerWhy(why)) if why in NoAnswerWhy.values else None
    return _ENDS.get(Outcome(outcome))


def teach(case: Case, side: str, reason: str, note: str, by: User | None) -> None:
    """A typed no goes to the match as well, so that it is counted, given back as advice, and ranks later matches."""
    source, target = record_of(case, side), record_of(case, Side(side).other)
    if source is None or target is None or by is None:
        return
    # Who answers for a side need not speak for its record, whose owner's own word stands; the case keeps the word
    with suppress(NotAllowed, BadInput):
        give_answer(source=source, target=target, is_yes=False, reason=reason, by=by, text=note[:200])


def teach_the_end(case: Case, by: User | None) -> None:
    """What the end says of the match, unless that side has typed its own no in this case."""
    found = reason_of(case.outcome, case.no_answer_why)
    if found and not case.parties.filter(side=found[0]).exclude(refusal="").exists():
        teach(case, found[0], found[1], case.outcome_note, by)
