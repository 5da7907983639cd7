"""keqiao restore FILE: an archive into an empty database, proved equal."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress

from keqiao.core.audit import record
from keqiao.core.errors import KeqiaoError
from keqiao.core.models import AuditLevel
from keqiao.operation.restoring import restore


class Command(BaseCommand):
    help = "从备份恢复到空库（SQLite 或 PostgreSQL），逐表核对后才算完成。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="备份文件")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        try:
            with Progress(transient=True) as bar:
                task = bar.add_task("恢复", total=None)
                manifest = restore(
                    options["file"],
                    progress=lambda name, rows: bar.update(task, advance=rows, description=name),
                )
        except KeqiaoError as error:
            raise CommandError(error.message) from error
        record("backup.restored", level=AuditLevel.CRITICAL, file_name=options["file"].name)
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"已恢复 {rows} 行、{len(manifest['files'])} 个附件，{len(manifest['tables'])} 张表逐表核对一致。"
        )
        self.stdout.write("请运行 keqiao index --rebuild 重建检索索引，再启动网站。")
