"""keqiao contractledger FILE…: yearly lists of any length into the ledger; red cells back beside the file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from keqiao.contract.enums import EntrySource
from keqiao.contract.importing import import_list
from keqiao.core.errors import KeqiaoError
from keqiao.registry.intake.guards import COMMAND_LINE


class Command(BaseCommand):
    help = "把全国系统的年度技术合同台账（.xlsx .csv）导入统计台账；重复运行不会重复计入。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+")
        sources = [value for value in EntrySource.values if value != EntrySource.OWN]
        parser.add_argument("--source", choices=sources, default=EntrySource.NATIONAL.value)

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            if not path.is_file():
                raise CommandError(f"没有文件“{path.name}”。请核对路径。")
            try:
                batch = import_list(
                    content=path.read_bytes(), name=path.name, by=None, source=options["source"], limits=COMMAND_LINE,
                )  # fmt: skip
            except KeqiaoError as error:
                raise CommandError(f"{path.name}：{error.message}") from error
            self.stdout.write(
                f"{path.name}：读入 {batch.read_count} = 新增 {batch.new_count} + 更新 {batch.changed_count} + 相同 {batch.same_count} + 退回 {batch.rejected_count}"
            )
            if batch.rejected_count:
                back = path.with_name(f"{path.stem}-退回.xlsx")
                back.write_bytes(batch.rejected_file)
                self.stdout.write(f"  退回的行写在 {back.name}")
