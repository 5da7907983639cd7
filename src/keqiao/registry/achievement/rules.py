"""How well an achievement is described, point by point. Pure: facts in, findings out; weights and words in rules.yaml."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keqiao.registry.records.quality import Finding, Quality
from keqiao.registry.records.rulebook import Rulebook, rulebook
from keqiao.registry.records.wording import contact_details, hidden_number, vague_clauses, words_in

RULES = Path(__file__).with_name("rules.yaml")
_MOST_OF_A_KIND = 2
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class AchievementFacts:
    """What the rules look at."""

    title: str = ""
    summary: str = ""
    innovation: str = ""
    prospects: str = ""
    cases: str = ""
    has_maturity: bool = False
    transfer_modes: Sequence[str] = field(default_factory=tuple)
    has_price: bool = False
    team: Sequence[str] = field(default_factory=tuple)
    has_contact: bool = False

    @property
    def public_text(self) -> str:
        """Everything that strangers will read."""
        return "\n".join((self.title, self.summary, self.innovation, self.prospects, self.cases))


def assess(facts: AchievementFacts) -> Quality:
    """The score 0-100 and what is missing, weak or dangerous, gravest first."""
    rules = rulebook(RULES)
    checks = (_title, _summary, _terms, _dangers)
    return rules.quality(finding for check in checks for finding in check(facts, rules))


def _title(facts: AchievementFacts, rules: Rulebook) -> Iterator[Finding]:
    title, limits = facts.title.strip(), rules.limits
    if not title or title in rules.words["empty_title"]:
        yield rules.finding("title_missing")
    elif len(title) < limits["title_min"]:
        yield rules.finding("title_short", length=len(title))
    elif len(title) > limits["title_max"]:
        yield rules.finding("title_long", length=len(title), limit=limits["title_max"])


def _summary(facts: AchievementFacts, rules: Rulebook) -> Iterator[Finding]:
    summary = facts.summary.strip()
    if not summary:
        yield rules.finding("summary_missing")
        return
    if len(summary) < rules.limits["summary_min"]:
        yield rules.finding("summary_short", length=len(summary), limit=rules.limits["summary_good"])
    if not _FIGURE.search(summary):
        yield rules.finding("no_figure")
    seen: set[str] = set()
    for phrase, _ in vague_clauses(summary, rules.words["vague"]):
        if phrase not in seen and len(seen) < _MOST_OF_A_KIND:
            seen.add(phrase)
            yield rules.finding("vague", phrase=phrase)


def _terms(facts: AchievementFacts, rules: Rulebook) -> Iterator[Finding]:
    missing = {
        "innovation_missing": not facts.innovation.strip(),
        "maturity_missing": not facts.has_maturity,
        "transfer_missing": not facts.transfer_modes,
        "price_missing": not facts.has_price,
        "cases_missing": not facts.cases.strip(),
        "team_missing": not facts.team,
        "contact_missing": not facts.has_contact,
    }
    yield from (rules.finding(key) for key, is_missing in missing.items() if is_missing)


def _dangers(facts: AchievementFacts, rules: Rulebook) -> Iterator[Finding]:
    if found := contact_details(facts.public_text):
        yield rules.finding("contact_in_text", found="、".join(map(hidden_number, found)))
    if found := words_in(facts.public_text, rules.words["secret"]):
        yield rules.finding("secret_words", found="、".join(found))
