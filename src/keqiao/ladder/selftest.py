"""The self-test's answers as facts. Pure: what was not asked stays unknown, what was not ticked is no."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

HONOURS = (
    ("tech_sme", "科技型中小企业（今年有效）"),
    ("hnte", "高新技术企业（有效期内）"),
    ("innovative_sme", "创新型中小企业"),
    ("srdi", "专精特新中小企业"),
    ("ever_hnte", "以前是高新技术企业，现在不是"),
    ("provincial", "省级以上研发机构"),
    ("standard", "近五年主导制定过国家或行业标准"),
    ("award", "近五年获国家科技奖（前三名单位）"),
)
_TITLES = frozenset({"tech_sme", "hnte", "innovative_sme", "srdi"})
# What the last question asks in one breath, and what each of its answers says
CLEAN = (
    "在中国境内注册，查账征收，能准确归集研发费用",
    "产品不属于国家禁止、限制、淘汰类，行业不在研发费用加计扣除的负面清单",
    "近一年没有重大安全、质量事故和严重环境违法，没有列入经营异常或严重失信名单",
    "研发主要在国内进行",
)


def facts_from(answers: Mapping[str, Any], *, region: str = "") -> dict[str, Any]:
    """The answers of the form (cleaned) as facts of the data year. One sum of R&D stands for all measures."""
    found: dict[str, Any] = {"titles": [one for one in answers.get("honours", ()) if one in _TITLES]}
    if region:
        found["region"] = region[:6]
    if answers.get("founded_on"):
        found["founded_on"] = _text(answers["founded_on"])
    for name in ("staff", "tech_staff", "ip1", "ip2", "conversions", "assets", "liabilities"):
        if answers.get(name) is not None:
            found[name] = answers[name]
    for back, end in ((0, ""), (1, "_1"), (2, "_2")):
        _year(found, answers, end, is_now=back == 0)
    if answers.get("ip1") is not None:
        found["ip1_own"] = answers["ip1"]
        found["ip_own"] = bool(answers["ip1"] or answers.get("ip2"))
    honours = set(answers.get("honours", ()))
    found |= {
        "ever_hnte": bool(honours & {"ever_hnte", "hnte"}), "platforms": ["provincial"] if "provincial" in honours else [],
        "standards": int("standard" in honours), "awards_national": int("award" in honours), "standards_joined": "standard" in honours,
        # Said on the page: what is not asked and would only help counts as not there
        "awards_national_3y": 0, "awards_provincial": 0, "ip1_high": 0, "equity_2y": 0, "equity_3y": 0,
        "emerging_industry": False,
    }  # fmt: skip
    if answers.get("sound") == "yes":
        found |= {
            "resident": True, "sound_accounts": True, "restricted_products": False, "excluded_industry": False,
            "accidents": False, "dishonest": False,
        }  # fmt: skip
    return found


def _text(day: date | str) -> str:
    return day.isoformat() if isinstance(day, date) else str(day)


def _year(found: dict[str, Any], answers: Mapping[str, Any], end: str, *, is_now: bool) -> None:
    sales, rd = answers.get(f"sales{end}"), answers.get(f"rd{end}")
    if sales is not None:
        found[f"sales{end}"] = found[f"main_income{end}"] = found[f"total_income{end}"] = sales
    if rd is not None:
        found[f"rd_deduct{end}"] = found[f"rd_hnte{end}"] = found[f"rd_stat{end}"] = rd
        if answers.get("sound") == "yes":
            found[f"rd_domestic{end}"] = rd
    if is_now and sales is not None and answers.get("hightech") is not None:
        found["hightech_income"] = Decimal(sales) * Decimal(answers["hightech"]) / 100


def answers_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The form filled in from what is known of a firm."""
    found: dict[str, Any] = {
        "founded_on": facts.get("founded_on"), "staff": facts.get("staff"), "tech_staff": facts.get("tech_staff"),
        "ip1": facts.get("ip1"), "ip2": facts.get("ip2"), "conversions": facts.get("conversions"), "assets": facts.get("assets"),
    }  # fmt: skip
    for end in ("", "_1", "_2"):
        found[f"sales{end}"], found[f"rd{end}"] = facts.get(f"sales{end}"), facts.get(f"rd_deduct{end}")
    whole, part = facts.get("total_income"), facts.get("hightech_income")
    if whole and part is not None:
        found["hightech"] = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"))
    honours = [one for one in facts.get("titles", ()) if one in _TITLES]
    if facts.get("ever_hnte") and "hnte" not in honours:
        honours.append("ever_hnte")
    if {"provincial", "national"} & set(facts.get("platforms") or ()):
        honours.append("provincial")
    if facts.get("standards"):
        honours.append("standard")
    if facts.get("awards_national"):
        honours.append("award")
    found["honours"] = honours
    if facts.get("accidents") is False and facts.get("dishonest") is False and facts.get("sound_accounts"):
        found["sound"] = "yes"
    return {name: value for name, value in found.items() if value is not None}
