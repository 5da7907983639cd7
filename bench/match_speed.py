"""Build rate, memory and query times of keqiao_match at a city's size.

Run from the repository root: python -m bench.match_speed ../shared/data --count 2062000 --folder /tmp/speed
Documents are resampled (title of one patent, sentences of others), seeded; speed only, never quality.
Prints one JSON object. wall: as waited for, on whatever else the machine was doing (`load`). cpu: processor time of
all threads together; hits and counts are looked for at once, so that an idle machine waits for less.
"""

import argparse
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from bench.match_corpus import demands, patents, resampled
from keqiao_match import Doc, Index
from keqiao_match.text import words

SEED = 7
BOTH = ("field", "division")
_SAMPLE = 20_000


def quantiles(work: Callable[[str], object], inputs: list[str]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, each input once after one warm-up."""
    work(inputs[0])
    wall, cpu = [], []
    for one in inputs:
        start, worked = time.perf_counter(), time.process_time()
        work(one)
        cpu.append((time.process_time() - worked) * 1000)
        wall.append((time.perf_counter() - start) * 1000)
    return {
        f"{name}_{label}_ms": round(sorted(times)[int(len(times) * share)], 1)
        for name, times in (("wall", wall), ("cpu", cpu))
        for label, share in (("p50", 0.5), ("p95", 0.95))
    }


def cpu_seconds() -> float:
    """Processor time so far of this process and its finished workers."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_mb(who: int = resource.RUSAGE_SELF) -> int:
    """Peak resident memory in MB."""
    return resource.getrusage(who).ru_maxrss // 1024


def now_mb() -> int:
    """Resident memory now in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 2**20


def folder_mb(folder: Path) -> int:
    """What the folder takes on disk, in MB of a million bytes."""
    return sum(file.stat().st_size for file in folder.iterdir()) // 1_000_000


def load() -> list[float]:
    """Load averages of the machine over 1, 5 and 15 minutes; as many as cores is busy."""
    return [round(one, 1) for one in os.getloadavg()]


def built(sources: list[Doc], count: int, folder: Path, workers: int) -> dict[str, object]:
    """Build the index. making_cpu_s: of the processor time, what resampling the documents took."""
    start = time.process_time()
    for _ in resampled(sources, min(count, _SAMPLE), seed=SEED):
        pass
    making = (time.process_time() - start) / min(count, _SAMPLE) * count
    before, start, worked = now_mb(), time.perf_counter(), cpu_seconds()
    Index.build(
        resampled(sources, count, seed=SEED),
        path=folder,
        facets=BOTH,
        numbers=("year", "amount"),
        keep_text=True,
        workers=workers,
    )
    seconds = time.perf_counter() - start
    return {
        "wall_s": round(seconds, 1),
        "cpu_s": round(cpu_seconds() - worked - making, 1),
        "making_cpu_s": round(making, 1),
        "documents_a_second": round(count / seconds),
        "memory_before_mb": before,
        "peak_mb": peak_mb(),
        "peak_worker_mb": peak_mb(resource.RUSAGE_CHILDREN) if workers else 0,
        "load": load(),
    }


def asked(index: Index, data: Path, sources: list[Doc], queries: int) -> dict[str, object]:
    """Times of searching, counting and matching."""
    chance = random.Random(SEED)
    titles = [doc.title for doc in chance.sample(sources, queries)]
    one = [chance.choice([w.text for w in words(title)] or ["石墨烯"]) for title in titles]
    three = [" ".join(w.text for w in words(title)[:3]) for title in titles]
    texts = {doc.id: doc for doc in islice(demands(data), queries)}
    fields = [f"{n:02}" for n in range(1, 12)] * 3
    out: dict[str, object] = {
        "one_word": quantiles(lambda text: index.search(text), one),
        "one_word_facets": quantiles(lambda text: index.search(text, facets=BOTH), one),
        "three_words_facets": quantiles(lambda text: index.search(text, facets=BOTH), three),
        "three_words_filter_facets": quantiles(
            lambda text: index.search(
                text, facets=BOTH, where={"field": ["07"]}, ranges={"year": (2015, None)}
            ),
            three,
        ),
        "title": quantiles(lambda text: index.search(text), titles),
        "long_text": quantiles(lambda key: index.search(texts[key].fields[0][1]), list(texts)),
        "list_newest": quantiles(
            lambda text: index.search("", order="-year", facets=BOTH, where={"field": [text]}), fields
        ),
        "match_top_20": quantiles(lambda key: index.match(texts[key], top=20), list(texts)),
    }
    start, worked = time.perf_counter(), time.process_time()
    every = list(demands(data))
    for _ in index.match_many(every, top=20):
        pass
    out["batch"] = {
        "demands": len(every),
        "wall_s": round(time.perf_counter() - start, 1),
        "cpu_s": round(time.process_time() - worked, 1),
    }
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=25_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--queries", type=int, default=100)
    given = parser.parse_args()
    sources = list(patents(given.data))
    out: dict[str, object] = {"documents": given.count, "workers": given.workers}
    if not Index.exists(given.folder):
        out["build"] = built(sources, given.count, given.folder, given.workers)
    out["disk_mb"] = folder_mb(given.folder)
    before = now_mb()
    index = Index.open(given.folder)
    out |= asked(index, given.data, sources, given.queries)
    out |= {"memory_before_mb": before, "memory_asking_mb": now_mb(), "load": load()}
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
