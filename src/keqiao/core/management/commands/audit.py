"""`keqiao audit verify` and `keqiao audit export FILE`."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keqiao.core import audit, trail
from keqiao.core.errors import KeqiaoError
from keqiao.core.models import AuditLevel


class Command(BaseCommand):
    help = "审计：verify 逐条核对摘要链；export 把记录导出为 .xlsx、.csv 或 .jsonl"

    def add_arguments(self, parser: ArgumentParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True, metavar="verify|export")
        tasks.add_parser("verify", help="核对摘要链，指出断裂和被改动的记录；有问题时退出码为 1")
        export = tasks.add_parser("export", help="导出审计记录，导出本身也记入审计")
        export.add_argument("file", type=Path, help="写到哪里；后缀决定格式：.xlsx .csv .jsonl")
        export.add_argument("--since", type=date.fromisoformat, help="从哪天起，如 2026-11-01")
        export.add_argument("--until", type=date.fromisoformat, help="到哪天止，含当天")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["task"] == "verify":
            self._verify()
        else:
            self._export(options["file"], options["since"], options["until"])

    def _verify(self) -> None:
        report = audit.verify()
        audit.record(
            "audit.verified", is_success=report.holds, row_count=report.entries,
            level=AuditLevel.NORMAL if report.holds else AuditLevel.CRITICAL,
        )  # fmt: skip
        if report.holds:
            self.stdout.write(f"摘要链完好：{report.entries} 条，最后一条摘要 {report.last_hash}")
            return
        for seq, what in report.broken:
            self.stderr.write(f"第 {seq} 条：{what}")
        raise CommandError(
            f"摘要链有 {len(report.broken)} 处问题（已核对 {report.entries} 条）。请保全数据库和备份，对照离线存档查明原因。"
        )

    def _export(self, path: Path, since: date | None, until: date | None) -> None:
        rows = trail.entries(trail.TrailQuery(since=since, until=until)).order_by("seq")
        try:
            count, digest = trail.to_path(rows, path)
        except KeqiaoError as refusal:
            raise CommandError(refusal.message) from refusal
        except OSError as error:
            raise CommandError(f"写不了“{path}”：{error.strerror}。请换一个能写的位置。") from error
        audit.record(
            "audit.exported",
            row_count=count,
            file_name=path.name,
            file_sha256=digest,
            level=AuditLevel.IMPORTANT,
        )
        self.stdout.write(f"已导出 {count} 条到 {path}，SHA-256 {digest}")
