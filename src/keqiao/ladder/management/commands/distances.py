"""`keqiao distances`: how far every firm is from every rung, with a progress bar; `--warn` tells of titles that end."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keqiao.ladder.distances import refresh
from keqiao.ladder.enums import RUNG
from keqiao.ladder.expiry import warn


class Command(BaseCommand):
    help = "计算每家企业离各级称号的差距和最省的补齐办法（夜间作业也会做）。可重复运行。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--book", action="append", help=f"只算这一级，可写多次：{'、'.join(RUNG)}")
        parser.add_argument("--warn", action="store_true", help="同时给称号快到期的企业发提醒")
        parser.add_argument("--quiet", action="store_true", help="不显示进度，让出处理器")

    def handle(self, *args: Any, **options: Any) -> None:
        books = options["book"]
        if unknown := [one for one in books or () if one not in RUNG]:
            raise CommandError(f"没有“{unknown[0]}”这一级。可选：{'、'.join(RUNG)}。")
        if options["quiet"]:
            os.nice(10)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), disable=options["quiet"]) as bars:
            task = bars.add_task("计算差距", total=None)
            kept = refresh(
                books=books, progress=lambda done, total: bars.update(task, completed=done, total=total)
            )
        sent = warn() if options["warn"] else 0
        if not options["quiet"]:
            self.stdout.write(
                f"已计算 {kept} 条差距" + (f"，发出到期提醒 {sent} 条。" if options["warn"] else "。")
            )
