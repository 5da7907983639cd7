"""The table of registries: one line a kind. Pages, intake, index and API loop over it instead of asking `if kind ==`."""

from collections.abc import Mapping
from dataclasses import dataclass

from keqiao.core.errors import NotFound
from keqiao.core.flow import Flow
from keqiao.registry.achievement.models import Achievement
from keqiao.registry.demand.models import Demand
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.event.models import Event
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.flow import ACHIEVEMENT_FLOW, DEMAND_FLOW
from keqiao.registry.records.models import Record
from keqiao.registry.resource.models import Resource
from keqiao.registry.work.models import Work


@dataclass(frozen=True, slots=True)
class Kind:
    """One registry. label: what a visitor calls it; flow: None = no review gate."""

    key: str
    model: type[Record]
    label: str
    flow: Flow | None = None


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("achievement", Achievement, "成果", ACHIEVEMENT_FLOW),
        Kind("demand", Demand, "需求", DEMAND_FLOW),
        Kind("expert", Expert, "专家"),
        Kind("enterprise", Enterprise, "企业"),
        Kind("work", Work, "科研产出"),
        Kind("resource", Resource, "资源"),
        Kind("event", Event, "活动"),
    )
}


def kind_of(key: str) -> Kind:
    """The registry of this key. Raises NotFound for an unknown one."""
    try:
        return KINDS[key]
    except KeyError:
        raise NotFound("栏目", key) from None
