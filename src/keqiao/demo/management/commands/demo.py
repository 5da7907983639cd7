"""keqiao demo: fill, match, serve."""

import subprocess
import sys
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from keqiao.demo.accounts import ACCOUNTS, ensure_accounts
from keqiao.demo.contracts import set_contracts
from keqiao.demo.cultivation import set_cultivation
from keqiao.demo.deals import set_deals
from keqiao.demo.expert_scene import set_expert_scene
from keqiao.demo.firms import set_firms
from keqiao.demo.hall_scene import set_hall
from keqiao.demo.loading import load_demo
from keqiao.demo.outcomes import set_outcomes
from keqiao.demo.policies import set_policies
from keqiao.demo.rd_scene import set_rd
from keqiao.demo.scenes import set_scenes
from keqiao.demo.verdicts import set_verdicts
from keqiao.demo.vouchers import set_vouchers
from keqiao.demo.watch import set_watch
from keqiao.ladder.models import Distance
from keqiao.matching.index import drain
from keqiao.matching.matches import matches_for
from keqiao.matching.runs import best_pairs, latest_run, run_matching
from keqiao.matching.search import Pieces
from keqiao.message.actions import keep_inside
from keqiao.operation.readiness import make_ready
from keqiao.operation.server import serve
from keqiao.people.access import VISITOR


def _tell(bar: Progress, task: TaskID, done: int, total: int) -> None:
    bar.update(task, completed=done, total=total)


def _plain(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces).strip()[:90]


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
            runs = load_demo(
                lambda name, run: bar.update(task, description=f"载入 {name}", completed=run.read_count)
            )
        for run in runs:
            console.print(f"{run.origin.file_name}：{run.message}")
        passwords = ensure_accounts()
        set_scenes()
        set_expert_scene()
        with Progress(transient=True, console=console) as bar:
            task = bar.add_task("建立索引", total=None)
            drain(progress=partial(_tell, bar, task))
            for kind_from, kind_to in (("demand", "achievement"), ("achievement", "demand")):
                if runs or latest_run(kind_from, kind_to) is None:
                    task = bar.add_task("匹配", total=None)
                    run_matching(kind_from, kind_to, by=None, progress=partial(_tell, bar, task))
        set_deals()
        set_contracts()
        set_outcomes()
        set_hall()
        set_vouchers()
        set_rd()
        set_watch()
        set_verdicts()
        set_firms()
        set_cultivation()
        set_policies()
        if runs:
            keep_inside(reason="演示数据里的往来，只在站内显示，没有发出。", by=None)
            self._show_matches(console)
        self._show_accounts(console, passwords, options)
        sys.stdout.flush()
        if not options["no_serve"]:
            self._compute_distances()
            serve(host=options["host"], port=options["port"], workers=2, threads=4)

    def _compute_distances(self) -> None:
        """How far 1,300 firms are from each rung takes a minute or two: beside the site, out of its way, once."""
        if not Distance.objects.exists():
            subprocess.Popen(
                [sys.executable, "-m", "keqiao", "distances", "--quiet"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def _show_matches(self, console: Console) -> None:
        """The main job in front of the user: three demands, each with its best achievement and the sentence behind it."""
        run = latest_run("demand", "achievement")
        if run:
            console.print(f"\n匹配完成：{run.recommendations.count()} 对。其中：")
        for demand, achievement, pair in best_pairs("demand", "achievement", VISITOR, 3):
            console.print(
                f"\n[bold]{demand.number} {demand.title}[/bold]\n  → {achievement.title}（{pair.grade}）",
                highlight=False,
            )
            best = next(
                (m for m in matches_for(demand, "achievement", VISITOR) if m.target == achievement), None
            )
            telling = [p for p in best.pairs if p.field != "题名"] or best.pairs if best else ()
            for one in telling[:1]:
                console.print(
                    f"     需求：{_plain(one.other_sentence)}\n     成果：{_plain(one.sentence)}",
                    highlight=False,
                )

    def _show_accounts(self, console: Console, passwords: dict[str, str], options: dict[str, Any]) -> None:
        table = Table("用户名", "密码", "身份", title="演示账号（密码随机生成，只存在本机）")
        for account in ACCOUNTS:
            table.add_row(account.username, passwords[account.username], account.name)
        console.print(table)
        console.print(
            f"{settings.KEQIAO_SITE_NAME} 演示站：http://{options['host']}:{options['port']}/ （按 Ctrl+C 停止，数据保留在 {settings.VAR}）",
            soft_wrap=True,
        )
