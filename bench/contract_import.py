"""The national system's yearly .xlsx taken in: one year (2,820 contracts) and ten (28,200), in the export's own columns.

python -m bench.contract_import [--rows 2820 28200] [--profile]
Every size runs in a process of its own with a fresh SQLite folder (or KEQIAO_DATABASE_URL, an empty database): made,
taken in, taken in again. One row in a hundred is bad and must come back red. Prints seconds and peak memory, writes JSON.
"""

import argparse
import cProfile
import json
import os
import pstats
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.contracts import HOME, contracts
from bench.site_scale import ROOT

BAD_EVERY = 100


def entries(rows: int) -> Iterator[Any]:
    """Lines of the ledger, not saved; every hundredth with a technical sum above the whole or a number that is none."""
    from keqiao.contract.models import LedgerEntry

    for one in contracts(rows, random.Random(5)):
        bad = one["number"] % BAD_EVERY == 7
        entry = LedgerEntry(
            reg_no=one["reg_no"], project_name=one["name"], class_code=one["kind"], statistic_class=one["kind"],
            decided_on=one["day"], sign_on=one["day"], begin_on=one["day"], end_on=one["day"], total_fen=one["total"],
            tech_fen=one["tech"], pay_method="lump", field11=one["field"], ip_type="11", plan_source="X", objective="10",
            industry="2832", registrar_place=HOME, seller_name=f"示例第{one['number'] % 900}研究所", seller_type="022",
            seller_division=one["sold"], buyer_name=f"示例第{one['number'] % 3000}公司", buyer_type="150",
            buyer_division=one["bought"],
        )  # fmt: skip
        if bad and one["number"] % 2:
            entry.tech_fen = entry.total_fen * 2
        elif bad:
            entry.reg_no = entry.reg_no[:9]
        yield entry


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def one_size(rows: int, *, profile: bool) -> dict[str, Any]:
    """Make the file, take it in twice, look at what came back."""
    import django

    django.setup()
    from django.core.management import call_command

    from keqiao.contract.importing import import_list
    from keqiao.contract.national import write_national
    from keqiao.registry.intake.guards import COMMAND_LINE

    call_command("migrate", verbosity=0)
    path = Path(os.environ["KEQIAO_VAR"]) / f"{rows}.xlsx"
    began = time.monotonic()
    write_national(entries(rows), path, title="技术合同登记表")
    made_s, content, before = time.monotonic() - began, path.read_bytes(), peak_mb()
    timed: dict[str, float] = {}
    profiler = cProfile.Profile()
    for turn in ("first", "again"):
        began, busy = time.monotonic(), time.process_time()
        if profile and turn == "first":
            profiler.enable()
        batch = import_list(content=content, name=path.name, by=None, limits=COMMAND_LINE)
        profiler.disable()
        timed |= {f"{turn}_s": round(time.monotonic() - began, 1), f"{turn}_cpu_s": round(time.process_time() - busy, 1)}  # fmt: skip
        if batch.rejected_count != len(range(7, rows, BAD_EVERY)) or not batch.rejected_file:
            raise SystemExit(f"{turn}: {batch.rejected_count} rows came back")
    if profile:
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("cumulative").print_stats(45)
    return {
        "rows": rows, "file_mb": round(len(content) / 1e6, 1), "made_s": round(made_s, 1), **timed,
        "rejected": batch.rejected_count, "rejected_mb": round(len(batch.rejected_file) / 1e6, 2),
        "peak_before_mb": before, "peak_mb": peak_mb(), "load_average": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_820, 28_200])
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--alone", action="store_true", help="in this process; its database must be empty")
    options = parser.parse_args()
    if options.alone:
        sys.stdout.write(json.dumps(one_size(options.rows[0], profile=options.profile)) + "\n")
        return
    report = []
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="keqiao-import-") as folder:
            more = {
                "KEQIAO_VAR": folder,
                "KEQIAO_HOME_DIVISION": HOME,
                "DJANGO_SETTINGS_MODULE": "keqiao.settings",
            }
            command = [sys.executable, "-m", "bench.contract_import", "--alone", "--rows", str(rows)]
            done = subprocess.run(
                [*command, *(["--profile"] if options.profile else [])], env=os.environ | more, cwd=ROOT,
                stdout=subprocess.PIPE, check=True, text=True,
            )  # fmt: skip
        report.append(json.loads(done.stdout))
        sys.stdout.write(f"{report[-1]}\n")
    (ROOT / "bench" / "results").mkdir(exist_ok=True)
    (ROOT / "bench" / "results" / "contract-import.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
