"""What a file must pass before any reader opens it. Rules: security-and-privacy.md §8.2, §8.3."""

import math
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from keqiao.registry.intake.refusals import BadFile
from keqiao.registry.intake.sources import Opener

MIB = 1024 * 1024


def weight(size: int) -> str:
    """Bytes in words, rounded up: 20.1 MB, 977 KB."""
    unit, name = (MIB, "MB") if size >= MIB else (1024, "KB")
    return f"{math.ceil(size * 10 / unit) / 10:g} {name}"


@dataclass(frozen=True)
class Limits:
    """How much a file may hold; None = as much as there is. Defaults are those of an upload (§8.2, §8.3).

    by_command: whether a file that is too big may be loaded on the command line instead; a refusal says so.
    """

    max_bytes: int | None = 20 * MIB
    max_rows: int | None = 20_000
    max_columns: int = 200
    max_entries: int = 2_000
    max_unpacked: int | None = 200 * MIB
    max_ratio: int = 100
    by_command: bool = True


WEB = Limits()
COMMAND_LINE = Limits(max_bytes=None, max_rows=None, max_unpacked=4096 * MIB, max_ratio=1000)

FORMATS = {
    ".xlsx": "xlsx",
    ".docx": "docx",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_READS = "可以读取的格式有 .xlsx、.csv、.jsonl 和 .docx。"
_MACROS = frozenset({".xlsm", ".xltm", ".xlam", ".docm", ".dotm"})
_OLD_EXCEL = frozenset({".xls", ".et", ".xlt", ".xlsb", ".ods", ".numbers", ".dbf"})
_OLD_WORD = frozenset({".doc", ".wps", ".dot", ".rtf", ".odt", ".pages"})
_ARCHIVES = frozenset({".zip", ".rar", ".7z", ".tar", ".tgz", ".bz2", ".xz"})
_NESTED = frozenset(
    {".zip", ".rar", ".7z", ".gz", ".tar", ".xlsx", ".docx", ".pptx", ".jar", ".xlsm", ".docm"}
)
_MAGIC = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"BZh", "bz2 压缩包"),
    (b"SQLite format 3", "数据库文件"),
    (b"{\\rtf", "RTF 文档"),
)
_ZIP, _OLE, _GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b"
_DTD = tuple(
    text.encode(code) for text in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)


