"""The work that every engine is given: the same documents, the same queries, one clock."""

import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from bench.match_corpus import demands, patents, resampled
from keqiao_match.rank import Asked, Profile
from keqiao_match.rarity import Rarity
from keqiao_match.text import field_of, fold, pairs, runs, words
from keqiao_match.types import Doc

SEED = 7
TOP = 20
FACETS = ("field", "division")
_PATIENCE_S = 60.0  # for one kind of query of one engine; the rest of the queries is left out


def tokens(text: str) -> list[str]:
    """Pairs of Chinese characters, and codes: what a peer is given that cannot cut Chinese."""
    long, rest = runs(fold(text))
    return [pair for run in long for pair in pairs(run)] + rest


def body(doc: Doc) -> str:
    """The texts of a document besides its title."""
    return "\n".join(text for _, text in doc.fields)


@dataclass(frozen=True)
class Work:
    """size: documents. queries: of each kind."""

    data: Path
    size: int
    queries: int

    def docs(self) -> Iterator[Doc]:
        return resampled(self._sources, self.size, seed=SEED)

    @cached_property
    def _sources(self) -> list[Doc]:
        return list(patents(self.data))

    @cached_property
    def few_words(self) -> list[list[str]]:
        """Up to three words of a title each."""
        step = max(1, len(self._sources) // self.queries)
        titles = (doc.title for doc in self._sources[::step])
        asked = ([word.text for word in words(title)[:3] if len(word.text) > 1] for title in titles)
        return [one for one in asked if one][: self.queries]

    @cached_property
    def texts(self) -> list[Doc]:
        """Whole demands."""
        return list(demands(self.data))[:: max(1, 371 // self.queries)][: self.queries]

    def telling(self, doc: Doc) -> list[str]:
        """The 32 most telling pairs and codes of a demand: what a peer is asked for instead of the whole text."""
        weights = Asked(Profile(doc), Rarity()).weights
        return [term for term in weights if field_of(term)][:32]


class Engine(Protocol):
    """One engine at work. Every answer is a list of at most TOP ids."""

    name: str

    def build(self, docs: Iterable[Doc]) -> None: ...
    def few_words(self, asked: Sequence[str]) -> Sequence[object]:
        """Documents that hold all the words, best first."""

    def facets(self, asked: Sequence[str]) -> object:
        """The same with two facets counted over all that are found."""

    def text(self, doc: Doc, telling: Sequence[str]) -> Sequence[object]:
        """Documents that answer a demand."""

    def disk_mb(self) -> float: ...
    def close(self) -> None: ...


def worker_cpu() -> float:
    """Processor seconds of this process so far, all its threads."""
    return time.process_time()


def timed(
    ask: Callable[[int], object], count: int, cpu: Callable[[], float] = worker_cpu
) -> dict[str, float]:
    """p50 and p95 of `ask(0..count-1)` in milliseconds, waited and worked, after one warm-up.

    cpu: where the engine's processor seconds are read. Stops after a minute; `asked` says how many were asked.
    """
    ask(0)
    waited, worked = [], []
    until = time.monotonic() + _PATIENCE_S
    for at in range(count):
        began, spent = time.perf_counter(), cpu()
        ask(at)
        worked.append((cpu() - spent) * 1000)
        waited.append((time.perf_counter() - began) * 1000)
        if time.monotonic() > until:
            break
    out: dict[str, float] = {"asked": len(waited)}
    for name, times in (("wall", waited), ("cpu", worked)):
        ordered = sorted(times)
        out[f"{name}_p50_ms"] = round(ordered[len(ordered) // 2], 2)
        out[f"{name}_p95_ms"] = round(ordered[int(len(ordered) * 0.95)], 2)
    return out


def measure(engine: Engine, work: Work, cpu: Callable[[], float] = worker_cpu) -> dict[str, object]:
    """Build and ask. CPU of the build includes cutting the texts, not resampling them."""
    sample = min(work.size, 5_000)
    spent = time.process_time()
    for at, _ in enumerate(work.docs(), 1):
        if at >= sample:
            break
    making = (time.process_time() - spent) / sample * work.size
    began, spent = time.monotonic(), cpu()
    engine.build(work.docs())
    out: dict[str, object] = {
        "engine": engine.name,
        "documents": work.size,
        "build_wall_s": round(time.monotonic() - began, 1),
        "build_cpu_s": round(cpu() - spent - making, 1),
        "disk_mb": round(engine.disk_mb(), 1),
        "peak_build_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    few, texts = work.few_words, [(doc, work.telling(doc)) for doc in work.texts]
    out["few_words"] = timed(lambda at: engine.few_words(few[at]), len(few), cpu)
    out["facets"] = timed(lambda at: engine.facets(few[at]), len(few), cpu)
    out["text"] = timed(lambda at: engine.text(*texts[at]), len(texts), cpu)
    if ids_only := getattr(engine, "ids_only", None):
        out["text_ids_only"] = timed(lambda at: ids_only(texts[at][0]), len(texts), cpu)
    out["found_any"] = round(sum(bool(engine.few_words(one)) for one in few[:10]) / len(few[:10]), 2)
    engine.close()
    return out


def size_mb(folder: Path) -> float:
    """Bytes of all files below, in millions."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
