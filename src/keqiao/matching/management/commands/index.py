"""`keqiao index`: take the feed, or rebuild, with a progress bar and a count at the end."""

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
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

from keqiao.environment import env_str
from keqiao.matching import index
from keqiao.matching.follow import follow
from keqiao.message.delivery import Postman
from keqiao.registry.kinds import KINDS, kind_of


class Command(BaseCommand):
    help = "补齐检索索引；加 --rebuild 全部重建（中断后再运行会接着做）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--kind", action="append", choices=list(KINDS), help="只处理这一类，可重复")
        parser.add_argument("--rebuild", action="store_true", help="在旁边重建，完成后一步切换")
        parser.add_argument(
            "--follow", action="store_true", help="一直运行，随时把改动放进索引（keqiao serve 会自动启动）"
        )
        parser.add_argument("--workers", type=int, default=None, help="切分文本的进程数，默认按数据量决定")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["follow"]:
            self._follow()
            return
        kinds = options["kind"] or list(KINDS)
        console = Console()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bars:
            if options["rebuild"]:
                for kind in kinds:
                    self._rebuild(kind, bars, options["workers"])
            else:
                task = bars.add_task("补齐索引", total=None)
                index.drain(
                    kinds=kinds, progress=lambda done, total: bars.update(task, completed=done, total=total)
                )
        counts = [index.count(kind) for kind in kinds]
        console.print(_table(counts))
        if bad := [kind_of(one.kind).label for one in counts if not one.holds]:
            raise CommandError(
                f"{'、'.join(bad)}的索引与数据库条数不一致。请运行 keqiao index --rebuild；若正在运行网站，稍等几秒再核对。"
            )

    def _follow(self) -> None:
        """Until SIGTERM or Ctrl+C, or until the server that started us is gone."""
        parent = int(env_str("KEQIAO_FOLLOWS", "0"))
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        index.ensure()
        follower, postman = follow(), Postman()
        postman.start()
        while not ended.wait(1.0) and (not parent or os.getppid() == parent):
            continue
        follower.stop()
        postman.stop()

    def _rebuild(self, kind: str, bars: Progress, workers: int | None) -> None:
        task = bars.add_task(
            f"重建{kind_of(kind).label}索引", total=kind_of(kind).model._default_manager.count()
        )
        done = index.rebuild(
            kind, lambda at, total: bars.update(task, completed=at, total=total), workers=workers
        )
        if done is None:
            raise CommandError(f"{kind_of(kind).label}的索引正由另一个进程重建，没有重复进行。请等它完成。")
        index.drain(kinds=[kind])


def _table(counts: list[index.Count]) -> Table:
    table = Table("类别", "数据库", "索引", "待更新", "一致")
    for one in counts:
        table.add_row(
            kind_of(one.kind).label,
            str(one.in_database),
            str(one.in_index),
            str(one.waiting),
            "是" if one.holds else "否",
        )
    return table
