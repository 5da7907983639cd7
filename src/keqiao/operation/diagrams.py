"""Pictures of the house, drawn from the code itself: workflows, and which room imports which."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import keqiao
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.core.flow import Flow
from keqiao.deal.flow import CASE_FLOW
from keqiao.hall.flow import LISTING_FLOW
from keqiao.ladder.flow import POOL_FLOW
from keqiao.payment.flow import AWARD_FLOW
from keqiao.payment.flow import BATCH_FLOW as PAYMENT_BATCH_FLOW
from keqiao.registry.records.flow import ACHIEVEMENT_FLOW, DEMAND_FLOW
from keqiao.rules.flow import VERSION_FLOW
from keqiao.voucher.flow import BATCH_FLOW as SETTLEMENT_BATCH_FLOW
from keqiao.voucher.flow import BOOKING_FLOW

_DRAWN_BY = "<!-- Drawn by `make diagrams` from the code; a test says whether it is up to date. -->"
_FLOWS: Mapping[str, tuple[str, Flow]] = {
    "demand": ("需求的流转", DEMAND_FLOW),
    "achievement": ("成果的流转", ACHIEVEMENT_FLOW),
    "case": ("对接事项的流转", CASE_FLOW),
    "listing": ("挂牌的流转", LISTING_FLOW),
    "contract": ("技术合同登记的流转", CONTRACT_FLOW),
    "rule-version": ("规则版本的流转", VERSION_FLOW),
    "pool": ("培育库的流转", POOL_FLOW),
    "award": ("兑现事项的流转（免申即享从“待确认”或“待补数据”起，申报从“填写中”起）", AWARD_FLOW),
    "payment-batch": ("拨付批次的流转", PAYMENT_BATCH_FLOW),
    "voucher-booking": ("创新券预约的流转", BOOKING_FLOW),
    "settlement-batch": ("创新券结算批次的流转", SETTLEMENT_BATCH_FLOW),
}
"""File name in docs/diagrams -> title and table. Every flow of the house."""
Edges = Mapping[str, frozenset[str]]


def pages() -> dict[str, str]:
    """File name in docs/diagrams -> its text."""
    flows = {f"{name}-flow.md": _flow_page(title, flow) for name, (title, flow) in _FLOWS.items()}
    return flows | {"rooms.md": _rooms_page()}


def _flow_page(title: str, flow: Flow) -> str:
    return f"# {title}\n\n{_DRAWN_BY}\n\n```mermaid\n{flow.mermaid()}```\n"


def room_of(module: str) -> str:
    """keqiao.registry.demand.models -> registry.demand; keqiao.web.desk.views -> web; keqiao.settings -> ""."""
    parts = module.split(".")[1:]
    depth = 2 if parts[:1] == ["registry"] else 1
    return ".".join(parts[:depth]) if len(parts) > depth or parts == ["registry", "kinds"] else ""


@cache
def imports_between_rooms() -> Edges:
    """room -> the rooms that some module of it imports, tests and migrations apart. Read once in a process."""
    root = Path(keqiao.__file__).parent
    rooms = {
        path.relative_to(root).parent.as_posix().replace("/", ".") for path in root.rglob("__init__.py")
    } | {"registry.kinds"}
    found: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        module = ".".join(("keqiao", *path.relative_to(root).with_suffix("").parts))
        here = room_of(module)
        if here not in rooms:
            continue
        for name in _imported(path):
            there = room_of(name + ".x") if name.startswith("keqiao.") else ""
            if there in rooms and there != here:
                found.setdefault(here, set()).add(there)
    return {room: frozenset(others) for room, others in found.items()}


def _imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += (
                [f"{node.module}.{alias.name}" for alias in node.names]
                if node.module == "keqiao.registry"
                else [node.module]
            )
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def without_detours(edges: Edges) -> Edges:
    """Only the edges that no longer way explains: web -> matching -> core hides web -> core."""
    return {
        room: frozenset(
            there
            for there in others
            if not any(there in _below(other, edges) for other in others if other != there)
        )
        for room, others in edges.items()
    }


def _below(room: str, edges: Edges) -> set[str]:
    """Every room that can be reached from `room`."""
    reached: set[str] = set()
    waiting = list(edges.get(room, ()))
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting += edges.get(one, ())
    return reached


def _rooms_page() -> str:
    edges = without_detours(imports_between_rooms())
    lines = [
        f"    {room.replace('.', '_')}[{room}] --> {there.replace('.', '_')}[{there}]"
        for room in sorted(edges)
        for there in sorted(edges[room])
    ]
    text = "箭头是“导入”，只向下；能经由别的房间到达的箭头省去。规则在 pyproject.toml 的 import-linter 一节，`make check` 核对。"
    return (
        f"# 房间之间的依赖\n\n{_DRAWN_BY}\n\n{text}\n\n```mermaid\nflowchart TD\n"
        + "\n".join(lines)
        + "\n```\n"
    )
