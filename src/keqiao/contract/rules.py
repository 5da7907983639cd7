"""The pre-check of a technology contract under a rule book. Pure: no database, no settings, no clock.

verdict = check({"project_name": "印染废水深度处理", …}, on=date(2026, 3, 2))
verdict.contract_class.code, verdict.amounts.tech_amount, verdict.verdict
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from keqiao.contract import amounts as sums
from keqiao.contract import duties
from keqiao.contract.book import Book, Place, book, pick_book
from keqiao.contract.classes import decide
from keqiao.contract.differences import Difference, differences
from keqiao.contract.facts import Facts, plain
from keqiao.contract.reading import facts_from
from keqiao.contract.tax import TaxLine, read_tax
from keqiao.contract.verdict import Amounts, ClassVerdict, Finding, Verdict, finding
from keqiao.contract.workdays import IsWorkday, due_on, weekday
from keqiao.core.errors import BadInput

_ORDER = {"refuse": 0, "error": 1, "warning": 2, "fill": 3, "info": 4}


def day_of(facts: Facts, on: date | None) -> date:
    """The day of acceptance: as written, else as handed in, else `on`. Raises BadInput when there is none."""
    found = facts.accepted_on or facts.submitted_on or on
    if found is None:
        raise BadInput(
            "没有受理日期，不能确定适用哪一部规则。请填写 accepted_on，或用参数给出日期。",
            code="contract.date",
            field="accepted_on",
        )
    return found


def check(
    contract: Mapping[str, Any] | Facts,
    rules: str | None = None,
    *,
    on: date | None = None,
    known: Iterable[tuple[str, str]] = (),
    cn2026_effective_on: date | None = None,
    is_workday: IsWorkday = weekday,
    extra: Iterable[Finding] = (),
    place: Place | None = None,
) -> Verdict:
    """Judge a contract. Raises BadInput when a field cannot be read.

    rules: "CN-2001" | "CN-2026"; without it the book in force on the day of acceptance. known: (fingerprint, number)
    of registrations on file. extra: findings from elsewhere, such as the reader of the contract's text. place: where
    the registrar sits, when its own time limit and its own rule of who may apply hold.
    """
    facts = facts_from(contract)
    if place is not None and place.buyer_may_apply:
        facts = replace(facts, buyer_may_apply=True)
    day = day_of(facts, on)
    chosen = book(rules) if rules else pick_book(day, cn2026_effective_on=cn2026_effective_on)
    kind, found = decide(chosen, facts)
    worked, more = sums.work_out(chosen, facts)
    found += more
    found += duties.parties(chosen, facts)
    found += duties.papers(chosen, facts, kind)
    found += duties.days(chosen, facts, day)
    found += duties.rights(chosen, facts, kind)
    found += duties.duplicates(chosen, facts, known)
    found += duties.codes(chosen, facts)
    found += duties.contents(chosen, facts)
    found += duties.procedure(chosen, facts, worked)
    found += extra
    due, clock = _clock(chosen, facts, worked, day, is_workday, place)
    found += clock + _about_the_book(chosen, facts, day, rules, cn2026_effective_on)
    findings = tuple(sorted(dict.fromkeys(found), key=lambda one: _ORDER[one.level]))
    return Verdict(
        book=chosen.key,
        book_label=chosen.label,
        rule_version=chosen.version,
        rule_digest=chosen.digest,
        on=day,
        contract_class=kind,
        amounts=worked,
        findings=findings,
        verdict=_outcome(findings, kind),
        due_on=due,
        fingerprint=duties.fingerprint_of(facts),
        facts=plain(facts),
    )


def _outcome(findings: tuple[Finding, ...], kind: ClassVerdict) -> str:
    levels = {one.level for one in findings}
    if "refuse" in levels:
        return "refused"
    if "error" in levels:
        return "to_correct"
    if not kind.is_sure:
        return "to_confirm"
    return "expert_review" if any(one.code in ("TC-12", "AMT-06") for one in findings) else "registrable"


def _clock(
    chosen: Book,
    facts: Facts,
    worked: Amounts,
    day: date,
    is_workday: IsWorkday,
    place: Place | None = None,
) -> tuple[date | None, list[Finding]]:
    """The deadline and its finding TC-13; a place's own limit goes before the book's."""
    threshold, tech = (place and place.large_threshold) or chosen.large_threshold, worked.tech_amount
    is_large = threshold is not None and tech is not None and (tech >= threshold or facts.is_disputed)
    usual, large = (place.limit, place.large_limit or place.limit) if place else (chosen.limit, chosen.large)
    limit = large if is_large else usual
    due = due_on(limit, day, is_workday)
    if due is None:
        return None, []
    unit = "个工作日" if limit.unit == "working" else "日"
    note = (
        "（未扣除法定节假日，请以登记机构的日历为准）"
        if limit.unit == "working" and is_workday is weekday
        else ""
    )
    message = f"自受理日{day}起{limit.value}{unit}，最迟{due}办结{note}。"
    return due, [Finding("TC-13", "info", limit.article, message, limit.verify)]


def _about_the_book(
    chosen: Book, facts: Facts, day: date, asked: str | None, established: date | None
) -> list[Finding]:
    """BOOK-01 when the book is not the one of the day or its first day is unconfirmed; IN-01 for unused fields."""
    found = []
    right = pick_book(day, cn2026_effective_on=established)
    if asked and right.key != chosen.key:
        message = (
            f"按受理日{day}应适用{right.key}（{right.label}），本次按指定的{chosen.key}检查，结果仅供比较。"
        )
        found.append(finding(chosen.checks["BOOK-01"], message))
    elif chosen.key == "CN-2026" and established is None:
        message = (
            f"{chosen.key}的施行日期待核实：{chosen.effective_note}。受理日接近施行日的，请先向登记机构确认。"
        )
        found.append(finding(chosen.checks["BOOK-01"], message))
    if facts.unknown:
        message = f"字段“{'、'.join(facts.unknown[:8])}”不在输入格式内，没有使用。请核对字段名。"
        found.append(finding(chosen.checks["IN-01"], message))
    return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same contract under both books."""

    applies: str  # the book of the day of acceptance
    under_2001: Verdict
    under_2026: Verdict
    differences: tuple[Difference, ...]
    tax_2001: tuple[TaxLine, ...]
    tax_2026: tuple[TaxLine, ...]


def compare(
    contract: Mapping[str, Any] | Facts,
    *,
    on: date | None = None,
    cn2026_effective_on: date | None = None,
    place: Place | None = None,
    **more: Any,
) -> Comparison:
    """Both books side by side, what differs with the articles, and the tax reading of each. place: whose limits hold."""
    facts = facts_from(contract)
    old = check(facts, "CN-2001", on=on, cn2026_effective_on=cn2026_effective_on, place=place, **more)
    new = check(facts, "CN-2026", on=on, cn2026_effective_on=cn2026_effective_on, place=place, **more)
    applies = pick_book(day_of(facts, on), cn2026_effective_on=cn2026_effective_on).key
    return Comparison(
        applies,
        old,
        new,
        tuple(differences(facts, old, new, place)),
        tuple(read_tax(facts, old)),
        tuple(read_tax(facts, new)),
    )
