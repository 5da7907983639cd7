"""成交总额, 技术交易额, 技术性收入: the sums, every deduction, and what is wrong with them. Exact to the fen."""

from decimal import ROUND_HALF_UP, Decimal

from keqiao.contract.book import Book
from keqiao.contract.facts import Facts
from keqiao.contract.verdict import Amounts, Deduction, Finding, finding

FEN = Decimal("0.01")
ZERO = Decimal(0)


def yuan(value: Decimal) -> str:
    """22926000 -> 22,926,000.00元."""
    return f"{value:,.2f}元"


def _to_cny(facts: Facts, value: Decimal | None) -> Decimal | None:
    if value is None or facts.currency == "CNY":
        return value
    if facts.rate is None or facts.rate <= 0:
        return None
    return (value * facts.rate).quantize(FEN, ROUND_HALF_UP)


def _deductions(facts: Facts) -> tuple[Deduction, ...]:
    """Each line of the price; a reasonable quantity of the object itself stays in the technology amount."""
    listed = []
    for item in facts.non_tech_items:
        amount = _to_cny(facts, item.amount) or ZERO
        why = (
            "合理数量的合同标的物，其直接成本不作为非技术性费用，不扣除"
            if item.reasonable_object
            else "购置设备、仪器、零部件、原材料等的费用，属非技术性费用，从总额中扣除"
        )
        listed.append(Deduction(item.kind, item.description, amount, not item.reasonable_object, why))
    return tuple(listed)


def total_of(facts: Facts) -> tuple[Decimal | None, bool]:
    """(total in CNY, whether it is provisional): a royalty contract without a fixed price starts at its entry fee."""
    if facts.total_amount is None and facts.pay_method in ("royalty", "entry_royalty"):
        return _to_cny(facts, facts.entry_fee), True
    return _to_cny(facts, facts.total_amount), facts.pay_method in ("royalty", "entry_royalty")


def work_out(book: Book, facts: Facts) -> tuple[Amounts, list[Finding]]:
    """The sums under this book, and the findings AMT-01 … AMT-12."""
    total, is_provisional = total_of(facts)
    lines = _deductions(facts)
    non_tech = sum((one.amount for one in lines if one.is_deducted), ZERO)
    declared = _to_cny(facts, facts.tech_amount)
    computed = total - non_tech if total is not None else None
    embedded = bool(facts.nature.embedded_in) and not facts.nature.separately_signed
    # Technology content inside another contract: only the stated part counts, the rest of the price is not its own.
    tech = declared if embedded and declared is not None else computed
    income, spent = _income(facts)
    ratio = (tech / total).quantize(Decimal("0.0001"), ROUND_HALF_UP) if total and tech is not None else None
    amounts = Amounts(
        total_amount=total,
        non_tech_amount=non_tech,
        tech_amount=tech,
        tech_income=income,
        tech_ratio=ratio,
        realised_contract=sum((one.realised_contract for one in facts.income_forms), ZERO),
        realised_tech=sum((one.realised_tech for one in facts.income_forms), ZERO),
        deductions=lines,
        income_deductions=spent,
        currency=facts.currency,
        original_total=facts.total_amount,
        rate=facts.rate,
        is_provisional=is_provisional,
        certificate=book.certificate_amounts,
    )
    found = _price(book, facts, amounts)
    found += _split(book, facts, amounts, declared, embedded)
    found += _realised(book, facts, amounts)
    return amounts, found


def _income(facts: Facts) -> tuple[Decimal | None, tuple[tuple[str, Decimal], ...]]:
    """(approved 技术性收入 so far, what was taken off): realised technology amount less its costs, payment by payment."""
    if not facts.income_forms:
        return None, ()
    spent: dict[str, Decimal] = {}
    for form in facts.income_forms:
        for kind, amount in form.deductions:
            spent[kind] = spent.get(kind, ZERO) + amount
    income = sum((one.realised_tech - one.deducted for one in facts.income_forms), ZERO)
    return income, tuple(spent.items())


