"""`keqiao freshness ask`: take up signs of life, then ask the owners of faded listings once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import Progress

from keqiao.freshness.actions import ask, refresh


class Command(BaseCommand):
    help = "时效：refresh 记下单位的动静，ask 再向很久没有动静的发布人问一次“还在做吗”。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["refresh", "ask"])

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"有动静的 {refresh()} 条。")
        if options["what"] == "ask":
            with Progress(console=Console(stderr=True)) as bars:
                task = bars.add_task("询问", total=None)
                asked = ask(progress=lambda done, total: bars.update(task, completed=done, total=total))
            self.stdout.write(f"询问了 {asked} 位发布人。")
