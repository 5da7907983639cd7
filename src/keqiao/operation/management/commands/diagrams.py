"""`make diagrams`: the pictures in docs/diagrams, drawn anew."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keqiao.operation.diagrams import pages

_DOCS = Path(__file__).resolve().parents[5] / "docs" / "diagrams"


class Command(BaseCommand):
    help = "由代码画出流程图和房间依赖图，写入 docs/diagrams（开发用）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", type=Path, default=_DOCS, help="写到哪个目录，默认是源码里的 docs/diagrams"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["out"]
        if not folder.parent.is_dir():
            raise CommandError(f"没有目录 {folder.parent}，没有画图。请在源码目录里运行，或用 --out 指定。")
        folder.mkdir(exist_ok=True)
        for name, text in pages().items():
            (folder / name).write_text(text, encoding="utf-8")
            self.stdout.write(f"已画 {folder / name}")
