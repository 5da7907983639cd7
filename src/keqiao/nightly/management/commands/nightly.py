"""`keqiao nightly`: the night's work with a progress bar. Run it once a night from the system's timer."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keqiao.core.errors import KeqiaoError
from keqiao.nightly.work import work


class Command(BaseCommand):
    help = "夜间作业：匹配昨天以来变化的内容，通知有新增的人，询问时效，发送消息；每周找一次共性需求。中断后再运行会接着做。"

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bars:
            tasks: dict[str, Any] = {}

            def tell(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=total)
                bars.update(tasks[what], completed=done, total=total)

            try:
                night = work(progress=tell)
            except KeqiaoError as error:
                raise CommandError(error.message) from error
        report = night.report
        self.stdout.write(
            f"昨夜新增 {night.pairs.count()} 对（重新匹配 {night.looked_at} 条），通知 {report['told']} 人，"
            f"询问 {report['asked']} 位发布人，到期 {report['expired']} 条，发出消息 {report['sent']} 条。"
        )
