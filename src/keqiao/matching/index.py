"""One index a kind on disk, and the feed of changes that keeps it true to the database.

    KEQIAO_INDEX/demand/current        name of the generation that readers open, replaced in one step
    KEQIAO_INDEX/demand/g-…/           a generation: an index of keqiao_match
    KEQIAO_INDEX/demand/building.json  the generation that a rebuild is filling, and how far it has come
    KEQIAO_INDEX/demand/late.txt       records that changed since, while the rebuild lay dead
    KEQIAO_INDEX/demand/writer.lock    one process writes

A change leaves the feed only after the index has committed it, so a kill at any moment loses nothing: what was
committed but not yet taken off the feed is put once more.
"""

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from keqiao.matching.documents import NUMBERS, documents_of, facet_names
from keqiao.registry.kinds import KINDS, kind_of
from keqiao.registry.records.models import Change
from keqiao.registry.work.models import Authorship
from keqiao_match import Index, IndexMissing, Writer

Progress = Callable[[int, int], None]  # done, total
Seen = Callable[[str, Sequence[int]], None]  # kind, primary keys

_IDS_A_QUERY = 900
_REBUILD_BATCH = 20_000  # documents between two commits of a rebuild
_HELPERS = min(4, max(1, (os.cpu_count() or 2) - 1))  # processes that cut texts for a long rebuild
_WORTH_A_PROCESS = 50_000  # records from which cutting texts in other processes pays
_FOLLOW_BATCH = 5_000
_REBUILD_MEMORY_MB = 192
_MOST_OPEN = 64  # a process serves one site, which has seven; tests make many


@dataclass(frozen=True, slots=True)
class Count:
    """How far an index and its registry agree. waiting: changes not yet indexed."""

    kind: str
    in_database: int
    in_index: int
    waiting: int

    @property
    def holds(self) -> bool:
        return self.in_database == self.in_index


# -- opening ----------------------------------------------------------------------------------------------------

_opened: dict[Path, tuple[str, Index]] = {}


def opened(kind: str, *, is_writing: bool = False) -> Index:
    """The index of a kind as it is now; an empty one where none was built yet. Cheap to call for every search.

    is_writing: the caller holds the kind's writer lock.
    """
    folder = _folder(kind)
    name = _current(folder)
    known = _opened.get(folder)
    if known is not None and known[0] == name:
        # At once, not half a second later: answers are kept under the mark of the newest commit
        known[1].refresh()
        return known[1]
    if name and _fits(kind, name):
        try:
            index = Index.open(folder / name)
        except IndexMissing:
            index = _start_empty(kind, is_writing)
    else:
        index = _start_empty(kind, is_writing)
    if len(_opened) >= _MOST_OPEN:
        _opened.clear()
    name = _current(folder)
    if name and _fits(kind, name):
        _opened[folder] = (name, index)
    return index


def mark_of(kind: str) -> tuple[str, int]:
    """Changes with every commit: what was computed from the index is good for as long as this stays the same."""
    folder = _folder(kind)
    name = _current(folder)
    try:
        return name, (folder / name / "meta.json").stat().st_mtime_ns if name else 0
    except FileNotFoundError:
        return name, 0


def _folder(kind: str) -> Path:
    return Path(settings.KEQIAO_INDEX) / kind_of(kind).key


def _current(folder: Path) -> str:
    try:
        return (folder / "current").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _shape(kind: str) -> str:
    """Names the facets and numbers: an index of another shape is not opened but rebuilt."""
    text = json.dumps([facet_names(kind), NUMBERS])
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _fits(kind: str, name: str) -> bool:
    return name.startswith(f"g-{_shape(kind)}-")


def _new_generation(kind: str) -> tuple[str, Index]:
    name = f"g-{_shape(kind)}-{uuid.uuid4().hex[:8]}"
    return name, Index.create(_folder(kind) / name, facets=facet_names(kind), numbers=NUMBERS)


def _start_empty(kind: str, is_writing: bool) -> Index:
    """An index where there was none that fits. Under the writer's lock, and only if the pointer is still of no use:
    a web process that starts late must not put its empty index over the one that was rebuilt meanwhile. While
    somebody else holds the lock, an empty index in memory will do; the next search looks again."""
    folder = _folder(kind)
    folder.mkdir(parents=True, exist_ok=True)
    with nullcontext(True) if is_writing else _writing(kind) as may_write:
        name = _current(folder)
        if name and _fits(kind, name) and Index.exists(folder / name):
            with suppress(IndexMissing):  # written by the text rules of an earlier release: it is built anew
                return Index.open(folder / name)
        if not may_write:
            return Index.memory(facets=facet_names(kind), numbers=NUMBERS)
        name, index = _new_generation(kind)
        _write(folder / "current", name)
        return index