def display_name(name: str) -> str:
    """A file name fit to be shown and kept: no path, no control characters, at most 120 characters."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    bare = "".join(char for char in bare if char.isprintable())
    return bare[-120:] or "未命名文件"


def suffixes(name: str) -> tuple[str, bool]:
    """(extension in lower case, whether .gz is around it): 表.CSV.gz -> (".csv", True)."""
    path = PurePosixPath(display_name(name).lower())
    if path.suffix == ".gz":
        return PurePosixPath(path.stem).suffix, True
    return path.suffix, False


def _size(file: IO[bytes]) -> int:
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    return size


def check(open_file: Opener, name: str, limits: Limits = WEB) -> str:
    """The format of the file, "xlsx" | "docx" | "csv" | "jsonl". Raises BadFile when it may not be opened."""
    shown = display_name(name)
    with open_file() as file:
        size = _size(file)
        head = file.read(4096)
    if size == 0:
        raise BadFile(
            "file.empty",
            f"文件“{shown}”是空的（0 字节），可能没有保存成功。请打开原表确认有内容，保存后重新上传。",
        )
    if limits.max_bytes is not None and size > limits.max_bytes:
        raise BadFile(
            "file.too-large",
            f"文件“{shown}”有 {weight(size)}，超过上限 {weight(limits.max_bytes)}。"
            "请删去表中图片或拆成几个文件分别上传"
            + ("；数据量确实大的，请管理员用命令 keqiao load 导入。" if limits.by_command else "。"),
        )
    suffix, is_packed = suffixes(name)
    form = _format(shown, suffix, is_packed)
    _check_magic(shown, suffix, head, is_packed=is_packed)
    if form in ("xlsx", "docx"):
        with open_file() as file:
            check_zip(file, shown, form, limits)
    return form


def _format(shown: str, suffix: str, is_packed: bool) -> str:
    if suffix in _MACROS:
        raise _macro(shown)
    if suffix in _OLD_EXCEL:
        raise BadFile(
            "file.old-excel",
            f"文件“{shown}”是 {suffix} 格式，本系统不读取。请用 Excel 或 WPS 打开，点“文件-另存为”，选 .xlsx 格式后重新上传。",
        )
    if suffix in _OLD_WORD:
        raise BadFile(
            "file.old-word",
            f"文件“{shown}”是 {suffix} 格式，本系统不读取。请用 Word 或 WPS 打开，点“文件-另存为”，选 .docx 格式后重新上传。",
        )
    if suffix in _ARCHIVES or (is_packed and FORMATS.get(suffix) not in ("csv", "jsonl")):
        raise BadFile("file.archive", f"文件“{shown}”是压缩包。请先解压，把里面的表格文件逐个上传。{_READS}")
    if suffix not in FORMATS:
        what = f"扩展名“{suffix}”不在可读取的格式内" if suffix else "没有扩展名，无法判断格式"
        raise BadFile("file.extension", f"文件“{shown}”{what}。{_READS}请另存为其中一种后重新上传。")
    return FORMATS[suffix]


def _macro(shown: str) -> BadFile:
    return BadFile(
        "file.macro",
        f"文件“{shown}”带有宏程序，为安全起见不接收。请另存为“Excel 工作簿 (.xlsx)”或“Word 文档 (.docx)”（不带宏）后重新上传。",
    )


def _check_magic(shown: str, suffix: str, head: bytes, *, is_packed: bool) -> None:
    """The first bytes must be those of the format that the name claims."""
    if head.startswith(_OLE) and suffix in (".xlsx", ".docx"):
        _refuse_ole(shown, head)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if suffix != ".jsonl" and start.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta")):
        raise BadFile(
            "file.html",
            f"文件“{shown}”里面其实是网页（系统导出的假表格）。请用 Excel 或 WPS 打开它，点“文件-另存为”，选 .xlsx 格式后重新上传。",
        )
    for magic, what in _MAGIC:
        if head.startswith(magic) and suffix not in ("",):
            raise BadFile(
                "file.disguised",
                f"文件“{shown}”的扩展名是 {suffix}，里面却是 {what}。请确认选对了文件，上传真正的表格。",
            )
    if is_packed != head.startswith(_GZIP):
        raise BadFile(
            "file.disguised", f"文件“{shown}”的扩展名与内容不符（gzip 压缩）。请改正扩展名或解压后重新上传。"
        )
    if suffix in (".xlsx", ".docx") and not head.startswith(_ZIP):
        raise BadFile(
            "file.disguised",
            f"文件“{shown}”不是真正的 {suffix} 文件（可能只改了扩展名，或下载时损坏）。请用 Excel、Word 或 WPS 打开原文件，另存为 {suffix} 后重新上传。",
        )
    if FORMATS.get(suffix) in ("csv", "jsonl") and head.startswith((_ZIP, _OLE)):
        raise BadFile(
            "file.disguised",
            f"文件“{shown}”的扩展名是 {suffix}，里面却是 Office 文件或压缩包。请把扩展名改回 .xlsx，或另存为 CSV 后重新上传。",
        )


def _refuse_ole(shown: str, head: bytes) -> None:
    raise BadFile(
        "file.encrypted-or-old",
        f"文件“{shown}”设了打开密码，或者是把旧版 .xls/.doc 直接改了扩展名。"
        "请用 Excel、Word 或 WPS 打开，取消打开密码，另存为新版格式（.xlsx 或 .docx）后重新上传。",
    )


def check_zip(file: IO[bytes], shown: str, form: str, limits: Limits) -> None:
    """An office file is a zip: its entries are counted, weighed and read for DTDs before a parser sees them."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, shown, limits)
            names = {entry.filename for entry in entries}
            _check_contents(names, shown, form)
            for entry in entries:
                _check_part(archive, entry, shown)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as broken:
        raise BadFile(
            "zip.broken",
            f"文件“{shown}”已损坏或没有传完，无法打开。请重新从原处复制或下载，能用 Excel 或 WPS 正常打开后再上传。",
        ) from broken


