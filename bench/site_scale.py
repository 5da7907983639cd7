"""A city's works through the product itself: load, index, then list pages and search over HTTP at a fixed rate.

python -m bench.site_scale --size 1000000 [--rate 20 --seconds 60] [--keep DIR] [--no-peer]
Uses the database in KEQIAO_DATABASE_URL, or SQLite in a folder of its own. Prints a table, writes JSON.

Beside it, in the same run, the peer: the same file in one table with an FTS5 trigram index, no checks, no site,
no rights, asked for the same words with the same two counts. Ratios travel between machines, seconds do not.
"""

import argparse
import http.client
import json
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import site_peer
from bench.resample import write_works

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ("图像识别", "处理", "石墨烯 导热", "玉米 育种", "废水处理", "番茄采摘", "PLA", "锂离子电池 正极材料", "基因", "wangwei",
           "盐碱地改良", "神经网络 故障诊断", "混凝土", "羊 繁殖", "传感器", "有限元", "铝合金 焊接", "中药 提取")  # fmt: skip
FILTERS = ("", "&work_type=paper", "&year=2024", "&work_type=invention&year=2023")


def run_child(arguments: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Run one keqiao command; seconds and peak memory of the child alone."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "keqiao", *arguments], env=environment, check=True, cwd=ROOT)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": round(seconds, 1), "peak_mb_at_most": round(max(peak, before) / 1024)}


def pages(chance: random.Random) -> str:
    """One address that a visitor would ask for."""
    kind = chance.random()
    if kind < 0.3:
        return "/works/?page=" + str(chance.randint(1, 20)) + chance.choice(FILTERS)
    if kind < 0.9:
        return f"/works/?q={quote(chance.choice(QUERIES))}{chance.choice(FILTERS)}"
    return f"/search?q={quote(chance.choice(QUERIES))}"


def measure(port: int, *, rate: float, seconds: float) -> dict[str, Any]:
    """An open loop: requests leave on time whether or not earlier ones have come back. Milliseconds."""
    taken: list[float] = []
    failed: list[str] = []
    lock = threading.Lock()
    chance = random.Random(7)

    def ask(path: str, due: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            with lock:
                taken.append((time.monotonic() - due) * 1000)
                if answer.status != 200 or len(body) < 2000:
                    failed.append(f"{path} {answer.status}")
        except OSError as error:
            with lock:
                failed.append(f"{path} {error}")
        finally:
            connection.close()

    began, threads = time.monotonic(), []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        thread = threading.Thread(target=ask, args=(pages(chance), due))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    taken.sort()
    return {
        "requests": len(taken),
        "failed": len(failed),
        "failures": failed[:5],
        "p50_ms": round(statistics.median(taken), 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
        "p99_ms": round(taken[int(len(taken) * 0.99)], 1),
        "max_ms": round(taken[-1], 1),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve_and_measure(environment: dict[str, str], rate: float, seconds: float) -> dict[str, Any]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "keqiao", "serve", "--port", str(port)], env=environment, cwd=ROOT
    )
    try:
        for _ in range(120):
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
            except OSError:
                time.sleep(0.5)
        measure(port, rate=4, seconds=8)  # both workers open their index
        return measure(port, rate=rate, seconds=seconds)
    finally:
        server.terminate()
        server.wait(timeout=30)


def peer_beside(report: dict[str, Any], file: Path, folder: Path) -> None:
    """The peer's figures, and ours over the peer's."""
    target = folder / "peer.sqlite3"
    if "peer" not in report:
        report["peer"] = {"build": site_peer.build(file, target)}
    report["peer"]["ask"] = site_peer.ask(target, QUERIES)
    ours = report["load"]["seconds"] + report["index"]["seconds"]
    report["ratios"] = {
        "load_and_index_over_peer": round(ours / report["peer"]["build"]["seconds"], 2),
        "page_p50_over_peer": round(report["http"]["p50_ms"] / report["peer"]["ask"]["p50_ms"], 3),
        "page_p95_over_peer": round(report["http"]["p95_ms"] / report["peer"]["ask"]["p95_ms"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--keep", type=Path, help="keep the data here, and go on from the steps that are done already"
    )
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    if not (options.shared / "data").is_dir():
        sys.exit("../shared/data is not here: nothing to resample from")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"KEQIAO_VAR": str(folder / "var")}
        file = folder / f"works-{options.size}.jsonl"
        kept = folder / "report.json"
        report: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
        report |= {
            "size": options.size,
            "database": os.environ.get("KEQIAO_DATABASE_URL", "sqlite")[:10],
            "processors": os.cpu_count(),
        }

        def settle(step: str, work: Callable[[], dict[str, float]]) -> None:
            if step not in report:
                report[step] = work()
                kept.write_text(json.dumps(report))

        if not file.exists():
            write_works(options.shared, file, options.size)
        run_child(["manage", "migrate", "-v0"], environment)
        settle("load", lambda: run_child(["load", str(file), "--kind", "work"], environment))
        report["load"]["rows_a_second"] = round(options.size / report["load"]["seconds"])
        settle("index", lambda: run_child(["index"], environment))
        report["http"] = serve_and_measure(environment, options.rate, options.seconds)
        report["disk_mb"] = round(
            sum(f.stat().st_size for f in (folder / "var").rglob("*") if f.is_file()) / 2**20
        )
        if not options.no_peer:
            peer_beside(report, file, folder)
        kept.write_text(json.dumps(report))
    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    (target / f"site-{options.size}-{report['database']}.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1)
    )
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
