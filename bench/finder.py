"""The expert finder, its ties and the namesake desk at a city's size, in process: no HTTP, no pages.

python -m bench.finder ../shared --folder DIR [--experts 52000 --works 300000 --queries 40]
Fills a registry in DIR with resampled works signed by made-up names (once; later runs go on with it), indexes it, then
asks for experts with whole demands. Prints milliseconds p50 / p95, writes bench/results/finder-EXPERTS.json.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import django

from bench.match_corpus import demands
from bench.resample import resampled_works

RESULTS = Path(__file__).parent / "results"
COUNTIES = (
    "340302",
    "340303",
    "340304",
    "340311",
    "340321",
    "340322",
    "340323",
    "340102",
    "330205",
    "210211",
)
FIELDS = 11


def fill(shared: Path, experts: int, works: int) -> None:
    """Records straight into the tables: what intake costs is measured by bench.site_scale."""
    from django.utils import timezone

    from keqiao.people.models import Organisation
    from keqiao.registry.expert.models import Expert
    from keqiao.registry.records.enums import Status
    from keqiao.registry.work.models import Authorship, Work, WorkType

    chance, now = random.Random(7), timezone.now()
    facts: dict[str, Any] = {"status": Status.PUBLISHED, "published_at": now}
    surnames, given = (
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
        "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志远",
    )
    units = Organisation.objects.bulk_create(Organisation(name=f"第{n}研究所") for n in range(600))

    def person(number: int) -> Expert:
        unit, place = chance.choice(units), chance.choice(COUNTIES) + "000000"
        field = f"{chance.randint(1, FIELDS):02d}"
        return Expert(
            title=chance.choice(surnames) + chance.choice(given) + chance.choice(given), organisation=unit,
            organisation_name=unit.name, division_code=place, number=f"E-{number}", last_work_year=2012 + number % 14,
            tags={"field11": [{"code": field, "by": "machine", "score": 0.6}]}, work_count=1, **facts,
        )  # fmt: skip

    for part in _batched(range(experts), 2000):
        Expert.objects.bulk_create([person(number) for number in part])
    people = list(Expert.objects.values_list("pk", "title", "organisation_id", "organisation_name"))
    prolific = people[::10]
    for part in _batched(enumerate(resampled_works(shared, works)), 2000):
        rows = []
        for number, row in part:
            kind = WorkType.PAPER if row["产出类型"] == "论文" else WorkType.INVENTION
            day = date.fromisoformat(row["日期"])
            rows.append(
                Work(
                    title=row["题名"][:300],
                    abstract=row["摘要"],
                    work_type=kind,
                    done_on=day,
                    year=day.year,
                    number=f"W-{number}",
                    source_no=row["编号"],
                    **facts,
                )
            )
        signed = []
        for work in Work.objects.bulk_create(rows):
            names = {one[0]: one for one in chance.sample(people, chance.randint(1, 2))}
            names |= {one[0]: one for one in chance.sample(prolific, chance.randint(0, 2))}
            signed += [
                Authorship(
                    work=work,
                    order=at,
                    name=name,
                    expert_id=pk,
                    organisation_id=unit,
                    organisation_name=unit_name,
                )
                for at, (pk, name, unit, unit_name) in enumerate(names.values(), 1)
            ]
        Authorship.objects.bulk_create(signed)


def _batched(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    batch: list[Any] = []
    for one in items:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def timed(calls: Iterable[Callable[[], object]]) -> dict[str, float]:
    """Milliseconds of processor time and of waiting."""
    cpu, wall = [], []
    for call in calls:
        began, spent = time.perf_counter(), time.process_time()
        call()
        cpu.append((time.process_time() - spent) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
    at = min(len(cpu) - 1, int(len(cpu) * 0.95))
    return {
        "cpu_p50": round(statistics.median(cpu), 1), "cpu_p95": round(sorted(cpu)[at], 1),
        "wall_p50": round(statistics.median(wall), 1), "wall_p95": round(sorted(wall)[at], 1),
    }  # fmt: skip


def measure(data: Path, queries: int) -> dict[str, Any]:
    from keqiao.expertise.choosing import choose
    from keqiao.expertise.evidence import Asked
    from keqiao.expertise.finder import Filters, find_experts
    from keqiao.expertise.namesakes import pairs_for, scan
    from keqiao.expertise.ties import ties_of
    from keqiao.people.access import Scope
    from keqiao.registry.work.models import Authorship
    from keqiao_match import Doc

    officer = Scope(sees_all=True)
    found = list(demands(data))
    asked = [Asked(f"text:{doc.id}", doc.title, doc) for doc in found[:: max(1, len(found) // queries)]][
        :queries
    ]
    county = Filters(division=COUNTIES[4])
    both = Filters(division=COUNTIES[2], field="03")
    active = Filters(active_within_years=5)
    find_experts(Asked("text:warm", "印染废水处理", Doc("warm", "印染废水处理")), officer)
    out: dict[str, Any] = {
        "find": timed(lambda one=one: find_experts(one, officer) for one in asked),
        "cite sentences for the twenty shown": timed(
            lambda one=one: [found.evidence() for found in find_experts(one, officer).experts]
            for one in asked
        ),
        "find again, county": timed(lambda one=one: find_experts(one, officer, county) for one in asked),
        "find again, county and field": timed(
            lambda one=one: find_experts(one, officer, both) for one in asked
        ),
        "find again, active": timed(lambda one=one: find_experts(one, officer, active) for one in asked),
        "choose with ties": timed(lambda one=one: choose(one, officer, Filters()) for one in asked),
        "choose without ties": timed(lambda one=one: choose(one, officer, Filters(), "any") for one in asked),
    }
    answers = [find_experts(one, officer) for one in asked]
    narrow = [find_experts(one, officer, both) for one in asked]
    out["experts shown, of the county and field"] = statistics.median(len(one.experts) for one in narrow)
    out["ties of 20"] = timed(
        lambda one=one: ties_of(one.asked, [found.expert for found in one.experts], officer)
        for one in answers
    )
    names = list(Authorship.objects.order_by("pk").values_list("name", flat=True)[:2000:200])
    out["namesakes of one name"] = timed(lambda name=name: scan(names=[name]) for name in names)
    out["namesake desk, first page"] = timed(
        (lambda: (pairs_for(officer).count(), list(pairs_for(officer)[:20]))) for _ in range(10)
    )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--experts", type=int, default=52_000)
    parser.add_argument("--works", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=40)
    given = parser.parse_args()
    os.environ["KEQIAO_VAR"] = str(given.folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "keqiao.settings"
    django.setup()
    from django.core.management import call_command

    from keqiao.matching.index import opened, rebuild
    from keqiao.registry.expert.models import Expert

    if not (given.folder / "filled").exists():
        call_command("migrate", verbosity=0)
        began = time.monotonic()
        fill(given.shared, given.experts, given.works)
        for kind in ("work", "expert", "achievement", "demand"):
            rebuild(kind)
        (given.folder / "filled").write_text(f"{time.monotonic() - began:.0f} s", encoding="utf-8")
    result = {
        "experts": Expert.objects.count(),
        "works": given.works,
        "works indexed": len(opened("work")),
        "load": os.getloadavg()[0],
    }
    result |= measure(given.shared / "data", given.queries)
    text = json.dumps(result, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"finder-{result['experts']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
