"""Verdicts that are kept: written with their text and inputs, given again from them at any time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from keqiao.core.audit import record
from keqiao.people.models import User
from keqiao.rules.actions import plain_data
from keqiao.rules.book import Version, parse_version
from keqiao.rules.facts import read_facts
from keqiao.rules.judging import Judgement, judge
from keqiao.rules.models import Assessment, RuleText


def inputs_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON, as a verdict keeps them; decimals as text, which `read_facts` reads back exactly."""
    plain = (bool, int, list, type(None))
    return {
        name: [str(one) for one in value]
        if isinstance(value, list)
        else value
        if isinstance(value, plain)
        else str(value)
        for name, value in facts.items()
    }


@transaction.atomic
def keep_assessment(
    *,
    version: Version,
    facts: Mapping[str, Any],
    on: date,
    subject_kind: str,
    subject_id: str,
    subject_name: str = "",
    purpose: str = "",
    by: User | None,
    once: bool = False,
) -> Assessment:
    """Judge and keep: the verdict, the facts it used, and the whole text it was given under.

    once: where the same text, day, facts and purpose are kept for the subject already, that verdict is given back; the
    caller holds the subject's lock.
    """
    kept = inputs_of(facts)
    if once:
        same = Assessment.objects.of(subject_kind, subject_id).filter(
            book=version.book, on=on, purpose=purpose, text__digest=version.digest
        )
        for one in same:
            if one.inputs == kept:
                return one
    known, _ = read_facts(kept)
    found = judge(version, known, on=on)
    text, _ = RuleText.objects.get_or_create(
        digest=version.digest,
        defaults={"book": version.book, "version_id": version.id, "data": plain_data(version.data)},
    )
    assessment = Assessment.objects.create(
        text=text,
        book=version.book,
        on=on,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_name=subject_name,
        inputs=kept,
        outcome=found.outcome,
        judgement=found.as_json(),
        purpose=purpose,
        by=by,
    )
    record(
        "rule.assessed", by=by, target=assessment, reason=purpose, changes={"结论": ["", found.outcome.label]}
    )
    return assessment


def replay(assessment: Assessment) -> Judgement:
    """The verdict once more, from the kept text and inputs; equal to the kept one as long as the engine is right."""
    version = parse_version(assessment.text.data, assessment.book, f"“{assessment.book}”")
    facts, _ = read_facts(assessment.inputs)
    return judge(version, facts, on=assessment.on)


@dataclass(frozen=True, slots=True)
class Replay:
    """A kept verdict given once more. differences: {label, old, new} where the two answers part; empty when they are one.

    text_is_whole: the kept text still has the digest that it was kept under.
    """

    judgement: Judgement
    differences: tuple[dict[str, str], ...]
    text_is_whole: bool

    @property
    def is_same(self) -> bool:
        return self.text_is_whole and not self.differences


def replayed(assessment: Assessment) -> Replay:
    """The verdict once more, held against the kept one condition by condition and score by score."""
    again = replay(assessment)
    kept, now = assessment.judgement, again.as_json()
    found = []
    if kept["outcome"] != now["outcome"]:
        found.append({"label": "结论", "old": kept["outcome_label"], "new": now["outcome_label"]})
    for part, label in (("conditions", "条件"), ("scores", "评分")):
        sides = [{one["id"]: one for one in side[part]} for side in (kept, now)]
        for code in dict.fromkeys([*sides[0], *sides[1]]):
            before, after = (side.get(code) for side in sides)
            if before != after:
                title = (before or after or {})["title"]
                found.append(
                    {"label": f"{label} {code} {title}", "old": _line_of(before), "new": _line_of(after)}
                )
    if not found and kept != now:
        found.append({"label": "其他内容", "old": "留存的", "new": "与重算的不同"})
    whole = again.version_digest == assessment.text.digest == kept["version_digest"]
    return Replay(again, tuple(found), whole)


def _line_of(line: Mapping[str, Any] | None) -> str:
    if line is None:
        return ""
    said = line.get("says") or f"{line.get('least')}—{line.get('most')} 分"
    return f"{line['outcome_label']}：{said}"