def _price(book: Book, facts: Facts, amounts: Amounts) -> list[Finding]:
    """Is there a price, and is it in money that can be counted."""
    found = []
    checks = book.checks
    total = amounts.total_amount
    if facts.currency != "CNY" and (facts.rate is None or facts.rate <= 0 or facts.rate_on is None):
        message = f"合同以{facts.currency}计价，须写明汇率和汇率日期才能折成人民币。请补填。"
        found.append(finding(checks["AMT-09"], message, field="rate"))
    is_royalty = facts.pay_method in ("royalty", "entry_royalty")
    if total is None and facts.currency == "CNY" and not is_royalty:
        message = f"没有写明{book.total_name}，价款、报酬或使用费不明确。请按合同填写，单位元。"
        found.append(finding(checks["AMT-01"], message, field="total_amount"))
    elif total is not None and total <= 0 and not (is_royalty and facts.total_amount is None):
        message = f"{book.total_name}为{yuan(total)}，应大于零。请按合同价款改正。"
        found.append(finding(checks["AMT-01"], message, field="total_amount"))
    if is_royalty:
        found.append(
            finding(
                checks["AMT-10"],
                f"提成支付的{book.total_name}按{'入门费' if facts.total_amount is None else '约定'}暂定为"
                f"{yuan(total) if total is not None else '零'}，实现后须到原登记机构更正，再办减免税或奖励。",
                field="pay_method",
            )
        )
        if not facts.royalty_base or facts.royalty_rate is None:
            message = "提成支付没有写明提成基数和比例。请按合同补填（例如：销售额，3%）。"
            found.append(finding(checks["AMT-11"], message, field="royalty_rate"))
    paid = [one.amount for one in facts.payments if one.amount is not None]
    if facts.pay_method == "instalment" and paid and facts.total_amount is not None:
        agreed = sum(paid, ZERO)
        if agreed != facts.total_amount:
            message = f"各期付款合计{yuan(agreed)}，与{book.total_name}{yuan(facts.total_amount)}相差{yuan(abs(agreed - facts.total_amount))}。请核对。"
            found.append(finding(checks["AMT-12"], message, field="payments"))
    return found


def _split(
    book: Book, facts: Facts, amounts: Amounts, declared: Decimal | None, embedded: bool
) -> list[Finding]:
    """Technology amount and what is not technology must make up the whole."""
    found = []
    checks, total, tech = book.checks, amounts.total_amount, amounts.tech_amount
    for at, item in enumerate(facts.non_tech_items, start=1):
        if not item.kind or not item.description or item.amount is None or item.amount <= 0:
            message = f"第{at}项非技术性费用须写明种类、说明和大于零的金额。请补全。"
            found.append(finding(checks["AMT-04"], message, field=f"non_tech_items[{at - 1}]"))
    shown = declared if declared is not None else tech
    if total is not None and shown is not None and not ZERO <= shown <= total:
        message = f"技术交易额{yuan(shown)}不在零与{book.total_name}{yuan(total)}之间。请核对两个金额。"
        found.append(finding(checks["AMT-02"], message, field="tech_amount"))
    if (
        total is not None
        and declared is not None
        and not embedded
        and declared + amounts.non_tech_amount != total
    ):
        message = (
            f"{book.total_name}{yuan(total)}，减去非技术性费用{yuan(amounts.non_tech_amount)}应为{yuan(total - amounts.non_tech_amount)}，"
            f"填报的技术交易额是{yuan(declared)}，相差{yuan(abs(total - amounts.non_tech_amount - declared))}。请改正，或补列非技术性费用。"
        )
        found.append(finding(checks["AMT-03"], message, field="tech_amount"))
    hits = [word for word in book.common["equipment_words"] if word in facts.words]
    if total and shown == total and hits and not facts.non_tech_items:
        message = f"文本提到“{'、'.join(hits[:3])}”，技术交易额却等于总额。请核对是否含设备、材料等费用，有的请逐项列出。"
        found.append(finding(checks["AMT-05"], message, field="non_tech_items"))
    if amounts.tech_ratio is not None and ZERO <= amounts.tech_ratio < book.ratio_limit:
        message = f"技术交易额占总额的{amounts.tech_ratio:.2%}，低于{book.ratio_limit:.0%}，登记时须二次审核。请备好预算清单。"
        found.append(finding(checks["AMT-06"], message, field="tech_amount"))
    return found


def _realised(book: Book, facts: Facts, amounts: Amounts) -> list[Finding]:
    """Payments that came in cannot exceed the contract; an income form must add up."""
    found = []
    checks = book.checks
    for name, realised, limit in (
        (book.total_name, amounts.realised_contract, amounts.total_amount),
        ("技术交易额", amounts.realised_tech, amounts.tech_amount),
    ):
        if limit is not None and realised > limit:
            message = f"已实现的{name}合计{yuan(realised)}，超过合同的{yuan(limit)}。请核对各次收入核定，合同金额有变的先办变更登记。"
            found.append(finding(checks["AMT-07"], message, field="income_forms"))
    for at, form in enumerate(facts.income_forms, start=1):
        expected = form.realised_tech - form.deducted
        if form.tech_income is not None and form.tech_income != expected:
            message = f"第{at}次收入：实现技术交易额{yuan(form.realised_tech)}减扣除成本{yuan(form.deducted)}应为{yuan(expected)}，填报{yuan(form.tech_income)}。请核对。"
            found.append(finding(checks["AMT-08"], message, field=f"income_forms[{at - 1}]"))
        if expected < 0:
            message = f"第{at}次收入：扣除成本{yuan(form.deducted)}大于实现的技术交易额{yuan(form.realised_tech)}。请核对扣除的成本。"
            found.append(finding(checks["AMT-08"], message, level="error", field=f"income_forms[{at - 1}]"))
    return found
