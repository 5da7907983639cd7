"""100,000 made firms against all rule books, and hand-written Python beside it in the same run.

    python -m bench.rules --firms 100000 --workers 2

The peer is what a programmer would write for two of the books: plain `if`s over floats, no reasons, no dates, no
exactness. It says what the format costs; it is checked against the books on every firm whose figures are not on a bound.
"""

import argparse
import json
import os
import platform
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.progress import Progress

from keqiao.rules.batch import Bench, run
from keqiao.rules.facts import FACTS, NAMES
from keqiao.rules.shelf import names, shipped

DAY = date(2026, 7, 1)
RESULT = Path(__file__).with_name("results") / "rules.json"
REGIONS = ("210600", "210603", "640200", "640500", "340323")
_TEXTS = {"ip_level": ("高", "较高", "一般"), "ip_support": ("强", "较强", "一般")}
_TITLES = ((), ("tech_sme",), ("tech_sme", "hnte"), ("tech_sme", "srdi"))


def firm(number: int) -> tuple[str, str, dict[str, Any]]:
    """One firm from its number: about 70 known facts of four years, every tenth fact left unknown."""
    chance = random.Random(number)
    sales = chance.lognormvariate(8, 1.4)
    facts: dict[str, Any] = {
        "founded_on": date(chance.randint(1998, 2025), chance.randint(1, 12), 15).isoformat(),
        "region": chance.choice(REGIONS),
        "titles": list(chance.choice(_TITLES)),
        "platforms": ["provincial"] if chance.random() < 0.1 else [],
    }
    staff = max(1, int(sales / 60 * chance.uniform(0.5, 2)))
    shares = {"sales": 1, "total_income": 1.02, "main_income": 0.9, "hightech_income": 0.6, "assets": 1.2, "liabilities": 0.6,
              "cost_expense": 0.9, "profit": 0.08, "tax_paid": 0.04, "rd_deduct": 0.05, "rd_hnte": 0.055, "rd_stat": 0.05,
              "rd_domestic": 0.05, "rd_in_province": 0.045, "science_spend": 0.06, "technical_income": 0.3}  # fmt: skip
    for back in range(4):
        size = sales / (1.12**back)
        suffix = f"_{back}" if back else ""
        for name, share in shares.items():
            facts[name + suffix] = Decimal(round(size * share * chance.uniform(0.6, 1.4), 2)).quantize(
                Decimal("0.01")
            )
        facts["staff" + suffix] = staff
        facts["tech_staff" + suffix] = int(staff * chance.uniform(0.05, 0.4))
        facts["rd_staff" + suffix] = int(staff * chance.uniform(0.05, 0.3))
    for name, fact in FACTS.items():
        if name in facts or name == "data_year" or fact.per_year:
            continue
        if fact.kind == "flag":
            facts[name] = chance.random() < (
                0.1 if name in ("accidents", "dishonest", "restricted_products") else 0.8
            )
        elif fact.kind == "count":
            facts[name] = chance.randint(0, 12)
        elif name in _TEXTS:
            facts[name] = chance.choice(_TEXTS[name])
    for name in chance.sample(sorted(facts), len(facts) // 10):
        if name not in ("region", "founded_on"):
            del facts[name]
    return str(number), f"示例企业{number}", facts


def made(count: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Firms 0 to count − 1; the same every time."""
    return map(firm, range(count))


def by_hand(f: dict[str, Any]) -> tuple[str, str]:
    """科技型中小企业 and 两清零 as a programmer would write them. 'unknown' where a fact is missing."""
    return _tech_sme(f), _clearing(f)


def _clearing(f: dict[str, Any]) -> str:
    sales = f.get("sales")
    if sales is None:
        return "unknown"
    found = []
    for floor, name in ((10000, "rd_activity"), (50000, "rd_institution")):
        if sales >= floor:
            found.append(f.get(name))
    if not found:
        return "not_applicable"
    return "unmet" if False in found else "unknown" if None in found else "met"


def _tech_sme(f: dict[str, Any]) -> str:
    caps = [(f.get("staff"), 500), (f.get("sales"), 20000), (f.get("assets"), 20000)]
    asked = [f.get("resident"), f.get("sound_accounts")]
    asked += [
        None if f.get(n) is None else not f[n]
        for n in ("restricted_products", "excluded_industry", "accidents", "dishonest")
    ]
    if any(v is not None and v > cap for v, cap in caps) or False in asked:
        return "unmet"
    ways = [_scored(f), _flag(f.get("titles"), "hnte")]
    for name in ("awards_national", "standards"):
        ways.append("unknown" if f.get(name) is None else "met" if f[name] >= 1 else "unmet")
    platforms = f.get("platforms")
    ways.append(
        "unknown" if platforms is None else "met" if {"provincial", "national"} & set(platforms) else "unmet"
    )
    way = next(one for one in ("met", "unknown", "unmet") if one in ways)
    if way == "unmet":
        return "unmet"
    if any(v is None for v, _ in caps) or way == "unknown":
        return "unknown"
    return "manual" if None in asked else "met"


def _flag(titles: list[str] | None, wanted: str) -> str:
    return "unknown" if titles is None else "met" if wanted in titles else "unmet"


def _band(top: Any, bottom: Any, bounds: tuple[int, ...], step: int, full: int) -> tuple[int, int]:
    if top is None or bottom is None:
        return 0, full
    if bottom <= 0:
        return 0, 0
    ratio = float(top) / float(bottom) * 100
    points = next((full - step * n for n, bound in enumerate(bounds) if ratio >= bound), 0)
    return points, points


def _scored(f: dict[str, Any]) -> str:
    staff = _band(f.get("tech_staff"), f.get("staff"), (30, 25, 20, 15, 10), 4, 20)
    if staff == (0, 0):
        return "unmet"
    one = _band(f.get("rd_deduct"), f.get("sales"), (6, 5, 4, 3, 2), 10, 50)
    two = _band(f.get("rd_deduct"), f.get("cost_expense"), (30, 25, 20, 15, 10), 10, 50)
    ip1, ip2 = f.get("ip1"), f.get("ip2")
    if ip1 is not None and ip1 >= 1:
        ip = (30, 30)
    elif ip1 is None or ip2 is None:
        ip = (0, 30)
    else:
        ip = (min(ip2, 4) * 6,) * 2
    least = staff[0] + max(one[0], two[0]) + ip[0]
    most = staff[1] + max(one[1], two[1]) + ip[1]
    if most < 60:
        return "unmet"
    return "met" if least >= 60 and staff[0] > 0 else "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep the figures in bench/results/rules.json")
    options = parser.parse_args()
    books = [shipped(name) for name in names()]
    prepared = list(made(options.firms))  # a registry hands firms over ready; making them is not judging them
    totals: dict[str, Counter[str]] = {name: Counter() for name in names()}
    hand: Counter[str] = Counter()
    cpu = time.process_time()
    started = time.perf_counter()
    with Progress() as bars:
        task = bars.add_task("全部规则", total=options.firms)
        for chunk in run(
            books, prepared, on=DAY, workers=options.workers, told=lambda n: bars.update(task, completed=n)
        ):
            for _, _, outcomes in chunk:
                for name, outcome in outcomes.items():
                    totals[name][outcome] += 1
    wall = time.perf_counter() - started
    parent_cpu = time.process_time() - cpu
    children = os.times()
    some = prepared[: min(5000, len(prepared))]
    bench = Bench([shipped("tech_sme"), shipped("rd_clearing")], DAY)
    bench.outcomes(some[0][2])
    begun = time.process_time()
    ours = [bench.outcomes(facts) for _, _, facts in some]
    ours_cpu = time.process_time() - begun
    begun = time.process_time()
    theirs = [by_hand(facts) for _, _, facts in some]
    hand_cpu = time.process_time() - begun
    for mine, (first, second) in zip(ours, theirs, strict=True):
        hand["same" if (mine["tech_sme"], mine["rd_clearing"]) == (first, second) else "different"] += 1
    conditions = sum(len(one.clauses()) for book in books if (one := book.find(DAY, REGIONS[0])) is not None)
    result = {
        "firms": options.firms,
        "workers": options.workers,
        "books": len(books),
        "conditions_in_liaoning": conditions,
        "facts_a_firm": round(sum(len(f) for _, _, f in some) / len(some)),
        "wall_s": round(wall, 1),
        "cpu_s": round(parent_cpu + children.children_user + children.children_system, 1),
        "firms_per_s": round(options.firms / wall),
        "load_before": os.getloadavg()[0],
        "two_books_us_a_firm": round(ours_cpu / len(some) * 1e6),
        "by_hand_us_a_firm": round(hand_cpu / len(some) * 1e6),
        "ratio_to_by_hand": round(ours_cpu / hand_cpu, 1),
        "agreement": dict(hand),
        "outcomes": {name: dict(counted) for name, counted in totals.items()},
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "known_names": len(NAMES),
    }
    text = json.dumps(result, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if options.write:
        RESULT.write_text(text + "\n", encoding="utf-8")
    return 0 if hand["different"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
