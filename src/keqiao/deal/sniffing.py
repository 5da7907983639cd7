"""Whether a file may be kept: its name, its size, its first bytes, and nothing in it that runs. Pure.

Source: the security notes, uploads: an allow-list, magic bytes, no macros, no web pages, no locked PDFs, no metadata in
pictures. A PDF whose objects are packed is read for active content in its plain part only.
"""

import io
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from keqiao.core.errors import BadInput
from keqiao.registry.intake.guards import Limits, check_zip, display_name, weight
from keqiao.registry.intake.refusals import BadFile

MIMES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
_TAKES = "可以上传 PDF、Word（.docx、.doc）、Excel（.xlsx、.xls）、JPG 和 PNG。"
_RUNS = frozenset(
    [
        ".exe",
        ".com",
        ".bat",
        ".cmd",
        ".scr",
        ".js",
        ".vbs",
        ".ps1",
        ".jar",
        ".msi",
        ".dll",
        ".sh",
        ".py",
        ".php",
        ".html",
        ".htm",
        ".svg",
        ".hta",
        ".lnk",
        ".docm",
        ".xlsm",
        ".pptm",
    ]
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored: the name to show, its type, and the bytes, pictures without their metadata."""

    name: str
    mime: str
    content: bytes


def sniffed(name: str, content: bytes, *, most_bytes: int) -> Kept:
    """The file as it may be kept. Raises BadInput that says what is wrong with which file and what to do."""
    shown = display_name(name)
    suffixes = [part.lower() for part in PurePosixPath(shown).suffixes]
    suffix = suffixes[-1] if suffixes else ""
    if suffix not in MIMES:
        raise _no(shown, f"扩展名“{suffix or '（没有）'}”不在可上传的格式内。{_TAKES}", "file.extension")
    if any(one in _RUNS for one in suffixes[:-1]):
        raise _no(shown, "有双重扩展名，疑似伪装的程序。请改成普通文件名后上传。", "file.double")
    if not content:
        raise _no(shown, "是空的（0 字节）。请打开原文件确认后重新上传。", "file.empty")
    if len(content) > most_bytes:
        raise _no(
            shown,
            f"有 {weight(len(content))}，超过上限 {weight(most_bytes)}。请压缩图片或分成几个文件。",
            "file.too-large",
        )
    return Kept(shown, MIMES[suffix], _CHECKS[suffix](shown, suffix, content))


def _no(shown: str, why: str, code: str) -> BadInput:
    return BadInput(f"文件“{shown}”{why}", code=code, field="file")


def _pdf(shown: str, suffix: str, content: bytes) -> bytes:
    if not content.startswith(b"%PDF-"):
        raise _disguised(shown, suffix)
    plain = _ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), content)
    if b"/Encrypt" in plain:
        raise _no(shown, "设了密码或限制。请取消加密，另存后上传。", "file.encrypted")
    if found := _ACTIVE.search(plain):
        what = found.group(1).decode()
        raise _no(shown, f"里有会运行的内容（{what}）。请用“打印为 PDF”另存一份再上传。", "file.active")
    return content


def _office(shown: str, suffix: str, content: bytes) -> bytes:
    if not content.startswith(b"PK\x03\x04"):
        raise _disguised(shown, suffix)
    try:
        check_zip(io.BytesIO(content), shown, suffix[1:], Limits())
    except BadFile as refusal:
        raise BadInput(refusal.message, code=refusal.code, field="file") from refusal
    return content


def _old_office(shown: str, suffix: str, content: bytes) -> bytes:
    if not content.startswith(_OLE):
        raise _disguised(shown, suffix)
    if any(mark.encode("utf-16-le") in content for mark in ("_VBA_PROJECT", "VBA", "Macros")):
        raise _no(shown, "带有宏程序。请另存为不带宏的新版格式后上传。", "file.macro")
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _no(shown, "设了打开密码。请取消密码，另存后上传。", "file.encrypted")
    return content


def _disguised(shown: str, suffix: str) -> BadInput:
    return _no(shown, f"的内容不是 {suffix}，可能只改了扩展名。请用原来的软件另存后上传。", "file.disguised")


def _jpeg(shown: str, suffix: str, content: bytes) -> bytes:
    if not content.startswith(b"\xff\xd8\xff"):
        raise _disguised(shown, suffix)
    return without_jpeg_metadata(content)


def without_jpeg_metadata(content: bytes) -> bytes:
    """The picture without APP1 to APP15 and comments: where it was taken, by which telephone. Broken ones stay as they are."""
    out, at = bytearray(content[:2]), 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        if mark == 0xDA:  # the picture itself begins: the rest is copied
            return bytes(out + content[at:])
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        if not (0xE1 <= mark <= 0xEF or mark == 0xFE):
            out += content[at : at + 2 + length]
        at += 2 + length
    return content


def _png(shown: str, suffix: str, content: bytes) -> bytes:
    if not content.startswith(_PNG):
        raise _disguised(shown, suffix)
    return without_png_metadata(content)


def without_png_metadata(content: bytes) -> bytes:
    """The picture without text, time and EXIF chunks, and without anything behind its end."""
    out, at = bytearray(_PNG), len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, chunk = content[at + 4 : at + 8], content[at : at + 12 + length]
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"):
            out += chunk
        at += 12 + length
        if kind == b"IEND":
            return bytes(out)
    return content


_CHECKS: dict[str, Callable[[str, str, bytes], bytes]] = {
    ".pdf": _pdf, ".docx": _office, ".xlsx": _office, ".doc": _old_office, ".xls": _old_office,
    ".jpg": _jpeg, ".jpeg": _jpeg, ".png": _png,
}  # fmt: skip
