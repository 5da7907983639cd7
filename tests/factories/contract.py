"""Lines of the contract ledger for tests, from facts: who sold where, to whom, for how much."""

import itertools
from datetime import date
from typing import Any

from keqiao.contract.models import LedgerEntry

_SERIAL = itertools.count(1)
HOME, GUZHEN, HUAIYUAN, BEIJING = "340302000000", "340323000000", "340321000000", "110108000000"


def ledger_entry(
    *, sold: str = HOME, bought: str = HOME, yuan: int = 1_000_000, tech_yuan: int | None = None,
    on: date = date(2026, 3, 9), kind: str = "DEV", **more: Any,
) -> LedgerEntry:  # fmt: skip
    """A line registered elsewhere on the national list, saved. sold, bought: place of the side."""
    values = {
        "reg_no": f"{on.year}340388{next(_SERIAL):06}", "source": "national", "project_name": "低温染色工艺",
        "class_code": kind, "statistic_class": kind, "decided_on": on, "total_fen": yuan * 100,
        "tech_fen": (yuan if tech_yuan is None else tech_yuan) * 100, "field11": "03", "registrar_place": "3403",
        "seller_name": "示例大学", "seller_division": sold, "buyer_name": "示例印染有限公司", "buyer_division": bought,
    }  # fmt: skip
    return LedgerEntry.objects.create(**values | more)
