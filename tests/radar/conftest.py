"""Demands of three firms that ask for the same, and one that asks for something else."""

from decimal import Decimal

import pytest

from keqiao.matching import index
from keqiao.registry.demand.models import Demand
from tests.factories.people import OrganisationFactory
from tests.factories.registry import DemandFactory

SALT = "本厂印染车间排出高盐废水，含硫酸钠，反渗透浓水无法处理，希望用膜法或结晶法回收硫酸钠。"


@pytest.fixture
def salty(db: None) -> list[Demand]:
    """Three firms in two counties and two years; one gave up."""
    first = DemandFactory(
        published=True, title="高盐印染废水硫酸钠回收", content=SALT, year=2024, budget_yuan=Decimal("800000")
    )
    second = DemandFactory(
        expired=True, title="高盐印染废水盐分回收利用", content=SALT + "已试过蒸发。", year=2025, budget_yuan=None,
        is_budget_open=False, organisation=OrganisationFactory(division_code="340321000000"), division_code="340321000000",
    )  # fmt: skip
    third = DemandFactory(
        published=True, title="印染高盐废水中硫酸钠回收技术", content=SALT + "占地要小。", year=2025,
        budget_yuan=Decimal("1200000"),
    )  # fmt: skip
    DemandFactory(
        published=True, title="肉鸽疫病快速诊断试剂", content="养殖场需要快速诊断鸽新城疫，十分钟内出结果。",
        metrics_text="", metrics=[], foundation="有养殖场。",
    )  # fmt: skip
    index.rebuild("demand")
    return [first, second, third]
