"""The rule books: YAML beside this file, loaded once. A book is data that a jurist can read and check."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from keqiao.core.errors import BadInput

BOOKS = Path(__file__).with_name("books")
KEYS = ("CN-2001", "CN-2026")


@dataclass(frozen=True, slots=True)
class Check:
    """What the book says about one check: its name, how hard it is, where it comes from."""

    code: str
    name: str
    level: str
    article: str
    reason: str = ""
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a class. fact: the name under which `classes.answers` gives the answer."""

    fact: str
    text: str
    article: str
    verify: bool = False


@dataclass(frozen=True, slots=True)
class ClassRule:
    """A contract class: its name, sub-classes, and the conditions that must all hold."""

    code: str
    name: str
    subclasses: Mapping[str, str]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something that is not registered under a class, with the words that hint at it."""

    code: str
    name: str
    class_code: str
    article: str
    verify: bool
    words: tuple[str, ...]
    refile_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit for the decision. unit: calendar | working. None = the book sets none."""

    value: int | None
    unit: str
    article: str
    verify: bool


@dataclass(frozen=True)
class Book:
    """One rule book. digest: SHA-256 over its files, kept with every verdict."""

    key: str
    label: str
    version: str
    digest: str
    effective_on: date
    effective_verify: bool
    effective_note: str
    texts: Mapping[str, str]
    classes: Mapping[str, ClassRule]
    checks: Mapping[str, Check]
    reasons: Mapping[str, Check]
    exclusions: Mapping[str, Exclusion]
    licence_is_transfer: bool
    licence_counted_apart_from: date | None
    certificate_amounts: tuple[str, ...]
    total_name: str
    limit: Limit
    large: Limit
    large_threshold: Decimal | None
    ratio_limit: Decimal
    common: Mapping[str, Any] = field(repr=False)

    def class_name(self, code: str) -> str:
        """Name of a class or sub-class; the code itself when the book has none."""
        for rule in self.classes.values():
            if code in rule.subclasses:
                return rule.subclasses[code]
        rule_found = self.classes.get(code)
        return rule_found.name if rule_found else code


def _yaml(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BOOKS / name).read_text(encoding="utf-8"))
    return found


