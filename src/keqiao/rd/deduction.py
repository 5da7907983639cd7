"""The super-deduction of a firm's year, step by step with its articles (rd-tax-and-statistics §§1, 3, 4). Pure, exact.

Sums are Fractions of any one unit; nothing is rounded here. `money.rounded` rounds what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from keqiao.rd.books import book
from keqiao.rd.rates import Stretch, stretches

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


class NoRule(ValueError):
    """The year lies before the rules that are kept here."""


def cap6(year: int, projects: Sequence[Project]) -> tuple[Fraction, Fraction, Step]:
    """(limit, allowed, line) of category 6: 10 % of the whole, so items × 10 % ÷ 90 %; one pool from 2021, by project before."""
    rule = next((row for row in book("costs")["cap6"] if row["from"] <= year <= row.get("to", 9999)), None)
    if rule is None:
        raise NoRule(f"{year} 年的其他相关费用限额没有收录（2016 年起实行），请查阅当年规定。")
    share = Fraction(rule["share"])
    factor = share / (1 - share)
    limits = [one.items * factor for one in projects]
    if rule["way"] == "pool":
        limit = sum(limits, ZERO)
        allowed = min(sum((one.other for one in projects), ZERO), limit)
        how = "全部项目第1至5类合计 × 10% ÷ (1 − 10%)，与实际发生数取小"
    else:
        limit = sum(limits, ZERO)
        allowed = sum((min(one.other, most) for one, most in zip(projects, limits, strict=True)), ZERO)
        how = "逐个项目：第1至5类 × 10% ÷ (1 − 10%)，与实际发生数取小，再相加"
    return limit, allowed, Step("其他相关费用（限额内）", allowed, how, rule["document"], rule["verify"])


def deduct(cost: YearCost) -> Deduction:
    """The year's super-deduction with every step. Raises NoRule for a year before the rules."""
    rules = book("costs")
    items = sum((one.items for one in cost.projects), ZERO)
    limit, allowed, cap_step = cap6(cost.year, cost.projects)
    steps = [Step("第1至5类费用", items, "各项目相加", rules["document"]), cap_step]
    own = items + allowed
    domestic_rule, overseas_rule = rules["commissioned"]["domestic"], rules["commissioned"]["overseas"]
    at_home = cost.commission.domestic * Fraction(domestic_rule["ratio"])
    domestic = own + cost.cooperative + at_home
    if cost.cooperative:
        steps.append(
            Step("合作、集中研发分摊额", cost.cooperative, "各方实际承担的部分", rules["document"], True)
        )
    if cost.commission.domestic:
        steps.append(Step("委托境内研发", at_home, "实际发生额 × 80%", domestic_rule["document"]))
    abroad = _overseas(cost, domestic, overseas_rule, steps)
    base = domestic + abroad
    steps.append(Step("允许扣除的研发费用合计", base, "以上相加", "A107012"))
    base, carried = _adjusted(cost, base, rules, steps)
    parts = _parts(cost, base)
    for part in parts:
        rate = part.stretch.rate
        span = "" if len(parts) == 1 else f"（{part.stretch.first:%m-%d} 至 {part.stretch.last:%m-%d}）"
        words = f"× {float(rate.rate) * 100:g}%"
        steps.append(Step(f"加计扣除额{span}", part.extra, words, rate.document, rate.verify))
    return Deduction(tuple(steps), domestic, base, tuple(parts), carried, limit, allowed)


def _overseas(cost: YearCost, domestic: Fraction, rule: dict[str, str], steps: list[Step]) -> Fraction:
    """What is allowed of fees paid overseas: nothing before 2018, to persons, or without a registered contract."""
    document = rule["document"]
    if cost.commission.overseas_person:
        steps.append(Step("委托境外个人", ZERO, "委托境外个人的费用不得加计扣除", document))
    fee = cost.commission.overseas
    if not fee:
        return ZERO
    if cost.year < int(rule["from"]):
        steps.append(
            Step("委托境外机构", ZERO, f"{rule['from']} 年以前委托境外研发不得加计扣除", document, True)
        )
        return ZERO
    if not cost.commission.is_registered:
        steps.append(
            Step("委托境外机构", ZERO, "技术开发合同没有经委托方到科技主管部门登记，不得加计扣除", document)
        )
        return ZERO
    allowed = min(fee * Fraction(rule["ratio"]), domestic * Fraction(rule["cap"]))
    how = "实际发生额 × 80%，不超过境内符合条件的研发费用的三分之二"
    steps.append(Step("委托境外机构", allowed, how, document))
    return allowed


def _adjusted(
    cost: YearCost, base: Fraction, rules: dict[str, dict[str, str]], steps: list[Step]
) -> tuple[Fraction, Fraction]:
    """(base, materials carried over) after special income, floored at zero without carry, and materials of sold products."""
    if cost.special_income:
        base = max(ZERO, base - cost.special_income)
        rule = rules["special_income"]
        steps.append(Step("减去特殊收入后", base, "不足扣减的按零计，不结转", rule["document"]))
    carried = ZERO
    if cost.sold_materials:
        carried = max(ZERO, cost.sold_materials - base)
        base = max(ZERO, base - cost.sold_materials)
        rule = rules["sold_materials"]
        steps.append(
            Step(
                "减去对外销售产品的材料后",
                base,
                "不足扣减的结转以后年度",
                rule["document"],
                bool(rule["verify"]),
            )
        )
    return base, carried


def _parts(cost: YearCost, base: Fraction) -> list[Part]:
    """The base shared over the year's stretches: all of it, or 2022 split by its fourth quarter."""
    found = stretches(cost.kinds, cost.year)
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
