"""`keqiao manage runmatching demand achievement`: a batch run over the registries, with a progress bar."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from keqiao.core.errors import KeqiaoError
from keqiao.matching.runs import run_matching
from keqiao.people.models import User
from keqiao.registry.kinds import KINDS, kind_of


class Command(BaseCommand):
    help = "对登记簿运行一次批量匹配并保存结果，报告与上次相比新增和消失的推荐。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind_from", choices=list(KINDS))
        parser.add_argument("kind_to", choices=list(KINDS))
        parser.add_argument("--top", type=int, default=10)
        parser.add_argument("--by", default="", help="操作人的用户名，记入审计")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first() if options["by"] else None
        if options["by"] and by is None:
            raise CommandError(f"没有用户“{options['by']}”。请核对用户名，或不写 --by 以系统名义运行。")
        console = Console()
        with Progress(console=console) as bars:
            task = bars.add_task("匹配", total=None)
            try:
                run = run_matching(
                    options["kind_from"], options["kind_to"], by=by, top=options["top"],
                    progress=lambda done, total: bars.update(task, completed=done, total=total),
                )  # fmt: skip
            except KeqiaoError as error:
                raise CommandError(error.message) from error
        report = run.report
        console.print(
            f"{kind_of(run.kind_from).label} {run.sources} 条，推荐 {run.pairs} 条；"
            f"与上次相比新增 {report['new']}，消失 {report['gone']}，保留 {report['kept']}。"
        )
