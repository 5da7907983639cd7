"""make bench: every measurement in one run, at one size, printed and written to bench/results/ as JSON.

SIZE=3000 ends in a minute or two: speed and peers alone. From SIZE=20000 on quality is measured too, on the judged pairs
whatever the size, and the site itself; SIZE=1000000 is a city. Experts: bench.match_experts, bench.finder.
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
_WHOLE = 20_000  # documents from which a run measures quality and the site as well


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
    speed = [
        ["-m", "bench.match_speed", str(data), "--count", str(options.size), "--folder", f"{scratch}/index"],
        ["-m", "bench.peers", str(data), "--size", str(options.size)],
    ]
    quality = [["-m", "bench.match_quality", str(data)], ["-m", "bench.match_known_item", str(data)]]
    site = [["-m", "bench.site_scale", "--size", str(options.size), "--shared", str(options.shared)]]
    steps = [*quality, *speed, *site] if options.size >= _WHOLE else speed
    for step in steps:
        sys.stdout.write(f"\n== {' '.join(step[:2])}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, *step], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
