"""An advice as a page shows it."""

from typing import Any

from keqiao.ladder.enums import Rung
from keqiao.ladder.steps import Advice
from keqiao.rules.facts import title_of
from keqiao.rules.judging import Condition, Outcome

TONES = {
    Outcome.MET: "green", Outcome.UNMET: "red", Outcome.UNKNOWN: "amber", Outcome.MANUAL: "amber", Outcome.NOT_APPLICABLE: "plain",
}  # fmt: skip
_ORDER = {Outcome.UNMET: 0, Outcome.UNKNOWN: 1, Outcome.MANUAL: 2, Outcome.MET: 3, Outcome.NOT_APPLICABLE: 4}
_VERDICTS = {
    Outcome.MET: "符合", Outcome.MANUAL: "基本符合，部分由专家判断", Outcome.UNKNOWN: "还差数据", Outcome.UNMET: "还不符合",
    Outcome.NOT_APPLICABLE: "不适用",
}  # fmt: skip


def shown_advice(rung: Rung, advice: Advice) -> dict[str, Any]:
    """{label, verdict, tone, says, conditions, changes, blocked, missing …} for a template."""
    now = advice.now
    return {
        "book": rung.book,
        "label": rung.label,
        "verdict": _VERDICTS[now.outcome],
        "tone": TONES[now.outcome],
        "is_there": advice.is_there,
        "is_met": now.outcome is Outcome.MET,
        "says": advice.says,
        "source": advice.version.source,
        "unverified": advice.version.unverified,
        "conditions": [
            _line(one) for one in sorted(_single(now.conditions), key=lambda one: _ORDER[one.outcome])
        ],
        "scores": [one for one in now.scores if not one.parent],
        "changes": advice.changes,
        "price": advice.price,
        "months": advice.months,
        "after": _VERDICTS[advice.after.outcome] if advice.changes else "",
        "blocked": advice.blocked,
        "missing": [title_of(name, now.on.year - 1) for name in advice.missing],
        "asked": [title_of(name, now.on.year - 1) for name in now.asked],
        "notes": now.notes,
        "is_cheapest": advice.is_cheapest,
    }


def _single(conditions: tuple[Condition, ...]) -> list[Condition]:
    """Conditions that a person reads: parts instead of their wholes, and of several ways in only the one that counts."""
    taken = {one.parent for one in conditions if one.parent}
    return [one for one in conditions if one.id not in taken and one.outcome is not Outcome.NOT_APPLICABLE]


def _line(one: Condition) -> dict[str, Any]:
    return {
        "title": one.title,
        "says": one.says or one.title,
        "label": one.outcome.label,
        "tone": TONES[one.outcome],
        "article": one.article,
        "route": one.route,
        "unverified": one.unverified,
    }
