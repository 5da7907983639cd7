"""keqiao demo: fill, match, serve."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from keqiao.demo.accounts import ACCOUNTS, ensure_accounts
from keqiao.demo.loading import load_demo
from keqiao.matching.index import drain
from keqiao.matching.matches import matches_for
from keqiao.operation.readiness import make_ready
from keqiao.operation.server import serve
from keqiao.people.access import VISITOR
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.models import Change


class Command(BaseCommand):
    help = "填充演示数据（五份城市文件里的真实事项和标明“示例”的样例），运行匹配，启动网站。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="只填充数据，不启动网站")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        for line in make_ready():
            console.print(line)
        with Progress(transient=True, console=console) as bar:
            task = bar.add_task("载入演示数据", total=None)
            runs = load_demo(lambda name, run: bar.update(task, description=f"载入 {name}", completed=run.read_count))
        for run in runs:
            console.print(f"{run.origin.file_name}：{run.message}")
        if Change.objects.exists():
            with Progress(transient=True, console=console) as bar:
                task = bar.add_task("建立索引", total=Change.objects.count())
                drain(progress=lambda done: bar.update(task, completed=done))
        self._show_matches(console)
        self._show_accounts(console, options)
        sys.stdout.flush()
        if not options["no_serve"]:
            serve(host=options["host"], port=options["port"], workers=2, threads=4)

    def _show_matches(self, console: Console) -> None:
        """The main job in front of the user: three demands, each with its best achievement and the sentence behind it."""
        demands = Demand.objects.open_to_strangers().filter(is_sample=True).order_by("pk")[:3]
        for demand in demands:
            best = next(iter(matches_for(demand, "achievement", VISITOR, top=1)), None)
            if best is None:
                continue
            console.print(f"\n[bold]{demand.number} {demand.title}[/bold]\n  → {best.record.title}（{best.grade}）")
            for one in best.evidence[:1]:
                console.print(f"     依据：{one.other_sentence.strip()[:90]}")

    def _show_accounts(self, console: Console, options: dict[str, Any]) -> None:
        passwords = ensure_accounts()
        table = Table("用户名", "密码", "身份", title="演示账号（密码随机生成，只存在本机）")
        for account in ACCOUNTS:
            table.add_row(account.username, passwords[account.username], account.name)
        console.print(table)
        console.print(f"{settings.KEQIAO_SITE_NAME} 演示站：http://{options['host']}:{options['port']}/ （按 Ctrl+C 停止，数据保留在 {settings.VAR}）")