def _check_entries(entries: list[zipfile.ZipInfo], shown: str, limits: Limits) -> None:
    if len(entries) > limits.max_entries:
        raise BadFile(
            "zip.too-many-entries",
            f"文件“{shown}”内含 {len(entries)} 个部件，超过 {limits.max_entries} 个，不像普通表格。"
            "请新建一个空白表，把内容“选择性粘贴-数值”过去后上传。",
        )
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if limits.max_unpacked is not None and unpacked > limits.max_unpacked:
        raise BadFile(
            "zip.too-large",
            f"文件“{shown}”展开后有 {weight(unpacked)}，超过 {weight(limits.max_unpacked)}。请拆成几个文件，或另存为 .csv 后上传。",
        )
    if unpacked > MIB and unpacked > limits.max_ratio * max(1, packed):
        raise BadFile(
            "zip.ratio",
            f"文件“{shown}”的压缩比超过 {limits.max_ratio} 倍，疑似恶意压缩文件。"
            "请新建一个空白表，把内容“选择性粘贴-数值”过去后上传。",
        )
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry, shown, seen)


def _check_entry(entry: zipfile.ZipInfo, shown: str, seen: set[str]) -> None:
    name = entry.filename
    path = PurePosixPath(name.replace("\\", "/"))
    strange = "请用 Excel 或 WPS 打开后另存一份新文件再上传；打不开的，请向提供人索取原件。"
    if (
        path.is_absolute()
        or ".." in path.parts
        or re.match(r"[A-Za-z]:", name)
        or "\0" in entry.orig_filename
    ):
        raise BadFile("zip.path", f"文件“{shown}”内有越界的路径“{name[:60]}”，疑似恶意文件。{strange}")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadFile("zip.link", f"文件“{shown}”内有链接“{name[:60]}”，疑似恶意文件。{strange}")
    if entry.flag_bits & 0x1:
        raise BadFile("file.encrypted", f"文件“{shown}”设了密码。请取消密码，另存后重新上传。")
    if path.suffix.lower() in _NESTED:
        raise BadFile(
            "zip.nested",
            f"文件“{shown}”里嵌有另一个文件“{path.name[:60]}”。请删去嵌入的附件，把需要的内容直接填在表里后重新上传。",
        )
    if name.lower() in seen:
        raise BadFile("zip.duplicate", f"文件“{shown}”内有两个同名部件“{name[:60]}”，疑似被改动过。{strange}")
    seen.add(name.lower())


def _check_contents(names: set[str], shown: str, form: str) -> None:
    """The parts must be those of the claimed format, and no macro among them."""
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _macro(shown)
    main = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}
    other = "docx" if form == "xlsx" else "xlsx"
    if main[form] in names:
        return
    if main[other] in names:
        raise BadFile(
            "file.wrong-office",
            f"文件“{shown}”里面其实是 .{other} 文件。请把扩展名改为 .{other} 后重新上传。",
        )
    if form == "xlsx" and "xl/workbook.bin" in names:
        raise BadFile(
            "file.old-excel", f"文件“{shown}”是二进制工作簿 (.xlsb)。请在 Excel 中另存为 .xlsx 后重新上传。"
        )
    raise BadFile(
        "file.not-office",
        f"文件“{shown}”是压缩包，但里面没有{'工作簿' if form == 'xlsx' else '文档正文'}，可能只是改了扩展名。"
        f"请上传用 Excel、Word 或 WPS 保存的 .{form} 文件。",
    )


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str) -> None:
    """Reads a part to its end (so a broken one shows now) and refuses a DTD, in any encoding, anywhere in XML."""
    is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(MIB):
            if is_xml and any(mark in tail + chunk for mark in _DTD):
                raise BadFile(
                    "xml.dtd",
                    f"文件“{shown}”的部件“{entry.filename[:60]}”里有实体定义 (DTD)，正常的 Office 文件没有，疑似恶意文件。"
                    "请用 Excel 或 WPS 打开后另存一份新文件再上传。",
                )
            tail = chunk[-32:]
