"""How well a demand is written, point by point. Pure: facts in, findings out; weights and words in rules.yaml."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from keqiao.registry.records.quality import Finding, Quality
from keqiao.registry.records.rulebook import Rulebook, rulebook
from keqiao.registry.records.wording import (
    contact_details,
    hidden_number,
    is_measurable,
    vague_clauses,
    words_in,
)

RULES = Path(__file__).with_name("rules.yaml")
_MOST_OF_A_KIND = 2  # findings of one rule: ten vague phrases need one lesson
_TINY_YUAN = 1000


@dataclass(frozen=True, slots=True)
class DemandFacts:
    """What the rules look at. metrics: one text each. today: the day it is judged on."""

    today: dt.date
    title: str = ""
    content: str = ""
    metrics: Sequence[str] = field(default_factory=tuple)
    foundation: str = ""
    partner_requirements: str = ""
    cooperation_modes: Sequence[str] = field(default_factory=tuple)
    budget_yuan: Decimal | None = None
    is_budget_open: bool = False
    pay_to_partner_yuan: Decimal | None = None
    due_on: dt.date | None = None
    due_text: str = ""
    has_contact: bool = False
    promised_true: bool = False
    promised_no_secret: bool = False

    @property
    def public_text(self) -> str:
        """Everything that strangers will read."""
        return "\n".join(
            (self.title, self.content, *self.metrics, self.foundation, self.partner_requirements)
        )


def assess(facts: DemandFacts) -> Quality:
    """The score 0-100 and what is missing, weak or dangerous, gravest first."""
    rules = rulebook(RULES)
    checks = (_title, _content, _metrics, _terms, _promises, _dangers)
    return rules.quality(finding for check in checks for finding in check(facts, rules))


def _title(facts: DemandFacts, rules: Rulebook) -> Iterator[Finding]:
    title, limits = facts.title.strip(), rules.limits
    if not title or title in rules.words["empty_title"]:
        yield rules.finding("title_missing")
    elif len(title) < limits["title_min"]:
        yield rules.finding("title_short", length=len(title))
    elif len(title) > limits["title_max"]:
        yield rules.finding("title_long", length=len(title), limit=limits["title_max"])


def _content(facts: DemandFacts, rules: Rulebook) -> Iterator[Finding]:
    content = facts.content.strip()
    if not content:
        yield rules.finding("content_missing")
        return
    if len(content) < rules.limits["content_min"]:
        yield rules.finding("content_short", length=len(content), limit=rules.limits["content_good"])
    seen: set[str] = set()
    for phrase, _ in vague_clauses(content, rules.words["vague"]):
        if phrase not in seen and len(seen) < _MOST_OF_A_KIND:
            seen.add(phrase)
            yield rules.finding("vague", phrase=phrase)


def _metrics(facts: DemandFacts, rules: Rulebook) -> Iterator[Finding]:
    metrics = [metric.strip() for metric in facts.metrics if metric.strip()]
    if not metrics:
        yield rules.finding("metric_missing")
    for metric in [one for one in metrics if not is_measurable(one)][:_MOST_OF_A_KIND]:
        yield rules.finding("metric_not_measurable", metric=metric[:30])


def _terms(facts: DemandFacts, rules: Rulebook) -> Iterator[Finding]:
    if not facts.foundation.strip():
        yield rules.finding("foundation_missing")
    if not facts.cooperation_modes:
        yield rules.finding("cooperation_missing")
    if facts.budget_yuan is None and not facts.is_budget_open:
        yield rules.finding("budget_missing")
    if facts.budget_yuan is not None and 0 < facts.budget_yuan < _TINY_YUAN:
        yield rules.finding("budget_tiny", amount=facts.budget_yuan.normalize())
    if (
        facts.pay_to_partner_yuan
        and facts.budget_yuan is not None
        and facts.pay_to_partner_yuan > facts.budget_yuan
    ):
        yield rules.finding("pay_exceeds_budget")
    if facts.due_on is None and not facts.due_text.strip():
        yield rules.finding("deadline_missing")
    elif facts.due_on is not None and facts.due_on < facts.today:
        yield rules.finding("deadline_past")


def _promises(facts: DemandFacts, rules: Rulebook) -> Iterator[Finding]:
    if not facts.has_contact:
        yield rules.finding("contact_missing")
    if not facts.promised_true:
        yield rules.finding("promise_true")
    if not facts.promised_no_secret:
        yield rules.finding("promise_no_secret")


def _dangers(facts: DemandFacts, rules: Rulebook) -> Iterator[Finding]:
    if found := contact_details(facts.public_text):
        yield rules.finding("contact_in_text", found="、".join(map(hidden_number, found)))
    if found := words_in(facts.public_text, rules.words["secret"]):
        yield rules.finding("secret_words", found="、".join(found))
