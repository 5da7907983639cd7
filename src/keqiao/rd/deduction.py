"""The super-deduction of a firm's year, step by step with its articles (rd-tax-and-statistics §§1, 3, 4). Pure, exact.

Sums are Fractions of any one unit; nothing is rounded here. `money.rounded` rounds what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from keqiao.rd.law import Law, NoRule, law_of, the_law
from keqiao.rd.rates import Stretch, stretches
from keqiao.rules.book import Book

__all__ = ["Q4", "Commission", "Deduction", "NoRule", "Part", "Project", "Step", "YearCost", "cap6", "deduct"]

ZERO = Fraction(0)


class Q4(StrEnum):
    """How a firm at 75 % takes its fourth quarter of 2022 (公告2022年第28号): its own choice."""

    ACTUAL = "actual"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Project:
    """Collected cost of one project in the year. items: categories 1..5 together; other: category 6."""

    name: str
    items: Fraction
    other: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class Commission:
    """Fees paid to others. A person overseas never counts; overseas needs a registered development contract."""

    domestic: Fraction = ZERO
    overseas: Fraction = ZERO
    overseas_person: Fraction = ZERO
    is_registered: bool = True


@dataclass(frozen=True, slots=True)
class YearCost:
    """Everything that the year's deduction rests on.

    cooperative: borne in cooperative or centralised R&D. sold_materials: with what was carried over. q4_cost: R&D of
    Q4 2022 by the books; months, months_q4: months in business in the year, and since its 1 October.
    """

    year: int
    kinds: tuple[str, ...] = ()
    projects: Sequence[Project] = ()
    commission: Commission = field(default_factory=Commission)
    cooperative: Fraction = ZERO
    special_income: Fraction = ZERO
    sold_materials: Fraction = ZERO
    q4: Q4 = Q4.ACTUAL
    q4_cost: Fraction | None = None
    months: int = 12
    months_q4: int = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the computation. amount in the caller's unit; how: the sum in words."""

    label: str
    amount: Fraction
    how: str
    document: str
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the base with its rate."""

    stretch: Stretch
    base: Fraction

    @property
    def extra(self) -> Fraction:
        return self.base * self.stretch.rate.rate


@dataclass(frozen=True, slots=True)
class Deduction:
    """The outcome. base: what may be deducted additionally; extra: the additional deduction; carried: materials for next year."""

    steps: tuple[Step, ...]
    domestic: Fraction
    base: Fraction
    parts: tuple[Part, ...]
    carried: Fraction
    limit6: Fraction
    allowed6: Fraction

    @property
    def extra(self) -> Fraction:
        return sum((part.extra for part in self.parts), ZERO)

    def saved(self, tax_rate: Fraction) -> Fraction:
        """Enterprise income tax that the extra deduction saves at this rate."""
        return self.extra * tax_rate


def cap6(year: int, projects: Sequence[Project], law: Book | None = None) -> tuple[Fraction, Fraction, Step]:
    """(limit, allowed, line) of category 6: 10 % of the whole, so items × 10 % ÷ 90 %; one pool from 2021, by project before."""
    text = law_of(year, law)
    if not text.has("cap_share"):
        raise NoRule(f"{year} 年的其他相关费用限额没有收录（2016 年起实行），请查阅当年规定。")
    share, percent = text.share("cap_share"), text.percent("cap_share")
    factor = share / (1 - share)
    limits = [one.items * factor for one in projects]
    limit = sum(limits, ZERO)
    if text.value("cap_pooled").value is True:
        allowed = min(sum((one.other for one in projects), ZERO), limit)
        how = f"全部项目第1至5类合计 × {percent} ÷ (1 − {percent})，与实际发生数取小"
    else:
        allowed = sum((min(one.other, most) for one, most in zip(projects, limits, strict=True)), ZERO)
        how = f"逐个项目：第1至5类 × {percent} ÷ (1 − {percent})，与实际发生数取小，再相加"
    return (
        limit,
        allowed,
        Step("其他相关费用（限额内）", allowed, how, text.document("cap_share"), text.verify("cap_share")),
    )


def deduct(cost: YearCost, law: Book | None = None) -> Deduction:
    """The year's super-deduction with every step. Raises NoRule for a year before the rules. law: see `keqiao.rd.law`."""
    law = the_law(law)
    items = sum((one.items for one in cost.projects), ZERO)
    limit, allowed, cap_step = cap6(cost.year, cost.projects, law)
    text = law_of(cost.year, law)
    statute = text.document("class_1")
    steps = [Step("第1至5类费用", items, "各项目相加", statute), cap_step]
    own = items + allowed
    at_home = cost.commission.domestic * text.share("home_ratio")
    domestic = own + cost.cooperative + at_home
    if cost.cooperative:
        steps.append(Step("合作、集中研发分摊额", cost.cooperative, "各方实际承担的部分", statute, True))
    if cost.commission.domestic:
        how = f"实际发生额 × {text.percent('home_ratio')}"
        steps.append(Step("委托境内研发", at_home, how, text.document("home_ratio")))
    abroad = _overseas(cost, domestic, text, law, steps)
    base = domestic + abroad
    steps.append(Step("允许扣除的研发费用合计", base, "以上相加", "A107012"))
    base, carried = _adjusted(cost, base, text, steps)
    parts = _parts(cost, base, law)
    for part in parts:
        rate = part.stretch.rate
        span = "" if len(parts) == 1 else f"（{part.stretch.first:%m-%d} 至 {part.stretch.last:%m-%d}）"
        words = f"× {float(rate.rate) * 100:g}%"
        steps.append(Step(f"加计扣除额{span}", part.extra, words, rate.document, rate.verify))
    return Deduction(tuple(steps), domestic, base, tuple(parts), carried, limit, allowed)


