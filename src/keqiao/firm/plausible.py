"""What looks odd in a year of figures. Warnings ask for a look; nothing is refused. Pure.

Sources: rd-tax-and-statistics §9.4 (sum checks, a jump of half, a value repeated), the definitions of the evaluations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

JUMP = Decimal("0.5")  # §9.4: a change of more than half against the year before needs an explanation
_LEAST = {"万元": Decimal(20), "人": Decimal(5)}  # below this a jump says nothing

# (part, whole): the part may not be larger
PARTS = (
    ("tech_staff", "staff"), ("rd_staff", "staff"), ("hightech_income", "total_income"), ("main_income", "total_income"),
    ("main_income", "sales"), ("rd_domestic", "rd_hnte"), ("rd_government", "rd_stat"), ("liabilities", "assets"),
    ("rd_deduct", "cost_expense"),
)  # fmt: skip
_SOFT = {("liabilities", "assets"): "资不抵债，请核对；确实如此，净资产填负数。"}


@dataclass(frozen=True, slots=True)
class Odd:
    """One finding. name: the figure at fault; message: what is odd and what to do."""

    name: str
    message: str


def odd_figures(
    now: Mapping[str, Decimal], before: Mapping[str, Decimal], names: Mapping[str, tuple[str, str]]
) -> list[Odd]:
    """Findings for one year. now, before: name -> value of this and of last year; names: name -> (title, unit)."""

    def title(name: str) -> str:
        return names.get(name, (name, ""))[0]

    found = []
    for part, whole in PARTS:
        if part in now and whole in now and now[part] > now[whole]:
            advice = _SOFT.get((part, whole), "前者是后者的一部分，不应更大。请核对两项的口径。")
            found.append(
                Odd(part, f"{title(part)} {_n(now[part])} 大于{title(whole)} {_n(now[whole])}，{advice}")
            )
    if {"assets", "liabilities", "net_assets"} <= now.keys():
        net = now["assets"] - now["liabilities"]
        if abs(net - now["net_assets"]) > Decimal("0.01"):
            found.append(
                Odd(
                    "net_assets",
                    f"净资产 {_n(now['net_assets'])} 不等于资产总额减负债总额 {_n(net)}。请核对其中一项。",
                )
            )
    if now.get("rd_institutions") == 0 and now.get("rd_institution_staff", Decimal(0)) > 0:
        found.append(Odd("rd_institutions", "企业办研发机构数是 0，却有机构研发人员。请核对其中一项。"))
    found += [odd for name in now if (odd := _against_last_year(name, now, before, names)) is not None]
    return found


def _against_last_year(
    name: str, now: Mapping[str, Decimal], before: Mapping[str, Decimal], names: Mapping[str, tuple[str, str]]
) -> Odd | None:
    if name not in before or name not in names:
        return None
    title, unit = names[name]
    old, new = before[name], now[name]
    least = _LEAST.get(unit)
    if least is None or max(abs(old), abs(new)) < least:
        return None
    if old == new and unit == "万元":
        return Odd(name, f"{title}与上年完全相同（{_n(new)}{unit}）。请确认不是照抄。")
    if old > 0 and abs(new - old) > old * JUMP:
        share = (new - old) / old * 100
        word = "增长" if new > old else "下降"
        return Odd(
            name,
            f"{title}比上年{word} {abs(share):.0f}%（{_n(old)} → {_n(new)}{unit}），超过一半。请核对，属实请写明原因。",
        )
    return None


def _n(value: Decimal) -> str:
    return f"{value.normalize():f}"


# What the three measures of R&D hold, side by side: rd-tax-and-statistics; domain §3.1
MEASURES = {
    "rd_hnte": ("高企口径", "含房屋折旧和租赁；委外按 80% 计；其他费用不超过总额 20%"),
    "rd_deduct": ("加计扣除口径", "不含房屋；委外按 80% 计；其他费用不超过总额 10%；行业和活动有负面清单"),
    "rd_stat": ("统计口径", "按当年实际支出计，含资本性支出（设备、土建），不含折旧和摊销"),
}


def gap_reasons(hnte: Decimal | None, deduct: Decimal | None, stat: Decimal | None) -> list[str]:
    """Sentences on why the three measures differ, and when they differ oddly."""
    found = []
    if hnte is not None and deduct is not None:
        gap = hnte - deduct
        if gap < 0:
            found.append(f"高企口径比加计扣除口径少 {_n(-gap)} 万元。高企口径一般更宽，请核对是否漏归集。")
        elif gap > 0:
            found.append(
                f"高企口径多 {_n(gap)} 万元：房屋折旧租赁、超过 10% 的其他费用可计入高企口径，不能加计扣除。"
            )
            if deduct > 0 and gap > deduct * JUMP:
                found.append("两个口径相差超过一半，请对照研发支出辅助账逐类核对。")
    if stat is not None and deduct is not None and stat != deduct:
        gap = stat - deduct
        found.append(
            f"统计口径{'多' if gap > 0 else '少'} {_n(abs(gap))} 万元："
            + (
                "统计计入当年购置的设备和土建，加计扣除只计折旧。"
                if gap > 0
                else "统计不计折旧和摊销，也不计委托外单位的支出。"
            )
        )
    if deduct is not None and deduct > 0 and stat == 0:
        found.append("享受了加计扣除而统计报表研发费用为 0，可能漏报（107 表），请提醒企业。")
    return found
