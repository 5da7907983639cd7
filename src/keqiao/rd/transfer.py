"""Income tax on the transfer of technology (rd-tax-and-statistics §7). Pure, exact, in yuan."""

from dataclasses import dataclass
from fractions import Fraction

from keqiao.rd.books import book
from keqiao.rd.deduction import Step

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One year's transfers in yuan. period_costs, sales: for a non-exclusive licence, apportioned by its share of sales."""

    revenue: Fraction
    cost: Fraction = ZERO
    taxes: Fraction = ZERO
    is_licence: bool = False
    period_costs: Fraction = ZERO
    sales: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class TransferTax:
    """income: of the transfers; taxable: half of what is above the free sum; tax at 25 %."""

    income: Fraction
    taxable: Fraction
    tax: Fraction
    steps: tuple[Step, ...]


def transfer_tax(transfer: Transfer) -> TransferTax:
    """Up to 5,000,000 yuan free, half of the rest taxed. A ≥5-year non-exclusive licence also bears its share of period costs."""
    rule = book("transfer")
    steps: list[Step] = []
    income = transfer.revenue - transfer.cost - transfer.taxes
    document = rule["income_document"]
    how = "收入 − 成本 − 相关税费"
    if transfer.is_licence:
        share = transfer.revenue / transfer.sales if transfer.sales else ZERO
        spread = transfer.period_costs * share
        income -= spread
        document, how = rule["licence_document"], "收入 − 无形资产摊销 − 相关税费 − 应分摊期间费用"
        steps.append(Step("应分摊期间费用", spread, "期间费用 × 许可收入占当年销售收入的比例", document))
    steps.append(Step("技术转让所得", income, how, document))
    above = max(ZERO, income - Fraction(rule["free_yuan"]))
    taxable = above * Fraction(rule["above_ratio"])
    steps.append(Step("超过500万元的部分减半", taxable, "（所得 − 500万元）× 50%", rule["document"]))
    tax = taxable * Fraction(rule["rate"])
    steps.append(Step("应纳企业所得税", tax, "× 25%", rule["document"]))
    return TransferTax(income, taxable, tax, tuple(steps))
