"""Verdicts that are kept: written with their text and inputs, given again from them at any time."""

from collections.abc import Mapping
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


def _inputs(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON; decimals as text, which `read_facts` reads back exactly."""
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
) -> Assessment:
    """Judge and keep: the verdict, the facts it used, and the whole text it was given under."""
    kept = _inputs(facts)
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
