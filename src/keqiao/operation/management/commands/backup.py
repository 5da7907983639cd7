"""keqiao backup FILE: everything into one archive with checksums."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from rich.progress import Progress

from keqiao.core.audit import record
from keqiao.core.errors import KeqiaoError
from keqiao.core.models import AuditLevel
from keqiao.operation.archive import archived_models, backup, refuse_existing


class Command(BaseCommand):
    help = "备份为一个带校验的文件：全部表、附件和清单。密钥不在其中，请另行保管。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="备份文件；默认 keqiao-日期时间.tar")

    def handle(self, *args: Any, **options: Any) -> None:
        target = options["file"] or Path(f"keqiao-{timezone.localtime():%Y%m%d-%H%M%S}.tar")
        try:
            refuse_existing(target)
            record(
                "backup.made", level=AuditLevel.IMPORTANT, file_name=target.name
            )  # before, so that it is in it
            with Progress(transient=True) as bar:
                total = sum(model._base_manager.count() for model in archived_models())
                task = bar.add_task("备份", total=total)
                manifest = backup(
                    target, progress=lambda name, rows: bar.update(task, advance=rows, description=name)
                )
        except KeqiaoError as error:
            record(
                "backup.failed",
                level=AuditLevel.IMPORTANT,
                is_success=False,
                file_name=target.name,
                reason=error.message,
            )
            raise CommandError(error.message) from error
        rows = sum(table["rows"] for table in manifest["tables"].values())
        self.stdout.write(
            f"已备份 {rows} 行、{len(manifest['files'])} 个附件到 {target}（{target.stat().st_size / 2**20:.1f} MB）。"
        )
        self.stdout.write(f"字段密钥 {manifest['key_id']} 不在备份里，请另行保管。")
