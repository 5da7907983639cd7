"""What a reading of the contract means for tax: hints and facts with their source; the tax office decides."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import yaml

from keqiao.contract.book import BOOKS
from keqiao.contract.facts import Facts
from keqiao.contract.verdict import Verdict

FEN = Decimal("0.01")


@cache
def parameters() -> dict[str, Any]:
    """`books/tax.yaml`."""
    found: dict[str, Any] = yaml.safe_load((BOOKS / "tax.yaml").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax under one reading. answer: 可以 | 不可以 | 待确认. amount_yuan: the sum it bears on, where one exists."""

    tax: str
    answer: str
    why: str
    article: str
    verify: bool = False
    amount_yuan: Decimal | None = None


def taxable_transfer_income(income_yuan: Decimal) -> Decimal:
    """Taxable part of a year's technology transfer income: free up to 500 万元, half above. 实施条例第九十条."""
    rule = parameters()["eit"]
    above = max(income_yuan - Decimal(rule["free_yuan"]), Decimal(0))
    return (above * Decimal(rule["above_ratio"])).quantize(FEN, ROUND_HALF_UP)


def transfer_tax(income_yuan: Decimal) -> Decimal:
    """Enterprise income tax on it at 25 %."""
    rate = Decimal(parameters()["eit"]["rate"])
    return (taxable_transfer_income(income_yuan) * rate).quantize(FEN, ROUND_HALF_UP)


def award_counted_as_salary(award_yuan: Decimal) -> Decimal:
    """Part of a cash award for a converted result that counts as salary. 财税〔2018〕58号."""
    return (award_yuan * Decimal(parameters()["pit"]["counted_ratio"])).quantize(FEN, ROUND_HALF_UP)


def entrusted_base(cost_yuan: Decimal) -> Decimal:
    """What the client of entrusted development may count as his own R&D cost."""
    ratio = Decimal(parameters()["super_deduction"]["entrusted_ratio"])
    return (cost_yuan * ratio).quantize(FEN, ROUND_HALF_UP)


def stamp_tax(tech_yuan: Decimal) -> Decimal:
    """Stamp tax of each side on price, fee or royalty."""
    return (tech_yuan * Decimal(parameters()["stamp"]["rate"])).quantize(FEN, ROUND_HALF_UP)


def read_tax(facts: Facts, verdict: Verdict) -> list[TaxLine]:
    """Every tax for this reading of the contract; a contract that is no technology contract gets one line."""
    code = verdict.contract_class.code
    if not code or verdict.verdict == "refused":
        return [
            TaxLine(
                "各项优惠",
                "不可以",
                "没有登记为技术合同的，不享受与登记相联系的税收、信贷和奖励。",
                "地方技术市场条例",
            )
        ]
    lines = [_vat(facts, verdict), _eit(facts, verdict)]
    if code == "DEV":
        lines.append(_super_deduction(verdict))
    if code in ("TRF", "LIC"):
        rule = parameters()["pit"]
        why = f"非营利院所、高校用转化收入发给人员的现金奖励，到账后{rule['months']}个月内发放并公示的，减按一半计入当月工资。"
        lines.append(
            TaxLine(rule["name"], "待确认", why, rule["article"], rule["notice_working_days"]["verify"])
        )
    rule, tech = parameters()["stamp"], verdict.amounts.tech_amount
    if tech is not None:
        why = "按所载价款、报酬或使用费的万分之三，双方各自缴纳。"
        lines.append(TaxLine(rule["name"], "应缴", why, rule["article"], rule["verify"], stamp_tax(tech)))
    return lines


def _vat(facts: Facts, verdict: Verdict) -> TaxLine:
    rule, code = parameters()["vat"], verdict.contract_class.code
    name, article, tech = rule["name"], rule["article"], verdict.amounts.tech_amount
    if code in ("CON", "SRV"):
        why = "单独的技术咨询、技术服务不免征；只有帮助受让方掌握所转让技术、与转让或开发开在同一张发票上的才免征。"
        return TaxLine(name, "不可以", why, article)
    is_licence = code == "LIC"
    if verdict.on > rule["until"]:
        after = rule["after"]
        why = f"{after['note']}，须税务机关确认后再按免税开票。"
        if is_licence:
            why += f"另外，{rule['licence_exempt']['note']}。"
        return TaxLine(name, "待确认", why, after["article"], True, tech)
    if is_licence:
        return TaxLine(name, "待确认", rule["licence_exempt"]["note"] + "。", article, True, tech)
    why = "技术转让、技术开发及开在同一张发票上的相关咨询、服务免征，凭登记的书面合同备查。"
    if facts.same_invoice is False:
        why += "相关咨询、服务没有开在同一张发票上，该部分不免征。"
    return TaxLine(name, "可以", why, article, False, tech)


def _eit(facts: Facts, verdict: Verdict) -> TaxLine:
    rule, kind = parameters()["eit"], verdict.contract_class
    name, article, tech = rule["name"], rule["article"], verdict.amounts.tech_amount
    if kind.code not in ("TRF", "LIC"):
        return TaxLine(
            name, "不可以", "只有技术转让（含符合条件的许可）所得减免，开发、咨询、服务所得不在内。", article
        )
    if facts.is_wholly_related:
        return TaxLine(
            name, "不可以", "持股之和达到百分之百的关联方之间的转让所得不减免。", rule["related_article"]
        )
    if kind.statistic_class == "LIC" or kind.subclass.startswith("LIC"):
        years = facts.licence_years
        if years is None:
            return TaxLine(
                name,
                "待确认",
                f"许可须满{rule['licence_years']}年，请填写许可年限。",
                rule["licence_article"],
            )
        if years < rule["licence_years"]:
            why = f"许可{years}年，不满{rule['licence_years']}年。"
            return TaxLine(name, "不可以", why, rule["licence_article"])
        if not facts.is_global_exclusive and facts.owns_technology is False:
            return TaxLine(name, "不可以", "非独占许可须是自己拥有所有权的技术。", rule["licence_article"])
        article = rule["licence_article"]
    why = "一个纳税年度内技术转让所得不超过500万元的部分免征，超过部分减半；须单独核算，非技术性收入不计。"
    return TaxLine(name, "可以", why, article, False, tech)


def _super_deduction(verdict: Verdict) -> TaxLine:
    rule, tech = parameters()["super_deduction"], verdict.amounts.tech_amount
    if verdict.contract_class.subclass == "DEV-COOP":
        return TaxLine(
            rule["name"], "可以", "合作各方就自己实际承担的研发费用分别加计扣除。", rule["article"]
        )
    why = "委托方按实际发生额的80%计算加计扣除，受托方不得再扣；委托境外的须先登记合同。"
    return TaxLine(
        rule["name"], "可以", why, rule["article"], False, entrusted_base(tech) if tech is not None else None
    )
