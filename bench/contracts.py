"""Fifty thousand registered contracts over ten years: list, search, ledger, statistics over HTTP, beside bare SQL.

python -m bench.contracts [--size 50000 --rounds 12] [--keep DIR]
Makes its own SQLite folder, or uses KEQIAO_DATABASE_URL (an empty database). Prints a table, writes JSON.

The peer is the same database asked the same questions by plain SQL, without our layer, in the same run: ratios travel
between machines, milliseconds do not.
"""

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.site_scale import ROOT, free_port

HOME, YEARS = "3403", 10
COUNTIES = ("340302", "340303", "340304", "340311", "340321", "340322", "340323")
AWAY = ("110108", "310115", "320102", "330106", "340104", "440305")
WORDS = (
    "印染废水",
    "番茄采摘",
    "聚乳酸薄膜",
    "低温染色",
    "膜法回用",
    "生物基涂料",
    "秸秆制糖",
    "传感器",
    "石墨烯导热",
    "高性能轴承",
)
ENDS = ("工艺研究开发", "技术服务", "专利实施许可", "可行性论证", "成套装备开发", "专利权转让")
CLASSES = ("DEV", "SRV", "CON", "TRF", "LIC")


def contracts(size: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Facts of made contracts, spread over ten years, two thirds of them with one side away."""
    first = date.today().replace(month=1, day=1)  # noqa: DTZ011  a bench may ask the clock
    first = first.replace(year=first.year - YEARS + 1)
    span = (date.today() - first).days  # noqa: DTZ011
    serials: dict[int, int] = {}
    for number in range(size):
        day = first + timedelta(days=number * span // size)
        serials[day.year] = serials.get(day.year, 0) + 1
        sold = chance.choice(COUNTIES if chance.random() < 0.7 else AWAY)
        bought = chance.choice(COUNTIES if chance.random() < 0.6 or sold not in COUNTIES else AWAY)
        total = chance.randint(20_000, 9_000_000) * 100
        yield {
            "number": number, "day": day, "reg_no": f"{day.year}340301{serials[day.year]:06}",
            "name": f"{chance.choice(WORDS)}{chance.choice(ENDS)}（{number}）", "kind": chance.choice(CLASSES),
            "field": f"{chance.randint(1, 11):02}", "sold": sold + "000000", "bought": bought + "000000",
            "total": total, "tech": int(total * chance.uniform(0.5, 1)),
        }  # fmt: skip


def fill(size: int) -> str:
    """Make the database and its contracts by bulk inserts; returns the session cookie of a registrar."""
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from keqiao.contract.models import Contract, ContractParty, ContractRegistration, LedgerEntry
    from keqiao.people.enums import Role
    from keqiao.people.models import Organisation, RoleGrant, User

    call_command("migrate", verbosity=0)
    user, made = User.objects.get_or_create(
        username="bench", defaults={"name": "登记员", "must_change_password": False}
    )
    if made:
        RoleGrant.objects.create(user=user, role=Role.REGISTRAR)
    if not Contract.objects.exists():
        owner = Organisation.objects.create(
            name="示例大学", kind="university", division_code="340302000000", is_verified=True
        )
        facts = list(contracts(size, random.Random(7)))
        now = timezone.now()
        rows = [
            Contract(
                number=f"合同-{one['day'].year}-{one['number']:06}", status="registered", owner=owner, is_shared=True,
                public_id=uuid.UUID(int=one["number"] + 1), division_code=one["sold"], project_name=one["name"],
                declared_class=one["kind"], sign_on=one["day"], total_amount=one["total"] / 100, field11=one["field"],
                created_by=user, created_at=now, updated_at=now - timedelta(days=(date.today() - one["day"]).days),  # noqa: DTZ011
            )
            for one in facts
        ]  # fmt: skip
        for at in range(0, size, 2000):
            made_rows = Contract.objects.bulk_create(rows[at : at + 2000])
            part = facts[at : at + 2000]
            pairs = list(zip(made_rows, part, strict=True))
            ContractParty.objects.bulk_create(
                ContractParty(contract=row, side=side, name=name, division_code=place)
                for row, one in pairs
                for side, name, place in (("seller", f"示例第{one['number'] % 900}研究所", one["sold"]), ("buyer", f"示例第{one['number'] % 3000}公司", one["bought"]))
            )  # fmt: skip
            ContractRegistration.objects.bulk_create(
                ContractRegistration(
                    contract=row, rule_set="CN-2001", reg_no=one["reg_no"], accepted_on=one["day"], decided_on=one["day"],
                    due_on=one["day"] + timedelta(days=21), handled_by=user, decided_by=user, class_code=one["kind"],
                    statistic_class=one["kind"], total_amount=one["total"] / 100, tech_amount=one["tech"] / 100,
                    submitted_at=now, seller_division=one["sold"], buyer_division=one["bought"], field11=one["field"],
                )
                for row, one in pairs
            )  # fmt: skip
            LedgerEntry.objects.bulk_create(
                LedgerEntry(
                    reg_no=one["reg_no"], contract=row, project_name=one["name"], class_code=one["kind"],
                    statistic_class=one["kind"], decided_on=one["day"], total_fen=one["total"], tech_fen=one["tech"],
                    field11=one["field"], registrar_place=HOME, seller_name=f"示例第{one['number'] % 900}研究所",
                    seller_division=one["sold"], buyer_name=f"示例第{one['number'] % 3000}公司", buyer_division=one["bought"],
                )
                for row, one in pairs
            )  # fmt: skip
        from django.db import connection

        if connection.vendor == "postgresql":  # its autovacuum would; SQLite is served without
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
    client = Client()
    client.force_login(user)
    return next(iter(client.cookies.values())).OutputString(attrs=[]).split(";")[0]


def pages(chance: random.Random) -> dict[str, Callable[[], str]]:
    """Name of a page -> an address of it, other ones every time."""
    this = date.today()  # noqa: DTZ011
    first = this.year - YEARS + 1

    def year() -> str:
        one = chance.randint(first, this.year)
        return f"from={one}-01-01&to={min(date(one, 12, 31), this)}"

    whole = f"from={first}-01-01&to={this}"
    return {
        "合同列表": lambda: f"/desk/contracts/?page={chance.randint(1, 40)}",
        "合同搜索": lambda: f"/desk/contracts/?q={quote(chance.choice(WORDS))}",
        "登记台已办结": lambda: f"/desk/registration/?heap=done&page={chance.randint(1, 40)}",
        "台账一年": lambda: f"/desk/contracts/ledger/?{year()}&class={chance.choice(CLASSES)}",
        "台账十年搜索": lambda: f"/desk/contracts/ledger/?{whole}&q={quote(chance.choice(WORDS))}",
        "统计一年": lambda: f"/desk/contracts/statistics/?{year()}&place={chance.choice((HOME, *COUNTIES))}",
        "统计十年": lambda: f"/desk/contracts/statistics/?{whole}&place={chance.choice((HOME, *COUNTIES))}",
        "公开统计": lambda: f"/statistics/contracts/?year={chance.randint(first, this.year)}",
    }


def percentile(taken: list[float], share: float) -> float:
    return round(sorted(taken)[min(len(taken) - 1, int(len(taken) * share))], 1)


def measure(port: int, cookie: str, rounds: int) -> dict[str, dict[str, float]]:
    """Each page `rounds` times, in turns, one at a time over one kept connection. Milliseconds."""
    chance = random.Random(11)
    taken: dict[str, list[float]] = {name: [] for name in pages(chance)}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for turn in range(rounds + 2):
        for name, address in pages(chance).items():
            path = address()
            began = time.monotonic()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or len(body) < 3000:
                raise SystemExit(f"{path}: {answer.status}, {len(body)} bytes")
            if turn >= 2:  # the first two warm the workers
                taken[name].append((time.monotonic() - began) * 1000)
    return {
        name: {"p50_ms": percentile(all_ms, 0.5), "p95_ms": percentile(all_ms, 0.95), "n": len(all_ms)}
        for name, all_ms in taken.items()
    }


def processor(rounds: int) -> dict[str, float]:
    """The same pages asked for in this process: processor milliseconds, p95, which a busy machine does not stretch by waiting."""
    from django.conf import settings
    from django.test import Client

    from keqiao.people.models import User

    settings.ALLOWED_HOSTS = ["*"]
    client, chance = Client(), random.Random(11)
    client.force_login(User.objects.get(username="bench"))
    taken: dict[str, list[float]] = {name: [] for name in pages(chance)}
    for turn in range(rounds + 2):
        for name, address in pages(chance).items():
            path, began = address(), time.process_time()
            client.get(path)
            if turn >= 2:
                taken[name].append((time.process_time() - began) * 1000)
    return {name: percentile(all_ms, 0.95) for name, all_ms in taken.items()}


def peer(rounds: int) -> dict[str, float]:
    """The same questions as plain SQL on the same database, median milliseconds each."""
    from django.db import connection

    this, chance = date.today(), random.Random(13)  # noqa: DTZ011
    first = f"{this.year - YEARS + 1}-01-01"
    flags = f"(seller_division >= '{HOME}' AND seller_division < '{HOME}~') + 2 * (buyer_division >= '{HOME}' AND buyer_division < '{HOME}~')"
    if connection.vendor == "postgresql":
        flags = f"(seller_division LIKE '{HOME}%%')::int + 2 * (buyer_division LIKE '{HOME}%%')::int"
    year = "strftime('%%Y', decided_on)" if connection.vendor == "sqlite" else "extract(year from decided_on)"
    questions = {
        "合同列表": "SELECT count(*) FROM contract_contract WHERE status <> 'draft'; SELECT * FROM contract_contract WHERE status <> 'draft' ORDER BY updated_at DESC LIMIT 20",
        "台账十年搜索": "SELECT count(*), sum(total_fen), sum(tech_fen) FROM contract_ledgerentry WHERE project_name LIKE '%%{word}%%' OR seller_name LIKE '%%{word}%%' OR buyer_name LIKE '%%{word}%%'; SELECT * FROM contract_ledgerentry WHERE project_name LIKE '%%{word}%%' ORDER BY decided_on DESC LIMIT 20",
        "统计十年": f"SELECT {year}, statistic_class, field11, {flags}, count(*), sum(total_fen), sum(tech_fen) FROM contract_ledgerentry WHERE decided_on >= '{first}' GROUP BY 1, 2, 3, 4",
    }  # fmt: skip
    found = {}
    for name, text in questions.items():
        taken = []
        for _ in range(rounds):
            word, began = chance.choice(WORDS), time.monotonic()
            with connection.cursor() as cursor:
                for statement in text.replace("{word}", word).split("; "):
                    cursor.execute(statement, [])
                    cursor.fetchall()
            taken.append((time.monotonic() - began) * 1000)
        found[name] = round(statistics.median(taken), 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="keep the data here")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="keqiao-contracts-"))
    os.environ |= {"KEQIAO_VAR": str(folder), "KEQIAO_HOME_DIVISION": HOME, "DJANGO_SETTINGS_MODULE": "keqiao.settings",
                   "KEQIAO_STAFF_IDLE_MINUTES": "240"}  # fmt: skip
    import django

    django.setup()
    cookie = fill(options.size)
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "keqiao", "serve", "--port", str(port)], env=dict(os.environ), cwd=ROOT
    )
    try:
        for _ in range(240):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
                break
            except OSError:
                time.sleep(0.5)
        found = measure(port, cookie, options.rounds)
    finally:
        server.terminate()
        server.wait(timeout=30)
    beside, busy = peer(options.rounds), processor(options.rounds)
    report = {"size": options.size, "load_average": round(os.getloadavg()[0], 1), "cores": os.cpu_count(), "pages": found,
              "processor_p95_ms": busy, "bare_sql_ms": beside,
              "ratio": {name: round(found[name]["p50_ms"] / ms, 1) for name, ms in beside.items()}}  # fmt: skip
    (ROOT / "bench" / "results").mkdir(exist_ok=True)
    (ROOT / "bench" / "results" / f"contracts-{options.size}.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    for name, row in found.items():
        sys.stdout.write(
            f"{name:\u3000<8} p50 {row['p50_ms']:>7} ms  p95 {row['p95_ms']:>7} ms  processor p95 {busy[name]:>7} ms\n"
        )
    for name, ratio in report["ratio"].items():
        sys.stdout.write(f"{name:\u3000<8} bare SQL {beside[name]} ms, our page {ratio} times\n")


if __name__ == "__main__":
    main()
