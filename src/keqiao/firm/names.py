"""The figures and circumstances of a firm in the order of its forms and tables."""

from dataclasses import dataclass

from keqiao.firm.actions import DERIVED, NUMBERS
from keqiao.rules.facts import FACTS, Fact


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that stand together, in reading order."""

    title: str
    names: tuple[str, ...]

    @property
    def facts(self) -> list[Fact]:
        return [FACTS[name] for name in self.names if name in FACTS]


FIGURES: tuple[Group, ...] = (
    Group("经营", ("sales", "total_income", "main_income", "hightech_income", "technical_income", "cost_expense", "profit", "tax_paid")),
    Group("资产", ("assets", "liabilities", "net_assets")),
    Group("研发", ("rd_deduct", "rd_hnte", "rd_domestic", "rd_in_province", "rd_stat", "science_spend")),
    Group("人员", ("staff", "tech_staff", "rd_staff")),
)  # fmt: skip
_PLACED = frozenset(name for group in FIGURES for name in group.names)
_REST = tuple(
    fact.name
    for fact in FACTS.values()
    if fact.per_year and fact.kind in NUMBERS and fact.name not in _PLACED
)
if _REST:  # a book's new figure finds its place by itself
    FIGURES = (*FIGURES, Group("其他", _REST))
FIGURE_NAMES = tuple(fact.name for group in FIGURES for fact in group.facts)

CIRCUMSTANCES = (
    Group("基本情况", ("resident", "listed", "sound_accounts", "restricted_products", "excluded_industry", "accidents", "dishonest",
                   "past_dishonesty", "first_time", "above_scale", "rd_activity", "rd_institution")),
    Group("成果、标准和奖励", ("conversions", "standards", "standards_joined", "awards_national", "awards_national_3y",
                       "awards_provincial", "maker_top500", "platforms", "ip1_high")),
    Group("专家判断", ("field_ok", "ip_core_support", "ip_level", "ip_support", "score_management_system",
                   "score_management_facility", "score_management_reward", "score_management_talent", "rd_management")),
    Group("成长和市场", ("niche_years", "market_share", "market_rank", "share_is_high", "key_product", "emerging_industry",
                    "main_products_half", "srdi_score", "innovation_score", "equity_2y", "equity_3y", "equity_once",
                    "private_equity", "valuation_usd")),
    Group("研发机构", ("site_area", "equipment_value", "full_time_rd_staff", "bachelor_staff", "has_site", "has_funds", "has_team",
                   "has_equipment", "has_system", "has_results", "has_university_tie")),
)  # fmt: skip
CIRCUMSTANCE_NAMES = tuple(
    fact.name for group in CIRCUMSTANCES for fact in group.facts if fact.name not in DERIVED
)
# These hold for one data year and must be said anew; the others hold until something else is written
OF_A_YEAR = frozenset({"accidents", "dishonest", "past_dishonesty", "first_time", "rd_activity"})
TITLES_AND_UNITS = {name: (FACTS[name].title, FACTS[name].unit) for name in FIGURE_NAMES}
