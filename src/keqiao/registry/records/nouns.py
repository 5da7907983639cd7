"""Which model and which flow a kind has, looked up from below: `registry.kinds` stands above this room."""

from functools import cache

from django.apps import apps

from keqiao.core.errors import NotFound
from keqiao.core.flow import Flow
from keqiao.registry.records.flow import FLOWS, PLAIN_FLOW
from keqiao.registry.records.models import Listed, Record


@cache
def _models() -> dict[str, type[Record]]:
    return {model.KIND: model for model in apps.get_models() if issubclass(model, Record)}


def model_of(kind: str) -> type[Record]:
    """The model of a kind. Raises NotFound for an unknown one."""
    try:
        return _models()[kind]
    except KeyError:
        raise NotFound("栏目", kind) from None


def listed_models() -> list[type[Listed]]:
    """The kinds that are offered for a time: demands and achievements."""
    return [model for model in _models().values() if issubclass(model, Listed)]


def noun_of(kind: str) -> str:
    """What people call a record of this kind: 需求, 成果, 专家 …"""
    return model_of(kind).SERIES


def has_gate(kind: str) -> bool:
    """Whether records of this kind pass a review before they are published."""
    return kind in FLOWS


def flow_of(kind: str) -> Flow:
    """The table of moves of a kind; PLAIN_FLOW where there is no review."""
    return FLOWS.get(kind, PLAIN_FLOW)
