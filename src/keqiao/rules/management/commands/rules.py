"""`keqiao rules batch`: every firm of the registry against every book, with a bar; goes on where it broke off."""

from argparse import ArgumentParser
from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from keqiao.core.errors import KeqiaoError
from keqiao.rules.judging import Outcome
from keqiao.rules.models import RuleBatch
from keqiao.rules.registering import run_batch
from keqiao.rules.shelf import current, names


class Command(BaseCommand):
    help = "对登记的全部企业逐一按全部规则判断；中断后再运行会接着做。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["batch"], help="batch：全库判断")
        parser.add_argument(
            "--on", type=date.fromisoformat, default=None, help="按哪一天的规则和数据，默认今天"
        )
        parser.add_argument(
            "--workers", type=int, default=None, help="进程数，默认每个核心一个；0 表示不另开进程"
        )
        parser.add_argument("--restart", action="store_true", help="不接着上次，从头再做一遍")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        try:
            with Progress(*columns, console=console) as bars:
                task = bars.add_task("逐家判断", total=None)
                batch = run_batch(
                    on=options["on"] or timezone.localdate(),
                    workers=options["workers"],
                    afresh=options["restart"],
                    told=lambda done, total: bars.update(task, completed=done, total=total),
                )
        except KeqiaoError as refusal:
            raise CommandError(refusal.message) from None
        console.print(_table(batch))


def _table(batch: RuleBatch) -> Table:
    table = Table("规则", *(one.label for one in Outcome), title=f"{batch.firms} 家企业，按 {batch.on}")
    totals: dict[str, Counter[str]] = {name: Counter() for name in names()}
    for outcomes in batch.outcomes.values_list("outcomes", flat=True).iterator(chunk_size=2000):
        for name, outcome in outcomes.items():
            totals.setdefault(name, Counter())[outcome] += 1
    for name, counted in totals.items():
        if counted:
            table.add_row(current(name).title, *(str(counted[one]) for one in Outcome))
    return table
