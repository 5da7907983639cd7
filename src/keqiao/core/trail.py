"""Reading the audit trail: by time, person, event, object and level; and out as .xlsx, .csv or .jsonl.

Who may read it is asked by the rooms above; that it was read or taken out is itself recorded there.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from keqiao.core.errors import BadInput
from keqiao.core.models import AuditEntry, AuditLevel

FORMATS = ("xlsx", "csv", "jsonl")
MAX_XLSX_ROWS = 200_000
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

COLUMNS: tuple[tuple[str, str], ...] = (
    ("seq", "序号"),
    ("at", "时间"),
    ("actor_name", "用户"),
    ("actor_roles", "角色"),
    ("actor_unit", "单位"),
    ("action", "事件"),
    ("object_kind", "对象类型"),
    ("object_id", "对象编号"),
    ("object_title", "对象名称"),
    ("is_success", "成功"),
    ("reason", "原因"),
    ("changes", "变更"),
    ("row_count", "行数"),
    ("file_name", "文件名"),
    ("file_sha256", "文件摘要"),
    ("level", "级别"),
    ("ip", "地址"),
    ("port", "端口"),
    ("session_hash", "会话摘要"),
    ("user_agent", "客户端"),
    ("prev_hash", "上一条摘要"),
    ("hash", "摘要"),
)


@dataclass(frozen=True, slots=True)
class TrailQuery:
    """What to look for; blank fields do not narrow. Days are of Asia/Shanghai, both included."""

    since: date | None = None
    until: date | None = None
    person: str = ""
    action: str = ""
    target: str = ""
    level: str = ""
    only_failed: bool = False


def entries(query: TrailQuery) -> QuerySet[AuditEntry]:
    """The entries that the query asks for, newest first."""
    found = AuditEntry.objects.all()
    zone = timezone.get_current_timezone()
    if query.since:
        found = found.filter(at__gte=datetime.combine(query.since, time.min, zone))
    if query.until:
        found = found.filter(at__lte=datetime.combine(query.until, time.max, zone))
    if query.person:
        found = found.filter(actor_name__icontains=query.person)
    if query.action:
        found = found.filter(action__startswith=query.action)
    if query.target:
        title = (
            Q(object_title__icontains=query.target)
            | Q(object_id=query.target)
            | Q(reason__icontains=query.target)
        )
        found = found.filter(title)
    if query.level:
        found = found.filter(level=query.level)
    if query.only_failed:
        found = found.filter(is_success=False)
    return found


def _plain(entry: AuditEntry) -> dict[str, Any]:
    """The entry as JSON values; the moment in UTC, to the microsecond, as the hash has it."""
    row = {name: getattr(entry, name) for name, _ in COLUMNS}
    row["at"] = entry.at.isoformat()
    return row


def _cells(entry: AuditEntry) -> Iterator[Any]:
    """The entry as cells for people: local time, 是/否, changes as text."""
    for name, _ in COLUMNS:
        value = getattr(entry, name)
        if name == "at":
            yield timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S.%f")
        elif name == "is_success":
            yield "是" if value else "否"
        elif name == "level":
            yield str(AuditLevel(value).label)
        elif name == "changes":
            yield json.dumps(value, ensure_ascii=False) if value else ""
        else:
            yield ILLEGAL_CHARACTERS_RE.sub("�", value) if isinstance(value, str) else value


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    return "'" + value if isinstance(value, str) and value.lstrip(" ").startswith(_RISKY) else value


def _write_jsonl(rows: Iterable[AuditEntry], file: IO[bytes]) -> int:
    count = 0
    for count, entry in enumerate(rows, start=1):  # noqa: B007  # the number of the last one is the count
        file.write(json.dumps(_plain(entry), ensure_ascii=False, sort_keys=True).encode() + b"\n")
    return count


class _Bytes:
    """A text file as csv wants it, over a binary one."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write(self, text: str) -> int:
        return self.file.write(text.encode())


def _write_csv(rows: Iterable[AuditEntry], file: IO[bytes]) -> int:
    file.write(b"\xef\xbb\xbf")  # so that Excel reads UTF-8
    writer = csv.writer(_Bytes(file), quoting=csv.QUOTE_ALL)
    writer.writerow([label for _, label in COLUMNS])
    count = 0
    for count, entry in enumerate(rows, start=1):  # noqa: B007  # as above
        writer.writerow([_harmless(value) for value in _cells(entry)])
    return count


def _write_xlsx(rows: Iterable[AuditEntry], file: IO[bytes]) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("审计记录")
    sheet.freeze_panes = "A2"
    sheet.append([label for _, label in COLUMNS])
    count = 0
    for count, entry in enumerate(rows, start=1):
        if count > MAX_XLSX_ROWS:
            raise BadInput(f"超过 {MAX_XLSX_ROWS} 条，一个表格放不下。请缩短时间范围，或改导 .csv、.jsonl。")
        line = []
        for value in _cells(entry):
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula
            line.append(cell)
        sheet.append(line)
    book.save(file)
    return count


_WRITERS = {"jsonl": _write_jsonl, "csv": _write_csv, "xlsx": _write_xlsx}


def write(rows: QuerySet[AuditEntry], file: IO[bytes], kind: str) -> int:
    """Write the entries as xlsx, csv or jsonl; memory stays flat but for xlsx. Returns how many."""
    if kind not in _WRITERS:
        raise BadInput(f"不认识导出格式“{kind}”。可用：{'、'.join(FORMATS)}。")
    return _WRITERS[kind](rows.iterator(chunk_size=2000), file)


def as_bytes(rows: QuerySet[AuditEntry], kind: str) -> tuple[bytes, int, str]:
    """(file, entries, SHA-256) in memory, for a page."""
    file = BytesIO()
    count = write(rows, file, kind)
    content = file.getvalue()
    return content, count, hashlib.sha256(content).hexdigest()


def to_path(rows: QuerySet[AuditEntry], path: Path) -> tuple[int, str]:
    """(entries, SHA-256) of a file whose ending says the format. It appears whole or not at all."""
    kind = path.suffix.lstrip(".").lower()
    if kind not in _WRITERS:
        raise BadInput(f"看不出“{path.name}”要什么格式。请让文件名以 .{'、.'.join(FORMATS)} 结尾。")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            count = write(rows, file, kind)
        digest = hashlib.sha256(part.read_bytes()).hexdigest()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count, digest
