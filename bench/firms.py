"""A hundred thousand 示例 firms: the lists, statistics, pools, flow and closest firms as officers open them.

python -m bench.firms [--size 100000 --rounds 8] [--keep DIR] [--only 名称]
Makes its own SQLite folder, or uses KEQIAO_DATABASE_URL (an empty database). Prints a table, writes JSON.

Every page is asked for in this process: processor milliseconds do not stretch on a busy machine, wall milliseconds do.
One firm in ten is 规上 and has six years of figures, the others two.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.contracts import percentile
from bench.site_scale import ROOT

HOME = "3403"
COUNTIES = ("340302", "340303", "340304", "340311", "340321", "340322", "340323")
INDUSTRIES = ("C1711", "C2651", "C3051", "C3484", "C3562", "C3660", "C3982", "I6513")
BOOKS = ("tech_sme", "hnte", "srdi")
LONG, SHORT, ABOVE_SCALE = (
    6,
    2,
    10,
)  # years of figures of a 规上 firm and of another; one firm in so many is 规上
_CHUNK = 10_000


def figures(number: int, chance: random.Random, last: int) -> Iterator[tuple[int, str, Decimal]]:
    """(year, name, value) of one firm."""
    sales = 10 ** chance.uniform(2.3, 4.6)
    for year in range(last, last - (LONG if number % ABOVE_SCALE == 0 else SHORT), -1):
        sales *= chance.uniform(0.7, 1.1)
        research = sales * chance.uniform(0, 0.09)
        staff = max(3, int(sales / 60))
        yield year, "sales", Decimal(round(sales, 2)).quantize(Decimal("0.01"))
        yield year, "main_income", Decimal(round(sales * 0.96, 2)).quantize(Decimal("0.01"))
        yield year, "staff", Decimal(staff)
        yield year, "tech_staff", Decimal(staff // 5)
        yield year, "rd_staff", Decimal(staff // 6)
        for name, share, known in (("rd_hnte", 1.1, 0.8), ("rd_deduct", 0.9, 0.8), ("rd_stat", 1.0, 0.7)):
            if chance.random() < known:
                yield year, name, Decimal(str(round(research * share, 2)))


def fill(size: int) -> None:
    """Firms, figures, facts, titles, distances, pools, by bulk inserts; an officer of the city named bench."""
    from django.core.management import call_command
    from django.utils import timezone

    from keqiao.ladder.models import Standing
    from keqiao.ladder.standings import keep_standings
    from keqiao.people.enums import Role
    from keqiao.people.models import RoleGrant, User
    from keqiao.registry.enterprise.models import Enterprise

    call_command("migrate", verbosity=0)
    user, made = User.objects.get_or_create(
        username="bench", defaults={"name": "科员", "must_change_password": False}
    )
    if made:
        RoleGrant.objects.create(user=user, role=Role.BUREAU_OFFICER)
    if Enterprise.objects.exists():
        if not Standing.objects.exists():
            keep_standings(timezone.localdate())
        return
    chance = random.Random(7)
    for first in range(0, size, _CHUNK):
        _chunk(range(first, min(size, first + _CHUNK)), chance)
        sys.stdout.write(f"\r{min(size, first + _CHUNK):,} firms")
        sys.stdout.flush()
    sys.stdout.write("\n")
    _analyze()
    keep_standings(timezone.localdate())


def _analyze() -> None:
    from django.db import connection

    if connection.vendor == "postgresql":  # its autovacuum would; SQLite is served without
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _chunk(numbers: range, chance: random.Random) -> None:
    from django.db import transaction
    from django.utils import timezone

    from keqiao.core.bulk import insert_rows
    from keqiao.firm.models import FirmFact, YearFigure
    from keqiao.registry.enterprise.models import Enterprise

    now, today = timezone.now(), timezone.localdate()
    same = {
        "disclosure": "closed", "keywords": [], "year": today.year, "remark": "", "is_sample": True, "source_no": "",
        "source_document": "bench", "source_note": "", "content_hash": "", "version": 1, "created_at": now, "updated_at": now,
        "published_at": now, "contact_name": "", "contact_phone": "", "contact_email": "", "intro": "",
        "legal_representative": "", "address": "", "labels": [], "products": "", "status": "published",
    }  # fmt: skip
    columns = (
        "public_id",
        "number",
        "title",
        "division_code",
        "organisation_name",
        "tags",
        "uscc",
        "founded_on",
    )
    with transaction.atomic():
        insert_rows(Enterprise, columns, (_firm(number, chance) for number in numbers), same=same)
        keys = dict(
            Enterprise.objects.filter(source_document="bench")
            .order_by("-pk")
            .values_list("number", "pk")[: len(numbers)]
        )
        pks = [(number, keys[_name(number)]) for number in numbers]
        said = {"source": "sample", "source_note": "bench", "seen_on": today, "entered_at": now}
        rows = [
            (firm, year, name, value, "")
            for number, firm in pks
            for year, name, value in figures(number, chance, today.year - 1)
        ]
        insert_rows(
            YearFigure, ("enterprise_id", "year", "name", "value", "unit"), rows, same=said | {"reason": ""}
        )
        facts = [
            (firm, name, 0, value)
            for number, firm in pks
            if number % ABOVE_SCALE == 0
            for name, value in (("above_scale", True), ("rd_institution", chance.random() < 0.5))
        ]
        insert_rows(FirmFact, ("enterprise_id", "name", "year", "value"), facts, same=said)
        _titles(pks, chance, said, today)
        _ladder(pks, chance, today, now)


def _name(number: int) -> str:
    return f"企业-bench-{number:06}"


def _firm(number: int, chance: random.Random) -> tuple[Any, ...]:
    industry = chance.choice(INDUSTRIES)
    tags = {
        "field11": [{"code": f"{chance.randint(1, 11):02}", "by": "person", "score": 1}],
        "gbt4754": [{"code": industry, "by": "person", "score": 1}],
    }
    title = f"示例·第{number:06}科技有限公司"
    founded = date(chance.randint(1995, 2024), chance.randint(1, 12), chance.randint(1, 28))
    county = chance.choice(COUNTIES) + "000000"
    return (uuid.UUID(int=number + 1), _name(number), title, county, title, tags, f"B{number:017}", founded)


def _titles(pks: list[tuple[int, int]], chance: random.Random, said: dict[str, Any], today: date) -> None:
    from keqiao.core.bulk import insert_rows
    from keqiao.firm.models import Title

    rows = []
    for _, firm in pks:
        for kind, share, years in (("tech_sme", 0.15, 1), ("hnte", 0.05, 3), ("innovative_sme", 0.05, 3)):
            if chance.random() > share:
                continue
            for back in range(0, 6, years):
                issued = date(today.year - back, chance.randint(1, 6), chance.randint(1, 28))
                ends = date(issued.year, 12, 31) if years == 1 else issued + timedelta(days=365 * years)
                rows.append((uuid.UUID(int=chance.getrandbits(128)), firm, kind, "", issued, ends, ""))
    columns = ("public_id", "enterprise_id", "kind", "number", "issued_on", "expires_on", "revoke_reason")
    insert_rows(Title, columns, rows, same=said)


def _ladder(pks: list[tuple[int, int]], chance: random.Random, today: date, now: datetime) -> None:
    from keqiao.core.bulk import insert_rows
    from keqiao.ladder.models import Distance, PoolMember

    rows = [
        (firm, book, chance.choice(("unmet", "unmet", "unknown", "manual")),
         Decimal(chance.randint(10, 40_000)) / 100 if chance.random() < 0.4 else None, chance.randint(1, 18), chance.random() < 0.3,
         chance.randint(0, 6))
        for _, firm in pks for book in BOOKS
    ]  # fmt: skip
    columns = ("enterprise_id", "book", "outcome", "price", "months", "is_blocked", "missing_count")
    same = {"version_id": "bench", "on": today, "data_year": today.year - 1, "says": "研发费用再增加 18 万元，约 18 万元。",
            "changes": [], "computed_at": now}  # fmt: skip
    insert_rows(Distance, columns, rows, same=same)
    rows = [(firm, "pool_nursery", "met", None, 0, False, 0) for number, firm in pks if number % 50 == 2]
    insert_rows(Distance, columns, rows, same=same)
    members = [(uuid.UUID(int=chance.getrandbits(128)), firm) for number, firm in pks if number % 500 == 1]
    insert_rows(PoolMember, ("public_id", "enterprise_id"), members, same={
        "pool": "nursery", "state": "in", "basis": [], "proposed_on": today, "entered_on": today, "result": "", "goal": "hnte",
        "plan": "",
    })  # fmt: skip


def pages(chance: random.Random) -> dict[str, Callable[[], str]]:
    """Name of a page -> an address of it, other ones every time."""
    last = datetime.now(UTC).year - 1

    def place() -> str:
        return chance.choice(("", *COUNTIES))

    return {
        "企业清单": lambda: f"/desk/firms/?place={place()}&page={chance.randint(1, 20)}",
        "企业查找": lambda: f"/desk/firms/?q={chance.randint(100, 999)}",
        "梯度总览": lambda: "/desk/ladder/",
        "最接近的企业": lambda: (
            f"/desk/ladder/closest/?book={chance.choice(BOOKS)}&place={place()}&page={chance.randint(1, 20)}"
        ),
        "称号到期": lambda: f"/desk/ladder/expiry/?place={place()}",
        "培育库": lambda: "/desk/ladder/pools/nursery/",
        "入库候选": lambda: "/desk/ladder/pools/nursery/?show=candidates",
        "该出库的": lambda: "/desk/ladder/pools/nursery/?show=leaving",
        "流动": lambda: f"/desk/ladder/flow/?since={chance.randint(last - 4, last)}",
        "县区流动": lambda: f"/desk/ladder/flow/?by=county&since={chance.randint(last - 4, last)}",
        "流动的企业": lambda: (
            f"/desk/ladder/flow/firms/?since={last - 2}&until={last}&by=level&from=sme&to=hnte"
        ),
        "研发统计": lambda: f"/desk/rd/statistics/?year={chance.randint(last - 1, last)}",
        "无研发活动": lambda: f"/desk/rd/statistics/lists/activity/?place={place()}",
        "无研发机构": lambda: f"/desk/rd/statistics/lists/institution/?place={place()}",
        "漏报": lambda: f"/desk/rd/statistics/lists/forms/?place={place()}",
        "三口径对账": lambda: f"/desk/rd/statistics/reconcile/?place={place()}",
        "数据质量": lambda: f"/desk/rd/statistics/quality/?place={place()}",
    }


def measure(rounds: int, only: str = "") -> dict[str, dict[str, float]]:
    """Each page `rounds` times in turns, in this process. Milliseconds of the processor and of the clock, and queries."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from keqiao.people.models import User

    settings.ALLOWED_HOSTS = ["*"]
    client, chance = Client(), random.Random(11)
    client.force_login(User.objects.get(username="bench"))
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in pages(chance) if only in name}
    queries = dict.fromkeys(taken, 0)
    for turn in range(rounds + 1):
        for name in taken:
            path = pages(chance)[name]()
            busy, began = time.process_time(), time.monotonic()
            if turn:
                answer = client.get(path)
            else:  # the first round warms
                with CaptureQueriesContext(connection) as asked:
                    answer = client.get(path)
                queries[name] = len(asked)
            spent = (time.process_time() - busy) * 1000, (time.monotonic() - began) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")
            if turn:
                taken[name].append(spent)
    return {
        name: {
            "processor_p50_ms": percentile([one for one, _ in all_ms], 0.5),
            "processor_p95_ms": percentile([one for one, _ in all_ms], 0.95),
            "wall_p95_ms": percentile([one for _, one in all_ms], 0.95),
            "queries": queries[name],
        }
        for name, all_ms in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="keep the data here")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="keqiao-firms-"))
    os.environ |= {
        "KEQIAO_VAR": str(folder),
        "KEQIAO_HOME_DIVISION": HOME,
        "DJANGO_SETTINGS_MODULE": "keqiao.settings",
    }
    import django

    django.setup()
    fill(options.size)
    found = measure(options.rounds, options.only)
    for name, row in found.items():
        sys.stdout.write(
            f"{name:\u3000<8} processor p50 {row['processor_p50_ms']:>7} p95 {row['processor_p95_ms']:>7} ms  "
            f"wall p95 {row['wall_p95_ms']:>7} ms  {row['queries']} queries\n"
        )
    if options.only:
        return
    report = {
        "size": options.size,
        "load_average": round(os.getloadavg()[0], 1),
        "cores": os.cpu_count(),
        "pages": found,
    }
    (ROOT / "bench" / "results").mkdir(exist_ok=True)
    (ROOT / "bench" / "results" / f"firms-{options.size}.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