def _write(path: Path, text: str) -> None:
    """Replace a small file in one step."""
    scratch = path.with_name(f"{path.name}.{uuid.uuid4().hex[:6]}")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


@contextmanager
def _writing(kind: str) -> Iterator[bool]:
    """Hold the kind's writer lock; False when another process has it. Released by the system if this one dies."""
    folder = _folder(kind)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "writer.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


# -- the feed ---------------------------------------------------------------------------------------------------


def drain(
    limit: int | None = None,
    *,
    kinds: Sequence[str] | None = None,
    progress: Progress | None = None,
    seen: Seen | None = None,
) -> int:
    """Bring the indexes up to the feed; returns how many changes were taken.

    limit: at most so many changes a kind (None = all; then a kind most of which changed, as after a great load, is
    rebuilt, which is quicker). A kind that another process is writing is left to it. seen: told of every batch of
    records, before it leaves the feed.
    """
    taken = 0
    total = Change.objects.count() if progress else 0
    # Works first: they may put their authors on the feed
    for kind in sorted(kinds or KINDS, key=lambda key: key != "work"):
        if limit is None and _is_quicker_anew(kind):
            waiting = Change.objects.filter(kind=kind).count()
            taken += waiting if rebuild(kind, progress) else 0
        while changes := _next_changes(kind, limit or _FOLLOW_BATCH):
            with _writing(kind) as is_mine:
                if not is_mine:
                    break
                _apply(kind, changes, seen)
            taken += len(changes)
            if progress:
                progress(taken, max(total, taken))
            if limit is not None:
                break
    return taken


def _is_quicker_anew(kind: str) -> bool:
    waiting = Change.objects.filter(kind=kind)[: _WORTH_A_PROCESS + 1].count()
    if waiting <= _WORTH_A_PROCESS:
        return False
    return Change.objects.filter(kind=kind).count() * 2 > kind_of(kind).model._default_manager.count()


def _next_changes(kind: str, limit: int) -> list[tuple[int, int]]:
    """(change, record). Any of them will do: a record is always indexed as it is when it is read."""
    return list(Change.objects.filter(kind=kind).values_list("pk", "record_id")[:limit])


def _apply(kind: str, changes: Sequence[tuple[int, int]], seen: Seen | None = None) -> None:
    ids = sorted({record for _, record in changes})
    index = opened(kind, is_writing=True)
    with index.writer(memory_mb=64) as writer:
        _put(kind, writer, ids)
    _note_late(kind, ids)
    if seen:
        seen(kind, ids)
    if kind == "work":
        _tell_authors(ids)
    for part in _in_parts([pk for pk, _ in changes]):
        Change.objects.filter(pk__in=part).delete()


def _put(kind: str, writer: Any, ids: Sequence[int]) -> None:
    model = kind_of(kind).model
    for part in _in_parts(ids):
        records = model._default_manager.select_related("organisation", "origin").filter(pk__in=part)
        found: set[str] = set()
        for doc in documents_of(kind, records):
            writer.put(doc)
            found.add(doc.id)
        for pk in part:
            if str(pk) not in found:
                writer.remove(str(pk))


def _tell_authors(works: Sequence[int]) -> None:
    """An expert is found by the titles of his works, so a changed work changes him too."""
    experts: set[int] = set()
    for part in _in_parts(works):
        experts |= set(Authorship.objects.filter(work_id__in=part).values_list("expert_id", flat=True))
    rows = [Change(kind="expert", record_id=pk) for pk in sorted(pk for pk in experts if pk is not None)]
    Change.objects.bulk_create(rows, batch_size=1000)


def _in_parts(ids: "Sequence[int] | array[int]") -> "Iterator[Sequence[int] | array[int]]":
    for at in range(0, len(ids), _IDS_A_QUERY):
        yield ids[at : at + _IDS_A_QUERY]


# -- rebuilding -------------------------------------------------------------------------------------------------


