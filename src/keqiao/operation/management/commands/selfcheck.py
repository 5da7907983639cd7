"""keqiao check: is this installation sound?"""

import io
import shutil
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console
from rich.table import Table

from keqiao.codes.models import Division
from keqiao.core.audit import verify
from keqiao.core.models import AuditEntry
from keqiao.matching.index import count
from keqiao.operation.archive import key_id
from keqiao.people.enums import THREE_ADMINS, Role
from keqiao.people.models import RoleGrant
from keqiao.registry.kinds import KINDS, kind_of

Finding = tuple[bool, str]


def _database() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return waiting == 0, f"{connection.vendor}" + (
        f"，有 {waiting} 项结构更新未执行，请运行 keqiao serve" if waiting else "，结构最新"
    )


def _codes() -> Finding:
    count = Division.objects.count()
    return count > 0, f"行政区划 {count} 条" if count else "代码表未载入，请运行 keqiao serve"


def _keys() -> Finding:
    generated = (settings.VAR / "field-key").exists()
    return True, f"字段密钥 {key_id()}" + (
        "（保存在数据目录，请另行备份）" if generated else "（来自环境变量）"
    )


def _audit() -> Finding:
    report = verify()
    broken = "；".join(f"第 {seq} 条{what}" for seq, what in report.broken[:3])
    return report.holds, f"审计 {report.entries} 条，链完整" if report.holds else f"审计链有断点：{broken}"


def _admins() -> Finding:
    held = set(
        RoleGrant.objects.filter(revoked_at=None, role__in=THREE_ADMINS).values_list("role", flat=True)
    )
    missing = "、".join(str(Role(role).label) for role in sorted(THREE_ADMINS - held))
    return not missing, "三员齐备" if not missing else f"缺少{missing}，请用 keqiao account create 建立"


def _index() -> Finding:
    counts = [count(kind) for kind in KINDS]
    stale = [one for one in counts if not one.holds]
    words = "，".join(
        f"{kind_of(one.kind).label} {one.in_index}/{one.in_database}" for one in (stale or counts)
    )
    return (
        not stale,
        f"索引与数据库一致（{words}）"
        if not stale
        else f"索引与数据库不一致（{words}），请运行 keqiao index",
    )


def _disk() -> Finding:
    free = shutil.disk_usage(settings.VAR).free / 2**30
    return free > 2, f"数据目录剩余 {free:.1f} GB" + ("" if free > 2 else "，不足 2 GB，请清理或扩容")


def _debug() -> Finding:
    return (
        not settings.DEBUG,
        "调试模式已关闭" if not settings.DEBUG else "调试模式开着：正式使用请去掉 KEQIAO_DEBUG",
    )


CHECKS: dict[str, Callable[[], Finding]] = {
    "数据库": _database, "代码表": _codes, "密钥": _keys, "审计链": _audit, "三员": _admins,
    "索引": _index, "磁盘": _disk, "调试": _debug,
}  # fmt: skip


class Command(BaseCommand):
    help = "自检：数据库、代码表、密钥、审计链、三员、索引、磁盘。有问题时退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table("项目", "结果", "说明")
        failed = 0
        for name, look in CHECKS.items():
            is_fine, words = look()
            failed += not is_fine
            table.add_row(name, "正常" if is_fine else "[red]需处理[/red]", words)
        written = io.StringIO()
        Console(file=written, width=100).print(table)
        self.stdout.write(written.getvalue())
        if AuditEntry.objects.exists() is False:
            self.stdout.write("提示：审计记录为空，说明系统还没有正式使用。")
        if failed:
            raise CommandError(f"{failed} 项需要处理。")