def _digest(key: str) -> str:
    files = [
        BOOKS / "both.yaml",
        *(BOOKS / f"{one}.yaml" for one in KEYS if one == key or key == "CN-2026"),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@cache
def book(key: str) -> Book:
    """The rule book of this key. Raises BadInput naming those that exist."""
    if key not in KEYS:
        raise BadInput(
            f"没有规则版本“{key}”，可以用 {' 或 '.join(KEYS)}。", code="contract.rules", field="rules"
        )
    raw, common = _yaml(f"{key}.yaml"), _yaml("both.yaml")
    everything = bool(raw.get("verify_all"))
    checks = {
        code: _check(code, one, raw, everything)
        for code, one in {**common["checks"], **raw["checks"]}.items()
    }
    reasons = {
        code: Check(code, one["name"], "refuse", raw["reasons"][code]["article"], code,
                    everything or bool(raw["reasons"][code].get("verify")))
        for code, one in common["reasons"].items()
    }  # fmt: skip
    effective = raw["effective_on"]
    return Book(
        key=key,
        label=raw["label"],
        version=str(raw["version"]),
        digest=_digest(key),
        effective_on=effective["value"],
        effective_verify=bool(effective.get("verify")),
        effective_note=effective.get("note", ""),
        texts=raw["texts"],
        classes=_classes(raw["classes"], everything),
        checks=checks,
        reasons=reasons,
        exclusions=_exclusions(raw),
        licence_is_transfer=raw["licence_is_transfer"],
        licence_counted_apart_from=raw["licence_counted_apart_from"],
        certificate_amounts=tuple(raw["certificate_amounts"]),
        total_name=raw["total_name"],
        limit=_limit(raw["limit"]),
        large=_limit(raw["large"]),
        large_threshold=Decimal(raw["large"]["threshold"]) if raw["large"]["threshold"] else None,
        ratio_limit=Decimal(common["ratio_limit"]["value"]),
        common=common,
    )


def _check(code: str, one: Mapping[str, Any], raw: Mapping[str, Any], everything: bool) -> Check:
    """A check without an article of its own takes that of its ground of refusal."""
    reason = one.get("reason", "")
    ground = raw["reasons"].get(reason, {})
    verify = bool(one.get("verify")) or (everything and (code in raw["checks"] or "article" not in one))
    return Check(code, one["name"], one["level"], one.get("article") or ground["article"], reason, verify)


def _limit(raw: Mapping[str, Any]) -> Limit:
    return Limit(raw["value"], raw["unit"], raw["article"], bool(raw.get("verify")))


def _classes(raw: Mapping[str, Any], everything: bool) -> dict[str, ClassRule]:
    return {
        code: ClassRule(
            code,
            one["name"],
            one["subclasses"],
            tuple(
                Condition(c["fact"], c["text"], c["article"], everything or bool(c.get("verify")))
                for c in one["conditions"]
            ),
        )
        for code, one in raw.items()
    }


def _exclusions(raw: Mapping[str, Any]) -> dict[str, Exclusion]:
    """A book may borrow another's list; its own articles replace the borrowed ones, and all are to be checked."""
    borrowed = "exclusions_from" in raw
    listed = _yaml(f"{raw['exclusions_from']}.yaml")["exclusions"] if borrowed else raw["exclusions"]
    own = raw.get("exclusion_articles", {})
    return {
        code: Exclusion(
            code, one["name"], one["class"], own.get(code, one["article"]), borrowed or bool(one.get("verify")),
            tuple(one.get("words", ())), tuple(one.get("refile_as", ())),
        )
        for code, one in listed.items()
    }  # fmt: skip


def pick_book(accepted_on: date, *, cn2026_effective_on: date | None = None) -> Book:
    """The book for a contract accepted on this day.

    cn2026_effective_on: the day as the bureau has established it; without it the book's own provisional day counts.
    """
    starts = cn2026_effective_on or book("CN-2026").effective_on
    return book("CN-2026" if accepted_on >= starts else "CN-2001")


@dataclass(frozen=True, slots=True)
class Place:
    """What a place adds: its time limits, whether a buyer may apply, its penalties."""

    key: str
    name: str
    limit: Limit
    large_limit: Limit | None
    large_threshold: Decimal | None
    buyer_may_apply: bool
    penalty: Mapping[str, Any]

    @property
    def penalty_words(self) -> str:
        """What a false contract costs here, with its article; "" where the place has no rule of its own."""
        if not self.penalty:
            return ""
        more = "，取消已享受的优惠" if self.penalty.get("recover_benefits") else ""
        return (
            f"{self.name}：弄虚作假取得登记的，撤销登记{more}，处 {self.penalty['min_fine']:,} 至 "
            f"{self.penalty['max_fine']:,} 元罚款（{self.penalty['article']}，待核实）。"
        )


@cache
def places() -> dict[str, Place]:
    """Local limits by key, from `books/places.yaml`."""
    return {key: _place(key, raw) for key, raw in _yaml("places.yaml").items()}


def _place(key: str, raw: Mapping[str, Any]) -> Place:
    verify = bool(raw.get("verify"))
    large = raw.get("large_limit")
    threshold = raw.get("large_threshold")
    return Place(
        key=key,
        name=raw["name"],
        limit=Limit(raw["limit"], raw["unit"], raw["article"], verify),
        large_limit=Limit(large, raw["unit"], raw["article"], verify) if large else None,
        large_threshold=Decimal(threshold) if threshold else None,
        buyer_may_apply=bool(raw.get("buyer_may_apply")),
        penalty=raw.get("penalty", {}),
    )