def rebuild(kind: str, progress: Progress | None = None, *, workers: int | None = None) -> Count | None:
    """Index every record anew beside the index in use, then change over in one step.

    Killed in the middle, the next call goes on after the last commit. None when another process is at it.
    workers: processes that cut texts; None = one for a long registry, none for a short one.
    """
    with _writing(kind) as is_mine:
        if not is_mine:
            return None
        folder = _folder(kind)
        name, index, last = _building(kind)
        total = kind_of(kind).model._default_manager.count()
        helpers = workers if workers is not None else (_HELPERS if total > _WORTH_A_PROCESS else 0)
        done = len(index)
        # Changes seen now of records still to be read are answered by this rebuild; whatever else is on the feed stays
        covered = array("q", _waiting(kind, last))
        # One writer throughout: its helpers stay, and its merging goes on beside the reading
        with index.writer(memory_mb=_REBUILD_MEMORY_MB) as writer:
            while ids := _ids_after(kind, last):
                _fill(kind, writer, ids, helpers)
                writer.commit()
                last, done = ids[-1], done + len(ids)
                _write(folder / "building.json", json.dumps({"name": name, "last": last}))
                if progress:
                    progress(done, max(total, done))
        if late := _late(folder):
            with index.writer() as writer:
                _put(kind, writer, late)
        _change_over(folder, name)
    for part in _in_parts(covered):
        Change.objects.filter(pk__in=list(part)).delete()
    return count(kind)


def _waiting(kind: str, after: int) -> Iterator[int]:
    rows = Change.objects.filter(kind=kind, record_id__gt=after)
    return rows.values_list("pk", flat=True).iterator(chunk_size=10_000)


def _building(kind: str) -> tuple[str, Index, int]:
    """The rebuild that was broken off, or a new one: generation, its index, the last record it holds."""
    folder = _folder(kind)
    try:
        state = json.loads((folder / "building.json").read_text(encoding="utf-8"))
        if _fits(kind, state["name"]):
            return state["name"], Index.open(folder / state["name"]), int(state["last"])
    except (FileNotFoundError, ValueError, KeyError, IndexMissing):
        pass  # nothing usable was left behind: start anew
    (folder / "late.txt").unlink(missing_ok=True)
    name, index = _new_generation(kind)
    _write(folder / "building.json", json.dumps({"name": name, "last": 0}))
    return name, index, 0


def _ids_after(kind: str, last: int) -> list[int]:
    model = kind_of(kind).model
    rows = model._default_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
    return list(rows[:_REBUILD_BATCH])


def _fill(kind: str, writer: Writer, ids: Sequence[int], workers: int) -> None:
    records = (
        kind_of(kind)
        .model._default_manager.select_related("organisation", "origin")
        .filter(pk__gte=ids[0], pk__lte=ids[-1])
        .order_by("pk")
    )
    docs = documents_of(kind, records.iterator(chunk_size=2000))
    # The pool would read the database from a thread of its own, so it is given a list
    writer.put_all(list(docs) if workers else docs, workers=workers)


def _note_late(kind: str, ids: Sequence[int]) -> None:
    """A dead rebuild must hear of what changed before it goes on."""
    folder = _folder(kind)
    if (folder / "building.json").exists():
        with (folder / "late.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{pk}\n" for pk in ids)


def _late(folder: Path) -> list[int]:
    try:
        return sorted({int(line) for line in (folder / "late.txt").read_text(encoding="utf-8").split()})
    except FileNotFoundError:
        return []


def _change_over(folder: Path, name: str) -> None:
    """Point readers to the new generation. The one before stays until next time: somebody may be reading it."""
    before = _current(folder)
    _write(folder / "current", name)
    (folder / "building.json").unlink(missing_ok=True)
    (folder / "late.txt").unlink(missing_ok=True)
    for old in folder.glob("g-*"):
        if old.name not in (name, before):
            shutil.rmtree(old, ignore_errors=True)


def count(kind: str) -> Count:
    """What the registry holds, what the index holds, and what waits."""
    return Count(
        kind=kind,
        in_database=kind_of(kind).model._default_manager.count(),
        in_index=len(opened(kind)),
        waiting=Change.objects.filter(kind=kind).count(),
    )


def ensure(progress: Progress | None = None) -> list[Count]:
    """Take the feed, then rebuild every index that still does not hold what its registry holds."""
    drain()
    counts = [count(kind) for kind in KINDS]
    return [one if one.holds else (rebuild(one.kind, progress) or one) for one in counts]
