"""The background thread of `keqiao serve`: a saved record can be found within two seconds."""

import logging
import threading

from django.db import DatabaseError, close_old_connections, connection

from keqiao.core.errors import KeqiaoError
from keqiao.matching import index, pairs
from keqiao.matching.facets import FIELD, INDUSTRY, IPC_CLASS, PLACE
from keqiao.matching.search import SearchQuery, search
from keqiao.people.access import VISITOR
from keqiao.registry.kinds import KINDS
from keqiao_match import MatchError

log = logging.getLogger(__name__)

EVERY_S = 0.5
_AFTER_TROUBLE_S = 10.0


def warm() -> None:
    """Load what the first search would wait for: dictionaries of the engine and the tables behind facet labels (3 s).

    Call it when a web process starts, before it takes requests.
    """
    for kind in KINDS:
        search(SearchQuery(kind, text="技术 jishu C02F1/469"), VISITOR)
    for label in (PLACE.label("340323"), IPC_CLASS.label("C02"), INDUSTRY.label("26"), FIELD.label("07")):
        log.debug("warmed", extra={"label": label})


class Follower(threading.Thread):
    """Takes the feed twice a second until `stop`. Trouble is logged and tried again: the feed keeps its rows."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        super().__init__(name="keqiao-index", daemon=True)
        self.every_s = every_s
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            pause = self.every_s
            try:
                close_old_connections()
                compared = index.drain(limit=2000, seen=pairs.note) == 0 and pairs.look()
                pause = 0.0 if compared else pause
            except (DatabaseError, KeqiaoError, MatchError, OSError):
                log.exception("index follower failed")
                pause = _AFTER_TROUBLE_S
            self._stopping.wait(pause)
        connection.close()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish the commit under way and end."""
        self._stopping.set()
        self.join(timeout_s)


def follow(every_s: float = EVERY_S) -> Follower:
    """Start following the feed; call `stop()` on what comes back."""
    thread = Follower(every_s)
    thread.start()
    return thread
