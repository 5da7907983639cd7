"""`manage.py expire`: published listings whose last day is over become 已过期. Meant for a daily timer."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from keqiao.registry.records.actions import expire_due


class Command(BaseCommand):
    help = "把有效期已过的需求和成果标为已过期（每天运行一次）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today", type=dt.date.fromisoformat, help="按这一天计算，例如 2026-12-31；缺省为今天"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = options["today"] or timezone.localdate()
        done = expire_due(today)
        self.stdout.write(f"{today} 起已过期 {done} 条。" if done else f"截至 {today} 没有到期的需求和成果。")
