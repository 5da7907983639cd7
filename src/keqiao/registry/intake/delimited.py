"""Tables as text: .csv, .tsv and .txt in the encodings and with the separators that Chinese offices use."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from keqiao.registry.intake.guards import Limits
from keqiao.registry.intake.headings import heading_score
from keqiao.registry.intake.packed import open_bytes
from keqiao.registry.intake.problems import Problem, error
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.sources import Line, Opener, Sheet

_SEPARATORS = ",\t;|，；"
_SAMPLE = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _decodes(sample: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(open_file: Opener, name: str, limits: Limits) -> str:
    """The encoding of a text file, told by its mark or by what decodes. Raises BadFile when nothing does."""
    with open_bytes(open_file, name, limits) as file:
        sample = file.read(_SAMPLE)
        for bom, encoding in _BOMS:
            if sample.startswith(bom):
                return encoding
        if guess := _wide(sample):
            return guess
        while sample.isascii() and (more := file.read(_SAMPLE)):  # Chinese may come late in a file of codes
            sample = more
    for encoding in ("utf-8", "gb18030"):
        if _decodes(sample, encoding):
            return encoding
    raise BadFile(
        "text.encoding",
        f"文件“{name}”的文字编码认不出来，既不是 UTF-8 也不是 GB18030（GBK）。"
        "请用 Excel 或 WPS 打开，点“文件-另存为”，选 .xlsx 或“CSV UTF-8”后重新上传。",
    )


def _wide(sample: bytes) -> str:
    """utf-16-le or utf-16-be without a mark: nearly every second byte of ASCII separators is zero."""
    if b"\0" not in sample[:4096]:
        return ""
    for encoding, comma in (
        ("utf-16-le", (b",\0", b"\t\0", b"\n\0")),
        ("utf-16-be", (b"\0,", b"\0\t", b"\0\n")),
    ):
        start = sample[: len(sample) // 2 * 2]
        if any(mark in start for mark in comma) and _decodes(start, encoding):
            text = start.decode(encoding, "ignore")
            if "\0" not in text and sum(char.isprintable() or char in "\r\n\t" for char in text) > 0.95 * len(
                text
            ):
                return encoding
    return ""


def separator_of(text: str) -> str:
    """The separator under which the first lines name most fields, then give most columns."""

    def worth(separator: str) -> tuple[int, int]:
        rows = list(islice(csv.reader(io.StringIO(text), delimiter=separator), 12))
        named = max((heading_score(row) for row in rows[:8]), default=0)
        return named, max((len(row) for row in rows), default=0)

    present = [one for one in _SEPARATORS if one in text] or [","]
    try:
        return max(present, key=worth)
    except csv.Error:
        return present[0]


class _Lines:
    """Decoded physical lines for the csv reader; refuses NUL and undecodable bytes with their place."""

    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self._text, self._name, self.read = text, name, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(1 << 22)
        except UnicodeDecodeError as broken:
            raise BadFile(
                "text.mixed-encoding",
                f"文件“{self._name}”从第 {self.read + 1} 行往后不远处起，有 {broken.encoding} 编码读不出的字节"
                f"（0x{broken.object[broken.start]:02x}），可能是两种编码的文件拼接而成。"
                "请用 Excel 或 WPS 打开核对该处，另存为 .xlsx 后重新上传。",
                Place(row=self.read + 1),
            ) from broken
        if not line:
            raise StopIteration
        self.read += 1
        if "\0" in line:
            raise BadFile(
                "text.nul-byte",
                f"文件“{self._name}”第 {self.read} 行含有空字节 (NUL)，不是正常的文本表格，可能已损坏。"
                "请用 Excel 或 WPS 打开原表，另存为 .xlsx 后重新上传。",
                Place(row=self.read),
            )
        return line


def _lines(open_file: Opener, name: str, limits: Limits, encoding: str, separator: str) -> Iterator[Line]:
    with io.TextIOWrapper(open_bytes(open_file, name, limits), encoding, newline="") as text:
        source = _Lines(text, name)
        reader = csv.reader(source, delimiter=separator, strict=True)
        number = 0
        while True:
            number += 1
            started = source.read + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as broken:
                if (
                    "unexpected end" in str(broken)
                    or "field larger" in str(broken)
                    or source.read - started > 500
                ):
                    raise _open_quote(name, number, started) from broken
                yield Line(number, (), (_bad_quote(),))
                continue
            yield Line(number, tuple(row))


def _open_quote(name: str, number: int, started: int) -> BadFile:
    return BadFile(
        "csv.open-quote",
        f"文件“{name}”第 {number} 行（文本第 {started} 行）起有一个英文双引号没有配对，后面的内容全被当成了一格。"
        "请在该处补上或删去双引号，或用 Excel 另存为 .xlsx 后重新上传。",
        Place(row=number),
    )


def _bad_quote() -> Problem:
    return error(
        "csv.bad-quote",
        "这一行的英文双引号不成对或后面紧跟文字，分不清各格。请改用中文引号“”，或把双引号写成两个后重新导入。",
    )


def sheets(open_file: Opener, name: str, limits: Limits) -> list[Sheet]:
    """The one table of a text file."""
    encoding = encoding_of(open_file, name, limits)
    with io.TextIOWrapper(
        open_bytes(open_file, name, limits), encoding, errors="replace", newline=""
    ) as text:
        sample = text.read(65536)
    if not sample.strip("﻿ \r\n\t,;"):
        raise BadFile("file.blank", f"文件“{name}”里没有任何内容。请打开原表确认有数据，保存后重新上传。")
    separator = separator_of(sample.lstrip("﻿"))
    return [
        Sheet(
            name="",
            lines=lambda: _lines(open_file, name, limits, encoding, separator),
            count_hint=_count_hint(open_file, name, sample),
        )
    ]


def _count_hint(open_file: Opener, name: str, sample: str) -> int | None:
    """Lines, about: file size over mean line length of the sample; None for packed files."""
    if name.lower().endswith(".gz"):
        return None
    with open_file() as file:
        size = file.seek(0, 2)
    lines = sample.count("\n") or 1
    per_line = len(sample.encode("utf-8", "replace")) / lines
    return max(1, round(size / per_line))
