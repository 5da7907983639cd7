"""A workflow is a table: states, and the named moves between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from keqiao.core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Move:
    """One named move. sources: one state or several. act: the right it needs, if any."""

    name: str
    sources: tuple[str, ...]
    target: str
    label: str
    act: str | None = None


def move(name: str, sources: str | Iterable[str], target: str, label: str, act: str | None = None) -> Move:
    """A Move from one state or several to `target`; `label` is what the button says."""
    return Move(
        name,
        (str(sources),) if isinstance(sources, str) else tuple(map(str, sources)),
        str(target),
        label,
        act,
    )


@dataclass(frozen=True)
class Flow:
    """The whole table. labels: state -> what people read; an unknown move is refused with those that exist."""

    name: str
    start: str
    labels: dict[str, str]
    moves: Sequence[Move]
    _by_name: dict[tuple[str, str], Move] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.moves:
            for source in one.sources:
                key = (source, one.name)
                if key in self._by_name:
                    raise ValueError(f"flow {self.name}: move {one.name} leaves {source} twice")
                self._by_name[key] = one

    def after(self, state: str, name: str) -> str:
        """The state that `name` leads to from `state`. Raises NotAllowed naming the moves that exist."""
        return self.the_move(state, name).target

    def the_move(self, state: str, name: str) -> Move:
        found = self._by_name.get((str(state), name))
        if found is None:
            possible = "、".join(m.label for m in self.moves_from(state)) or "没有可办的操作"
            wanted = next((m.label for m in self.moves if m.name == name), name)
            raise NotAllowed(
                f"当前状态是“{self.labels.get(str(state), state)}”，不能“{wanted}”。现在可以：{possible}。请刷新页面查看最新状态。",
                code=f"{self.name}.state",
                conflict=True,
            )
        return found

    def moves_from(self, state: str) -> list[Move]:
        """The moves that leave `state`, in table order."""
        return [m for m in self.moves if str(state) in m.sources]

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram, for `make diagrams`."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        lines += [f"    {state}: {label}" for state, label in self.labels.items()]
        lines += [f"    {source} --> {m.target}: {m.label}" for m in self.moves for source in m.sources]
        return "\n".join(lines) + "\n"
