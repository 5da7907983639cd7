"""What lets a firm into a pool and out of it: small rule books of our own, judged like the others. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.ladder.enums import PoolKind
from keqiao.rules.book import Book, Version, parse_book
from keqiao.rules.judging import Judgement, Outcome, judge, outcome

_FILE = Path(__file__).with_name("data") / "pools.yaml"


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool: what for, which rung it aims at, how many years at most, and its two books."""

    kind: PoolKind
    about: str
    goal: str
    years: int
    enter: Book
    leave: Book

    def entry(self, on: date) -> Version:
        return self.enter.on(on)

    def admits(self, facts: Mapping[str, Any], on: date) -> bool:
        """Whether the firm fulfils every entry condition; unknown data does not."""
        return outcome(self.entry(on), facts, on=on) is Outcome.MET

    def entry_judgement(self, facts: Mapping[str, Any], on: date) -> Judgement:
        return judge(self.entry(on), facts, on=on)

    def has_reached(self, facts: Mapping[str, Any], on: date) -> bool:
        """Whether the firm has what the pool is for."""
        return outcome(self.leave.on(on), facts, on=on) is Outcome.MET


@cache
def pools() -> Mapping[str, Pool]:
    """The three pools by kind."""
    raw: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        key: Pool(
            PoolKind(key),
            one["about"],
            one["goal"],
            one["years"],
            parse_book(one["enter"]),
            parse_book(one["leave"]),
        )
        for key, one in raw.items()
    }