def _overseas(cost: YearCost, domestic: Fraction, text: Law, law: Book, steps: list[Step]) -> Fraction:
    """What is allowed of fees paid overseas: nothing before 2018, to persons, or without a registered contract."""
    first = next(
        (one for one in law.versions if any(value.name == "abroad_ratio" for value in one.values)), None
    )
    document = text.document("abroad_ratio") if text.has("abroad_ratio") else text.version.source
    if cost.commission.overseas_person:
        steps.append(Step("委托境外个人", ZERO, "委托境外个人的费用不得加计扣除", document))
    fee = cost.commission.overseas
    if not fee:
        return ZERO
    if not text.has("abroad_ratio"):
        since = f"{first.valid_from.year} 年以前" if first is not None else "这一年"
        steps.append(Step("委托境外机构", ZERO, f"{since}委托境外研发不得加计扣除", document, True))
        return ZERO
    if not cost.commission.is_registered:
        steps.append(
            Step("委托境外机构", ZERO, "技术开发合同没有经委托方到科技主管部门登记，不得加计扣除", document)
        )
        return ZERO
    top, bottom = text.exact("abroad_cap_top"), text.exact("abroad_cap_bottom")
    allowed = min(fee * text.share("abroad_ratio"), domestic * top / bottom)
    how = f"实际发生额 × {text.percent('abroad_ratio')}，不超过境内符合条件的研发费用的 {top}/{bottom}"
    steps.append(Step("委托境外机构", allowed, how, document))
    return allowed


def _adjusted(cost: YearCost, base: Fraction, text: Law, steps: list[Step]) -> tuple[Fraction, Fraction]:
    """(base, materials carried over) after special income, floored at zero without carry, and materials of sold products."""
    if cost.special_income:
        base = max(ZERO, base - cost.special_income)
        steps.append(
            Step("减去特殊收入后", base, "不足扣减的按零计，不结转", text.document("special_income"))
        )
    carried = ZERO
    if cost.sold_materials:
        carried = max(ZERO, cost.sold_materials - base)
        base = max(ZERO, base - cost.sold_materials)
        steps.append(
            Step(
                "减去对外销售产品的材料后",
                base,
                "不足扣减的结转以后年度",
                text.document("sold_materials"),
                text.verify("sold_materials"),
            )
        )
    return base, carried


def _parts(cost: YearCost, base: Fraction, law: Book) -> list[Part]:
    """The base shared over the year's stretches: all of it, or 2022 split by its fourth quarter."""
    found = stretches(cost.kinds, cost.year, law)
    if not found:
        raise NoRule(f"{cost.year} 年没有收录的加计扣除比例，请查阅当年规定。")
    if len(found) == 1:
        return [Part(found[0], base)]
    if cost.q4 == Q4.ACTUAL and cost.q4_cost is not None:
        late = min(base, cost.q4_cost)
    else:
        if not 0 < cost.months_q4 <= cost.months <= 12:
            raise ValueError("months in business must be 1 to 12, those since 1 October not more")
        late = base * Fraction(cost.months_q4, cost.months)
    return [Part(found[0], base - late), Part(found[-1], late)]
