"""What anybody may know of the common needs: subjects and figures, and nothing that leads to one firm."""

from dataclasses import dataclass
from decimal import Decimal

from keqiao.radar.models import CommonNeed, NeedMember, RadarRun
from keqiao.registry.records.enums import OPENLY_LISTED

LEAST_FIRMS = 3
"""With two firms each would read the other's figures."""

_LEAST_BUDGETS = 3


@dataclass(frozen=True, slots=True)
class OpenNeed:
    """One need in figures. subject: telling terms, never a title. budget_yuan: of three known budgets or more."""

    subject: str
    firms: int
    demands: int
    counties: int
    years: tuple[str, str] | None
    fields: tuple[str, ...]
    budget_yuan: Decimal | None
    failures: int


def open_needs(run: RadarRun | None, most: int = 50) -> list[OpenNeed]:
    """Needs of the snapshot that at least three firms share and whose demands were all listed openly, most firms first.
    A need with one demand for chosen eyes is left out whole: its terms would tell of it. Two queries at most."""
    if run is None:
        return []
    rows = CommonNeed.objects.filter(run=run, firm_count__gte=LEAST_FIRMS)
    guarded = NeedMember.objects.exclude(demand__disclosure__in=list(OPENLY_LISTED)).values("need")
    found = rows.exclude(pk__in=guarded).order_by("-firm_count", "-demand_count", "-tightness", "pk")
    return [_open(need) for need in found[:most] if need.terms]


def _open(need: CommonNeed) -> OpenNeed:
    years = need.parts("years")
    return OpenNeed(
        " · ".join(map(str, need.terms)), need.firm_count, need.demand_count, need.place_count,
        (years[0], years[-1]) if years else None, tuple(need.parts("fields")[:3]),
        need.budget_yuan if need.budgets_known >= _LEAST_BUDGETS else None, need.failures,
    )  # fmt: skip
