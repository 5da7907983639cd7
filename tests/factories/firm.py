"""Firms with figures: `a_firm(year=2025, sales=4200, staff=80)`, all by the room's own actions."""

import datetime as dt
from typing import Any

from keqiao.firm.actions import keep_facts, keep_figures
from keqiao.firm.enums import FigureSource
from keqiao.registry.enterprise.models import Enterprise
from keqiao.rules.facts import fact_of
from tests.factories.registry import EnterpriseFactory

SEEN = dt.date(2026, 3, 2)


def a_firm(*, year: int = 2025, founded_on: dt.date | None = dt.date(2015, 4, 1), **facts: Any) -> Enterprise:
    """A published firm. facts: sales=…, sales_1=… (the year before `year`), accidents=False."""
    own = {
        name: facts.pop(name) for name in ("title", "division_code", "organisation", "uscc") if name in facts
    }
    firm: Enterprise = EnterpriseFactory(published=True, founded_on=founded_on, **own)
    put_facts(firm, year=year, **facts)
    return firm


def put_facts(firm: Enterprise, *, year: int = 2025, **facts: Any) -> None:
    """Enter these facts as the system; figures of earlier years carry the suffix of the rule books."""
    for name, value in facts.items():
        found = fact_of(name)
        assert found is not None, f"no fact {name}"
        fact, back = found
        source = FigureSource.STATISTICS
        if fact.per_year:
            keep_figures(
                firm=firm,
                year=year - back,
                values={fact.name: value},
                by=None,
                source=source,
                seen_on=SEEN,
                reason="更正",
            )
        else:
            keep_facts(firm=firm, values={name: value}, by=None, source=source, seen_on=SEEN)
