"""keqiao reminders: climb the ladder once; meant for a timer, harmless to repeat."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from keqiao.deal.reminders import climb, due_now


class Command(BaseCommand):
    help = "按天数提醒没有答复的对接方，到期如实告知，并征求评价。可重复运行，中断后再运行会接着做。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只列出今天该提醒的，不发送")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        now = timezone.now()
        if options["dry_run"]:
            table = Table("事项", "哪一方", "第几天", "做什么", title="今天该做的")
            for party, due in due_now(now):
                table.add_row(
                    party.case.number,
                    party.get_side_display(),
                    str(due.day),
                    "如实告知" if due.is_closure else "提醒",
                )
            console.print(table)
            return
        done = climb(now)
        console.print(
            f"已提醒 {done.reminded} 方，如实告知 {done.closures} 件，征求评价 {done.questions} 方"
            + (f"；{done.skipped} 件在此期间已有答复或已由另一次运行处理" if done.skipped else "")
            + "。"
        )
