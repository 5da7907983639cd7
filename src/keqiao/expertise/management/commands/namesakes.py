"""keqiao manage namesakes: look for experts' pages that may be one human being."""

import sys
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import Progress, TaskID

from keqiao.expertise.namesakes import scan


def _tell(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)


class Command(BaseCommand):
    help = "查找重名专家：把可能是同一人的专家页列入“重名核对”，已有结论的不再提示。可以每晚运行。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", action="append", help="只查这个姓名，可以写多次")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        with Progress(transient=True, console=console) as bar:
            task = bar.add_task("比对同名专家", total=None)
            waiting = scan(names=options["name"], progress=partial(_tell, bar, task))
        console.print(f"待核对 {waiting} 对。请科技局人员到工作台“重名核对”办理。")
