"""Load the shipped divisions and code lists into the database; safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from keqiao.codes.load import load_codes


class Command(BaseCommand):
    """`keqiao load_codes`"""

    help = "把随附的行政区划和代码表装入数据库；重复执行不会产生重复数据"

    def handle(self, *args: Any, **options: Any) -> None:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True
        ) as bar:
            tasks = {}

            def tell(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bar.add_task(what, total=total)
                bar.update(tasks[what], completed=done)

            loaded = load_codes(tell)
        if not (loaded.lists or loaded.divisions):
            self.stdout.write("代码表和行政区划已是随附版本，无需装入。")
            return
        self.stdout.write(
            f"已装入代码表 {loaded.lists} 个、代码项 {loaded.items} 条、别名 {loaded.aliases} 条、"
            f"行政区划 {loaded.divisions} 条；关闭不再使用的 {loaded.closed} 条。"
        )
