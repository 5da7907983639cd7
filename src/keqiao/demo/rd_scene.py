"""A firm's R&D ledger for the demo, all 示例: three projects over two years, with what the checks point at."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.people.models import User
from keqiao.rd.actions import add_lines, save_project, save_year
from keqiao.rd.enums import COLUMNS
from keqiao.rd.models import RdProject

_MONTHLY = (("c1", 86_500, "研发人员工资和五险一金"), ("c2", 41_200, "试制材料、动力"), ("c3", 12_600, "研发设备折旧"), ("c6", 9_800, "差旅、检索、会议"))  # fmt: skip


@transaction.atomic
def set_rd() -> int:
    """Make them once; gives the number of rows."""
    firm = User.objects.get(username="qiye")
    if firm.organisation is None or RdProject.objects.exists():
        return 0
    year = timezone.localdate().year - 1
    rows = 0
    first = _project(
        firm, "RD01", "示例：聚乳酸薄膜低温热封层", year, approval="示例：总经理办公会〔2024〕6 号立项决议"
    )
    for month in range(1, 13):
        for at, (column, amount, words) in enumerate(_MONTHLY):
            rows += _line(
                firm,
                first,
                dt.date(year, month, 20),
                f"{month * 10 + at}",
                f"示例：{words}",
                column,
                amount + month * 137,
            )
    second = _project(firm, "RD02", "示例：乳酸发酵废水脱色回用", year, form="commissioned", approval="")
    rows += _line(
        firm, second, dt.date(year, 5, 18), "58", "示例：委托淮河某理工大学开发", "domestic", 400_000
    )
    rows += _line(firm, second, dt.date(year, 9, 6), "91", "示例：委托境外研究所测试", "overseas", 300_000)
    third = _project(
        firm, "RD03", "示例：丙交酯残液资源化中试", year, ends_on=None, approval="示例：〔2025〕2 号立项决议"
    )
    for month in (7, 8, 9, 10, 11, 12):
        rows += _line(
            firm, third, dt.date(year, month, 25), "77", "示例：中试材料", "c2", 58_000 + month * 1_000
        )
    save_year(
        firm=firm.organisation, year=year, by=firm,
        values={"kinds": ["manufacturing", "tech_sme"], "special_income": Decimal(26_000)},
    )  # fmt: skip
    RdProject.objects.filter(firm=firm.organisation).update(is_sample=True)
    return rows


def _project(firm: User, number: str, name: str, year: int, **facts: Any) -> RdProject:
    base = {
        "number": number, "name": name, "form": "own", "treatment": "expensed", "starts_on": dt.date(year, 1, 1),
        "ends_on": dt.date(year + 1, 12, 31),
    }  # fmt: skip
    return save_project(project=None, values=base | facts, by=firm)


def _line(
    firm: User, project: RdProject, day: dt.date, number: str, words: str, column: str, amount: int
) -> int:
    parts = {name: Decimal(amount if name == column else 0) for name in COLUMNS}
    row = {
        "voucher_on": day, "voucher_kind": "记", "voucher_number": number, "summary": words, "booked": Decimal(amount),
        "tax": Decimal(amount), **parts,
    }  # fmt: skip
    return len(add_lines(project=project, rows=[row], by=firm, source="示例"))
