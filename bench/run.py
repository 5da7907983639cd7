"""make bench: every measurement in one run, at one size, printed and written to bench/results/ as JSON.

SIZE=20000 ends in a few minutes; SIZE=1000000 is a city. Quality runs on the judged pairs whatever the size.
How cost grows: python -m bench.peers ../shared/data --sizes 20000 200000 2062000
"""

import argparse
import atexit
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    data = options.shared / "data"
    if not data.is_dir():
        sys.exit("../shared/data is not here: there is nothing to measure with")
    scratch = tempfile.mkdtemp(prefix="keqiao-bench-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    steps = (
        ["-m", "bench.match_quality", str(data)],
        ["-m", "bench.match_known_item", str(data)],
        ["-m", "bench.match_speed", str(data), "--count", str(options.size), "--folder", f"{scratch}/index"],
        ["-m", "bench.peers", str(data), "--size", str(options.size)],
        ["-m", "bench.site_scale", "--size", str(options.size), "--shared", str(options.shared)],
    )
    for step in steps:
        sys.stdout.write(f"\n== {' '.join(step[:2])}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, *step], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
