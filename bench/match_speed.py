"""Build rate, memory and query times of keqiao_match at a city's size.

Run from the repository root: python -m bench.match_speed ../shared/data --count 500000 --folder /tmp/speed
Documents are resampled (title of one patent, sentences of others), seeded; speed only, never quality.
Prints one JSON object.
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
from keqiao_match import Index
from keqiao_match.text import words

SEED = 7


def quantiles(work: Callable[[str], object], inputs: list[str]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, each input once after one warm-up.

    wall: as waited for. cpu: processor time of the asking thread, what an idle machine would take.
    """
    work(inputs[0])
    wall, cpu = [], []
    for one in inputs:
        start, worked = time.perf_counter(), time.thread_time()
        work(one)
        cpu.append((time.thread_time() - worked) * 1000)
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


def peak_mb(who: int) -> int:
    """Peak resident memory in MB."""
    return resource.getrusage(who).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=25_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--queries", type=int, default=200)
    given = parser.parse_args()
    sources = list(patents(given.data))
    out: dict[str, object] = {"documents": given.count, "workers": given.workers}
    if not Index.exists(given.folder):
        before = peak_mb(resource.RUSAGE_SELF)
        start, worked = time.perf_counter(), cpu_seconds()
        Index.build(
            resampled(sources, given.count, seed=SEED),
            path=given.folder,
            facets=("field", "division"),
            numbers=("year", "amount"),
            keep_text=True,
            workers=given.workers,
        )
        seconds = time.perf_counter() - start
        out |= {"build_s": round(seconds), "build_cpu_s": round(cpu_seconds() - worked)}
        out |= {"documents_a_second": round(given.count / seconds)}
        out |= {"peak_before_mb": before, "peak_build_mb": peak_mb(resource.RUSAGE_SELF)}
        out["peak_worker_mb"] = peak_mb(resource.RUSAGE_CHILDREN)
    out["disk_mb"] = sum(file.stat().st_size for file in given.folder.iterdir()) // 1_000_000
    index = Index.open(given.folder)
    chance = random.Random(SEED)
    titles = [doc.title for doc in chance.sample(sources, given.queries)]
    two = [" ".join(chance.sample([w.text for w in words(title)] or ["石墨烯"], k=1)) for title in titles]
    few = [" ".join(w.text for w in words(title)[:3]) for title in titles]
    asked = list(islice(demands(given.data), given.queries // 4))
    texts = {doc.id: doc for doc in asked}
    both = ("field", "division")
    out["one_word"] = quantiles(lambda text: index.search(text), two)
    out["one_word_facets"] = quantiles(lambda text: index.search(text, facets=both), two)
    out["three_words_facets"] = quantiles(lambda text: index.search(text, facets=both), few)
    out["three_words_filter_facets"] = quantiles(
        lambda text: index.search(text, facets=both, where={"field": ["07"]}, ranges={"year": (2015, None)}),
        few,
    )
    out["title"] = quantiles(lambda text: index.search(text), titles)
    out["long_text"] = quantiles(lambda key: index.search(texts[key].fields[0][1]), list(texts))
    out["list_newest"] = quantiles(
        lambda text: index.search("", order="-year", facets=both, where={"field": [text]}),
        [f"{n:02}" for n in range(1, 12)] * 3,
    )
    out["match"] = quantiles(lambda key: index.match(texts[key]), list(texts))
    out["peak_mb"] = peak_mb(resource.RUSAGE_SELF)
    json.dump(out, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
