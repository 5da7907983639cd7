"""`keqiao radar`: look over all demands for common needs; goes on with a run that was killed today."""

from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keqiao.matching.index import drain
from keqiao.radar.runs import run_radar


class Command(BaseCommand):
    help = "找出各县区、各年度相近的技术需求，存成一份快照。中断后再运行会接着做。"

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        drain(kinds=["demand"])
        with Progress(*columns, console=Console(stderr=True)) as bars:
            task = bars.add_task("查找共性需求", total=None)
            run = run_radar(progress=lambda done, total: bars.update(task, completed=done, total=total))
        self.stdout.write(f"看了 {run.demands} 条需求，共性需求 {run.needs_found} 项。")
