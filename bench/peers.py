"""keqiao_match beside what a user would pick instead, in one run: the same documents, the same queries.

python -m bench.peers ../shared/data --size 20000 [--sizes 20000 200000] [--engines "sqlite fts5" …] [--queries 30]
Prints a table with ratios to keqiao_match and writes bench/results/peers-SIZE.json. Engines that are not installed are
named and left out: bm25s (pip), xapian (Debian's python3-xapian), PostgreSQL 15's programs.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.peers_work import Work, measure, say

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("keqiao_match", "tantivy", "sqlite fts5", "postgresql", "bm25s", "xapian")
ASKED = (("few_words", "几个词"), ("facets", "几个词加分面"), ("text", "整篇需求"))


def missing(name: str) -> str:
    """Why the engine cannot run here; empty when it can."""
    if name in ("bm25s", "xapian") and importlib.util.find_spec(name) is None:
        return f"没有安装 {name}"
    if name == "postgresql" and not Path("/usr/lib/postgresql/15/bin/initdb").exists():
        return "没有 PostgreSQL 15 的服务端程序"
    return ""


def one(name: str, work: Work, folder: Path) -> dict[str, object]:
    """Measure one engine in this process."""
    if name == "postgresql":
        from bench.peers_server import Postgres  # psycopg need not be there for the others

        server = Postgres(folder)
        return measure(server, work, server.cpu)
    from bench import peers_embedded as embedded

    kinds = {
        kind.name: kind
        for kind in (embedded.Keqiao, embedded.Bare, embedded.Fts5, embedded.Bm25s, embedded.Xapian)
    }
    return measure(kinds[name](folder), work)


def apart(name: str, data: Path, size: int, queries: int) -> dict[str, Any]:
    """Measure one engine in a process and a folder of its own, so that memory is its own too."""
    with tempfile.TemporaryDirectory(prefix="keqiao-peer-") as folder:
        Path(folder).chmod(0o755)
        given = ["--size", str(size), "--queries", str(queries), "--only", name, "--folder", folder]
        command = [sys.executable, "-m", "bench.peers", str(data), *given]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            return {"engine": name, "failed": done.returncode}
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


def table(rows: list[dict[str, Any]]) -> None:
    """p50 / p95 in milliseconds of processor time, and how many times ours each peer's median is."""
    say(f"{'':14}{'build cpu':>11}{'disk':>9}{'memory':>9}" + "".join(f"{key:>28}" for key, _ in ASKED))
    for row in rows:
        if "failed" in row:
            say(f"{row['engine']:14} failed ({row['failed']})")
            continue
        line = f"{row['engine']:14}{row['build_cpu_s']:>9} s{row['disk_mb']:>6.0f} MB{row['peak_build_mb']:>6} MB"
        for key, _ in ASKED:
            mine, ours = row[key], rows[0].get(key)
            ratio = f" ×{mine['cpu_p50_ms'] / ours['cpu_p50_ms']:.1f}" if ours and ours["cpu_p50_ms"] else ""
            line += f"{mine['cpu_p50_ms']:>12.1f} /{mine['cpu_p95_ms']:>7.1f}{ratio:>7}"
        say(line)
        if only := row.get("text_ids_only"):
            say(
                f"{'':14}{'整篇需求，只取编号，不比较也不给理由：':>50} {only['cpu_p50_ms']:.1f} / {only['cpu_p95_ms']:.1f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--sizes", type=int, nargs="*")
    parser.add_argument("--queries", type=int, default=30)
    parser.add_argument("--engines", nargs="*", default=list(ENGINES))
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    data = given.data.resolve()
    if given.only:
        say(json.dumps(one(given.only, Work(data, given.size, given.queries), given.folder)))
        return
    for size in given.sizes or [given.size]:
        say(
            f"\n{size:,} documents, load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; cpu ms p50 / p95, × ours"
        )
        rows = []
        for name in given.engines:
            if why := missing(name):
                say(f"{name}: {why}")
                continue
            rows.append(apart(name, data, size, given.queries) | {"load": os.getloadavg()[0]})
        table(rows)
        RESULTS.mkdir(exist_ok=True)
        target = RESULTS / f"peers-{size}.json"
        target.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
