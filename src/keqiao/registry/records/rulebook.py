"""The weights and words of quality rules, kept as data beside the rules so that an officer can read and change them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.registry.records.quality import Finding, Level, Quality

_ORDER = {Level.DANGER: 0, Level.MISSING: 1, Level.WEAK: 2}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's words. weight: points of 100 that it costs. verify: its basis is not checked yet (待核实)."""

    key: str
    level: Level
    weight: int
    field: str
    message: str
    advice: str
    example: str
    source: str
    verify: bool


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of a noun, and its word lists and limits."""

    rules: Mapping[str, Rule]
    words: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, int]

    def finding(self, key: str, **facts: object) -> Finding:
        """The finding of a rule, its message and advice filled with `facts`."""
        rule = self.rules[key]
        return Finding(
            key,
            rule.level,
            rule.field,
            rule.message.format(**facts),
            rule.advice.format(**facts),
            rule.example,
        )

    def quality(self, findings: Iterable[Finding]) -> Quality:
        """The score that the findings leave, gravest first."""
        found = sorted(findings, key=lambda one: (_ORDER[one.level], -self.rules[one.key].weight))
        return Quality(max(0, 100 - sum(self.rules[one.key].weight for one in found)), tuple(found))


@cache
def rulebook(path: Path) -> Rulebook:
    """Read a rules.yaml. KeyError or ValueError for one that does not hold together: our mistake."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules = {
        key: Rule(
            key=key,
            level=Level(facts["level"]),
            weight=int(facts["weight"]),
            field=facts["field"],
            message=facts["message"],
            advice=facts["advice"],
            example=facts.get("example", ""),
            source=facts["source"],
            verify=bool(facts["verify"]),
        )
        for key, facts in raw["rules"].items()
    }
    words = {key: tuple(str(text).split()) for key, text in raw["words"].items()}
    return Rulebook(rules, words, dict(raw["limits"]))
