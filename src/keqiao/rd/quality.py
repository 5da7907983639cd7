"""Data-quality rules of the R&D statistics forms (rd-tax-and-statistics §9.4). Pure: one firm's form in, findings out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from keqiao.rd.books import book
from keqiao.rd.integrity import Finding


@dataclass(frozen=True, slots=True)
class ProjectForm:
    """One line of 项目情况 (107-1). spending, government in 千元."""

    name: str
    persons: int
    person_months: Decimal
    spending: Decimal
    government: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class ActivityForm:
    """研发活动及相关情况 (107-2) of a year as far as filled in; None = not filled in. Sums in 千元.

    parts: breakdowns by name ("按用途", "按类型", "按来源") → their lines, each of which must make `total`.
    """

    total: Decimal | None = None
    parts: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    staff: int | None = None
    full_time: Decimal | None = None
    government: Decimal | None = None
    intramural: Decimal | None = None
    institutions: int | None = None
    institution_staff: int | None = None
    projects: tuple[ProjectForm, ...] = ()


def form_findings(form: ActivityForm) -> list[Finding]:
    """What contradicts itself within one form."""
    found: list[Finding] = []

    def wrong(words: str, place: str = "") -> None:
        found.append(Finding(True, place, words))

    for name, lines in form.parts.items():
        total = sum(lines.values(), Decimal(0))
        if form.total is not None and total != form.total:
            wrong(f"{name}各项之和 {total:,} 与合计 {form.total:,} 不等，请核对各项。")
    if form.staff is not None and form.full_time is not None and form.full_time > form.staff:
        wrong(
            f"折合全时当量 {form.full_time:,} 人年大于研发人员 {form.staff:,} 人，一个人一年最多折 1 人年。"
        )
    if form.government is not None and form.intramural is not None and form.government > form.intramural:
        wrong(f"政府资金 {form.government:,} 大于经费内部支出 {form.intramural:,}，请核对。")
    if form.institutions == 0 and (form.institution_staff or 0) > 0:
        wrong(f"企业办研发机构为 0，机构人员却有 {form.institution_staff} 人，请核对。")
    most = Decimal(book("statistics")["quality"]["months"]["value"])
    for one in form.projects:
        if one.person_months > most * one.persons:
            wrong(f"实际工作时间 {one.person_months:,} 人月，超过 {most} × {one.persons} 人。", one.name)
        if one.government > one.spending:
            wrong(f"其中政府资金 {one.government:,} 大于项目经费内部支出 {one.spending:,}。", one.name)
    return found


def change_findings(name: str, now: Decimal | None, before: Decimal | None, unit: str = "") -> list[Finding]:
    """A value against last year's: more than ±50 % needs an explanation, repeated exactly is worth a look."""
    if now is None or before is None:
        return []
    if now == before:
        if now == 0:
            return []
        return [Finding(False, name, f"与上年完全相同（{now.normalize():f}{unit}），请核对是不是照抄。")]
    if before == 0:
        return [Finding(False, name, f"上年为 0，本年 {now.normalize():f}{unit}，请说明。")]
    bound = Decimal(book("statistics")["quality"]["change"]["value"])
    if abs(now - before) > abs(before) * bound:
        change = (now - before) / abs(before) * 100
        return [
            Finding(False, name, f"由 {before.normalize():f}{unit} 变为 {now.normalize():f}{unit}，变动 {change:+.0f}%，超过 ±50% 须说明。")
        ]  # fmt: skip
    return []
