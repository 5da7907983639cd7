"""Where a room above may change a ranking by what people answered. Without one, the engine's order stands."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from keqiao.people.access import Scope
from keqiao.registry.records.models import Record
from keqiao_match import Doc, Match

if TYPE_CHECKING:
    from keqiao.matching.matches import MatchView


class Adjuster(Protocol):
    """Called for every ranking that is shown or kept."""

    def rescored(
        self, kind: str, target_kind: str, asked: Callable[[], Doc], found: Sequence[Match]
    ) -> tuple[Match, ...]:
        """The engine's matches with what was learnt from answers, best first. The same for every reader.

        asked: makes the asking document of a record of `kind`, if it is looked at.
        """
        ...

    def open_ones(self, record: Record, target_kind: str, found: Sequence[Match]) -> tuple[Match, ...]:
        """Those that neither side has refused: what is worth sending to somebody. For batches, which show no page."""
        ...

    def settled(
        self, record: Record, target_kind: str, scope: Scope, views: Sequence["MatchView"]
    ) -> tuple["MatchView", ...]:
        """The matches of `record`'s page in the order that its own answers and those about the targets ask for."""
        ...


class _AsTheEngineSays:
    def rescored(
        self, kind: str, target_kind: str, asked: Callable[[], Doc], found: Sequence[Match]
    ) -> tuple[Match, ...]:
        return tuple(found)

    def open_ones(self, record: Record, target_kind: str, found: Sequence[Match]) -> tuple[Match, ...]:
        return tuple(found)

    def settled(
        self, record: Record, target_kind: str, scope: Scope, views: Sequence["MatchView"]
    ) -> tuple["MatchView", ...]:
        return tuple(views)


_adjusters: list[Adjuster] = [_AsTheEngineSays()]


def set_adjuster(one: Adjuster) -> None:
    """Registers the adjuster; called once, by the `AppConfig.ready` of the room that has one."""
    _adjusters[:] = [one]


def adjuster() -> Adjuster:
    """The registered adjuster, or one that changes nothing."""
    return _adjusters[0]
