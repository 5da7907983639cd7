"""Ledgers as the room's own actions make them: `a_project(user)`, `a_line(project, user, c1="1000")`."""

import datetime as dt
from decimal import Decimal
from typing import Any

from keqiao.people.models import User
from keqiao.rd.actions import add_lines, save_project
from keqiao.rd.enums import COLUMNS
from keqiao.rd.models import RdLine, RdProject


def a_project(user: User, **facts: Any) -> RdProject:
    """Expensed, the firm's own, from 2024 on, with its approval."""
    base: dict[str, Any] = {
        "number": f"RD{RdProject.objects.count() + 1:02d}", "name": "聚乳酸膜低温热封", "form": "own", "treatment": "expensed",
        "starts_on": dt.date(2024, 1, 1), "ends_on": None, "approval": "总办〔2024〕3 号立项决议",
    }  # fmt: skip
    return save_project(project=None, values=base | facts, by=user)


def a_row(number: str = "1", day: dt.date = dt.date(2024, 3, 5), **sums: str) -> dict[str, Any]:
    """A row whose tax sum is its parts; booked the same unless said."""
    parts = {name: Decimal(sums.get(name, "0")) for name in COLUMNS}
    tax = Decimal(sums["tax"]) if "tax" in sums else sum(parts.values(), Decimal(0))
    return {
        "voucher_on": day, "voucher_kind": "记", "voucher_number": number, "summary": "研发人员工资",
        "booked": Decimal(sums.get("booked", tax)), "tax": tax, **parts,
    }  # fmt: skip


def a_line(
    project: RdProject, user: User, number: str = "1", day: dt.date = dt.date(2024, 3, 5), **sums: str
) -> RdLine:
    return add_lines(project=project, rows=[a_row(number, day, **sums)], by=user)[0]
