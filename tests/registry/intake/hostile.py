"""Broken and hostile files, built in memory, each with the code that it must get.

`CASES` is the table that docs/bad-input.md prints and test_hostile.py checks.
"""

import datetime as dt
import gzip
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

import docx
from openpyxl import Workbook

from keqiao.registry.intake.guards import WEB, Limits
from keqiao.registry.intake.headings import recognise
from keqiao.registry.intake.kinds import KINDS
from keqiao.registry.intake.problems import Problem
from keqiao.registry.intake.refusals import BadFile
from keqiao.registry.intake.rows import located, require, row_parser
from keqiao.registry.intake.tables import open_table

HEADINGS = ["需求名称", "需求单位", "需求内容", "预算(万元)", "联系电话", "统一社会信用代码", "完成时限"]
GOOD = [
    "葵花籽脱壳机",
    "甲食品有限公司",
    "破碎率高，需要新的脱壳方法",
    "120",
    "13800138000",
    "91350100M000100Y43",
    "2026-12-31",
]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Outcome:
    """What a file met with. message: as the officer reads it, with its place."""

    code: str
    message: str
    effect: str  # 整个文件, 这一行 or 提示


@dataclass(frozen=True)
class Case:
    """One bad input. shown: in the words of an officer."""

    shown: str
    file_name: str
    build: Callable[[], bytes]
    code: str
    limits: Limits = WEB
    sheet: str | None = None


def meet(case: Case) -> list[Outcome]:
    """Everything the intake says about a case, from opening to the last row."""
    try:
        table = open_table(
            io.BytesIO(case.build()), name=case.file_name, kind="demand", limits=case.limits, sheet=case.sheet
        )
        mapping = recognise(table.headings, "demand")
        require(mapping, table)
        parse = row_parser(KINDS["demand"], mapping, _names)
        found = []
        for raw in table.rows:
            row = parse(raw)
            found += [_said(problem, located(problem, row, table.headings)) for problem in row.problems]
        return found
    except BadFile as refusal:
        return [Outcome(refusal.code, refusal.message, "整个文件")]


def _said(problem: Problem, message: str) -> Outcome:
    return Outcome(problem.code, message, "这一行" if problem.is_error else "提示")


def _names(list_key: str, text: str) -> str | None:
    return {("field11", "农业"): "09"}.get((list_key, text))


# --- builders ----------------------------------------------------------------------------------------------------


def row(**changes: str) -> list[str]:
    """A good row with some cells changed, by heading."""
    return [
        changes.get(heading.replace("(", "").replace(")", ""), value)
        for heading, value in zip(HEADINGS, GOOD, strict=True)
    ]


def csv_of(*rows: list[str], encoding: str = "utf-8", headings: list[str] = HEADINGS) -> bytes:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in one) for one in [headings, *rows]]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def jsonl_of(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def record(**changes: object) -> str:
    return json.dumps({**dict(zip(HEADINGS, GOOD, strict=True)), **changes}, ensure_ascii=False)


def xlsx_of(*rows: list[object], headings: list[str] | None = None, sheet: str = "需求") -> bytes:
    book = Workbook()
    page = book.active
    page.title = sheet
    for one in ([HEADINGS if headings is None else headings] if headings != [] else []) + list(rows):
        page.append(one)
    return saved(book)


def saved(book: object) -> bytes:
    out = io.BytesIO()
    book.save(out)  # type: ignore[attr-defined]  # a workbook or a document
    return out.getvalue()


def docx_of(rows: list[list[str]] | None) -> bytes:
    document = docx.Document()
    document.add_paragraph("关于征集技术需求的通知")
    if rows:
        table = document.add_table(len(rows), len(rows[0]))
        for line, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(line.cells, cells, strict=True):
                cell.text = text
    return saved(document)


def edited(
    office: bytes, put: dict[str, bytes] | None = None, change: Callable[[str, bytes], bytes] | None = None
) -> bytes:
    """An office file with entries added and every entry passed through `change`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(office)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(entry.filename, data) if change else data)
        for name, data in (put or {}).items():
            new.writestr(name, data)
    return out.getvalue()


GOOD_XLSX = xlsx_of(GOOD)


def _with_formula(formula: str, cached: str | None) -> bytes:
    """A workbook whose first content cell is a formula, with the value it had when last calculated, if any."""

    def change(name: str, data: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return data
        start = data.index(b'<c r="C2"')
        end = data.index(b"</c>", start) + 4
        value = b"" if cached is None else b"<v>" + cached.encode() + b"</v>"
        return (
            data[:start]
            + b'<c r="C2" t="str"><f>'
            + escape(formula).encode()
            + b"</f>"
            + value
            + b"</c>"
            + data[end:]
        )

    return edited(GOOD_XLSX, change=change)


def _doctype(encoding: str, part: str, office: bytes) -> bytes:
    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        body = data.decode("utf-8").split("?>", 1)[-1]
        bomb = '<!DOCTYPE x [<!ENTITY a "1234567890"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
        return (f'<?xml version="1.0" encoding="{encoding}"?>' + bomb + body).encode(encoding)

    return edited(office, change=change)


def _symlink() -> bytes:
    out = io.BytesIO(GOOD_XLSX)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("xl/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _locked() -> bytes:
    """The encryption flag set on every entry, as a zip with a password has it."""
    data = bytearray(GOOD_XLSX)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            flags = struct.unpack_from("<H", data, at + offset)[0]
            struct.pack_into("<H", data, at + offset, flags | 1)
            at = data.find(magic, at + 4)
    return bytes(data)


def _bad_checksum() -> bytes:
    data = bytearray(GOOD_XLSX)
    at = data.find(b"xl/worksheets/sheet1.xml") + len("xl/worksheets/sheet1.xml") + 20
    data[at] ^= 0xFF
    return bytes(data)


def _duplicate() -> bytes:
    """Two entries of one name, which differ in case only, as a case-blind reader confuses them."""
    return edited(GOOD_XLSX, {"xl/Workbook.xml": b"<workbook/>"})


def _many_entries() -> bytes:
    return edited(GOOD_XLSX, {f"xl/media/{number}.png": b"" for number in range(2001)})


def _wide(count: int) -> list[str]:
    return HEADINGS + [f"附加列{number}" for number in range(count)]


def _error_cell() -> bytes:
    return xlsx_of([*GOOD[:2], "#REF!", *GOOD[3:]])


def _date_as_money() -> bytes:
    return xlsx_of([*GOOD[:3], dt.date(2026, 5, 1), *GOOD[4:]])


def _blank_workbook() -> bytes:
    book = Workbook()
    book.active.title = "说明"
    return saved(book)


LONG_UTF8 = csv_of(*[GOOD] * 3000)

CASES: list[Case] = [
    # the file as such
    Case("0 字节的文件", "需求.xlsx", lambda: b"", "file.empty"),
    Case("只有空行的 CSV", "需求.csv", lambda: b"\r\n , \r\n\r\n", "file.blank"),
    Case("只有空行的 JSONL", "需求.jsonl", lambda: b"\n\n", "file.blank"),
    Case("超过 20 MB 的文件", "需求.csv", lambda: b"a" * (20 * 1024 * 1024 + 1), "file.too-large"),
    Case("旧版 Excel 工作簿", "需求.xls", lambda: OLE + b"\0" * 600, "file.old-excel"),
    Case("WPS 表格", "需求.et", lambda: OLE + b"\0" * 600, "file.old-excel"),
    Case("旧版 Word 文档", "需求.doc", lambda: OLE + b"\0" * 600, "file.old-word"),
    Case("PDF 改名为 .xlsx", "需求.xlsx", lambda: b"%PDF-1.7\n" + b"0" * 500, "file.disguised"),
    Case("图片改名为 .csv", "需求.csv", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "file.disguised"),
    Case("工作簿改名为 .csv", "需求.csv", lambda: GOOD_XLSX, "file.disguised"),
    Case("文字改名为 .xlsx", "需求.xlsx", lambda: csv_of(GOOD), "file.disguised"),
    Case("未压缩的文件带 .gz", "需求.csv.gz", lambda: csv_of(GOOD), "file.disguised"),
    Case("双扩展名的程序", "需求.xlsx.exe", lambda: b"MZ" + b"\0" * 500, "file.extension"),
    Case("没有扩展名", "需求", lambda: csv_of(GOOD), "file.extension"),
    Case("压缩包", "需求.zip", lambda: GOOD_XLSX, "file.archive"),
    Case(
        "网页假冒的表格",
        "需求.csv",
        lambda: "<html><table><tr><td>需求名称</td></tr></table>".encode(),
        "file.html",
    ),
    Case("带宏的工作簿", "需求.xlsm", lambda: GOOD_XLSX, "file.macro"),
    Case("藏了宏的 .xlsx", "需求.xlsx", lambda: edited(GOOD_XLSX, {"xl/vbaProject.bin": OLE}), "file.macro"),
    Case(
        "设了打开密码的工作簿",
        "需求.xlsx",
        lambda: OLE + b"E\0n\0c\0r\0y\0p\0t\0e\0d" + b"\0" * 600,
        "file.encrypted-or-old",
    ),
    Case("加密的 zip 结构", "需求.xlsx", _locked, "file.encrypted"),
    Case("Word 文档改名为 .xlsx", "需求.xlsx", lambda: docx_of([HEADINGS, GOOD]), "file.wrong-office"),
    Case(
        "普通压缩包改名为 .xlsx", "需求.xlsx", lambda: edited(_zip_of({"a.txt": b"hello"})), "file.not-office"
    ),
    # inside the zip
    Case("没有传完的工作簿", "需求.xlsx", lambda: GOOD_XLSX[: len(GOOD_XLSX) // 2], "zip.broken"),
    Case("内容被改动、校验不符", "需求.xlsx", _bad_checksum, "zip.broken"),
    Case(
        "压缩炸弹（10 MB 零）",
        "需求.xlsx",
        lambda: edited(GOOD_XLSX, {"xl/media/a.png": b"\0" * 10_485_760}),
        "zip.ratio",
    ),
    Case(
        "展开后过大（上限降为 1 KB 来试）",
        "需求.xlsx",
        lambda: GOOD_XLSX,
        "zip.too-large",
        limits=replace(WEB, max_unpacked=1024),
    ),
    Case("部件过多", "需求.xlsx", _many_entries, "zip.too-many-entries"),
    Case("越界路径 ../../x", "需求.xlsx", lambda: edited(GOOD_XLSX, {"../../x": b"1"}), "zip.path"),
    Case("绝对路径", "需求.xlsx", lambda: edited(GOOD_XLSX, {"/etc/cron.d/x": b"1"}), "zip.path"),
    Case("盘符路径", "需求.docx", lambda: edited(docx_of([HEADINGS, GOOD]), {"C:\\x": b"1"}), "zip.path"),
    Case("符号链接", "需求.xlsx", _symlink, "zip.link"),
    Case(
        "嵌套的压缩包",
        "需求.xlsx",
        lambda: edited(GOOD_XLSX, {"xl/embeddings/a.zip": GOOD_XLSX}),
        "zip.nested",
    ),
    Case("同名部件", "需求.xlsx", _duplicate, "zip.duplicate"),
    Case(
        "实体炸弹（DTD）",
        "需求.xlsx",
        lambda: _doctype("utf-8", "xl/worksheets/sheet1.xml", GOOD_XLSX),
        "xml.dtd",
    ),
    Case(
        "UTF-16 编码的 DTD", "需求.xlsx", lambda: _doctype("utf-16", "xl/workbook.xml", GOOD_XLSX), "xml.dtd"
    ),
    Case(
        "Word 文档里的 DTD",
        "需求.docx",
        lambda: _doctype("utf-8", "word/document.xml", docx_of([HEADINGS, GOOD])),
        "xml.dtd",
    ),
    Case(
        "工作表 XML 残缺",
        "需求.xlsx",
        lambda: edited(GOOD_XLSX, change=_cut("xl/worksheets/sheet1.xml")),
        "xlsx.unreadable",
    ),
    Case(
        "工作簿目录残缺",
        "需求.xlsx",
        lambda: edited(GOOD_XLSX, change=_cut("xl/workbook.xml")),
        "xlsx.unreadable",
    ),
    Case(
        "文档正文残缺",
        "需求.docx",
        lambda: edited(docx_of([HEADINGS, GOOD]), change=_cut("word/document.xml")),
        "docx.unreadable",
    ),
    Case("gzip 没有传完", "需求.csv.gz", lambda: gzip.compress(LONG_UTF8)[:-40], "gzip.broken"),
    Case(
        "gzip 炸弹（上限降为 1 MB 来试）",
        "需求.jsonl.gz",
        lambda: gzip.compress(b" " * 3_000_000),
        "zip.too-large",
        limits=replace(WEB, max_unpacked=1_048_576),
    ),
    # no table, or not ours
    Case("没有表格的 Word 文档", "通知.docx", lambda: docx_of(None), "docx.no-table"),
    Case("空白工作簿", "需求.xlsx", _blank_workbook, "table.blank"),
    Case("只有列名", "需求.xlsx", lambda: xlsx_of(), "rows.none"),
    Case("只有列名的 CSV", "需求.csv", lambda: csv_of(), "rows.none"),
    Case(
        "超过 20,000 行",
        "需求.csv",
        lambda: csv_of(*[["a", "b", "c"]] * 20_001, headings=HEADINGS[:3]),
        "rows.too-many",
    ),
    Case("CSV 列数过多", "需求.csv", lambda: csv_of(_wide(300), headings=_wide(300)), "columns.too-many"),
    Case(
        "工作表列数过多",
        "需求.xlsx",
        lambda: xlsx_of(GOOD + ["x"] * 300, headings=_wide(300)),
        "columns.too-many",
    ),
    Case("指定的工作表不存在", "需求.xlsx", lambda: GOOD_XLSX, "sheet.absent", sheet="汇总"),
    Case(
        "列名都认不出",
        "工资.csv",
        lambda: csv_of(["1", "2", "3"], headings=["甲", "乙", "丙"]),
        "headings.unknown",
    ),
    Case(
        "缺必填的列",
        "需求.csv",
        lambda: csv_of(["脱壳机", "120"], headings=["需求名称", "预算(万元)"]),
        "headings.missing",
    ),
    # text files
    Case(
        "编码认不出",
        "需求.csv",
        lambda: HEADINGS[0].encode() + b",\xff\xfe\xff\x81\x30\xff\n",
        "text.encoding",
    ),
    Case(
        "两种编码拼接",
        "需求.csv",
        lambda: LONG_UTF8 + csv_of(GOOD, encoding="gb18030"),
        "text.mixed-encoding",
    ),
    Case("空字节", "需求.csv", lambda: csv_of(GOOD) + b"a\0b,c,d\r\n", "text.nul-byte"),
    Case(
        "引号没有配对",
        "需求.csv",
        lambda: csv_of(GOOD) + '葵花,"甲公司,没有收尾\r\n葵花,乙公司,内容\r\n'.encode(),
        "csv.open-quote",
    ),
    Case(
        "引号后面紧跟文字",
        "需求.csv",
        lambda: csv_of(GOOD) + '葵花,"甲"公司,内容\r\n'.encode(),
        "csv.bad-quote",
    ),
    Case(
        "一格里的逗号把行拆开",
        "需求.csv",
        lambda: csv_of(GOOD) + ("葵花,甲,内容,120,13800138000,,2026-12-31,多出来\r\n").encode(),
        "row.extra-cells",
    ),
    Case("整个是 JSON 数组", "需求.jsonl", lambda: b"[\n" + record().encode() + b"\n]", "json.array"),
    Case("不是 JSON 的 .jsonl", "需求.jsonl", lambda: "需求名称：脱壳机\n".encode(), "json.no-object"),
    Case("一行 JSON 残缺", "需求.jsonl", lambda: jsonl_of(record(), record()[:-9]), "json.bad-line"),
    Case(
        "JSON 里的 NaN",
        "需求.jsonl",
        lambda: jsonl_of(record(), record().replace('"120"', "NaN")),
        "json.bad-line",
    ),
    Case(
        "括号嵌套十万层",
        "需求.jsonl",
        lambda: jsonl_of(record(), '{"备注":' + "[" * 100_000),
        "json.bad-line",
    ),
    Case(
        "5,000 位的整数",
        "需求.jsonl",
        lambda: jsonl_of(record(), '{"备注":' + "9" * 5000 + "}"),
        "json.bad-line",
    ),
    Case(
        "一行超过 4 MB",
        "需求.jsonl",
        lambda: jsonl_of(record(), record(需求内容="x" * 5_000_000)),
        "json.bad-line",
    ),
    Case("值是嵌套对象", "需求.jsonl", lambda: jsonl_of(record(需求内容={"a": {"b": 1}})), "json.nested"),
    Case(
        "半个代理对",
        "需求.jsonl",
        lambda: jsonl_of(record().replace("脱壳机", "脱壳机\\ud83d")),
        "cell.surrogate",
    ),
    # cells
    Case("没有算过的公式", "需求.xlsx", lambda: _with_formula("A2&B2", None), "cell.formula-empty"),
    Case("算过的公式", "需求.xlsx", lambda: _with_formula("A2&B2", "算出的内容"), "cell.formula"),
    Case(
        "引用外部工作簿的公式",
        "需求.xlsx",
        lambda: _with_formula("[1]Sheet1!A1", "x"),
        "cell.formula-outside",
    ),
    Case(
        "WEBSERVICE 公式",
        "需求.xlsx",
        lambda: _with_formula('WEBSERVICE("http://x/")', "x"),
        "cell.formula-outside",
    ),
    Case("错误值 #REF!", "需求.xlsx", _error_cell, "cell.excel-error"),
    Case(
        "命令注入 =cmd|", "需求.csv", lambda: csv_of(row(需求内容="=cmd|' /C calc'!A0")), "cell.formula-text"
    ),
    Case(
        "全角等号的公式",
        "需求.csv",
        lambda: csv_of(row(需求名称='＝HYPERLINK("http://x")')),
        "cell.formula-text",
    ),
    Case("@SUM 公式", "需求.csv", lambda: csv_of(row(需求名称="@SUM(A1:A9)")), "cell.formula-text"),
    Case("必填格空着", "需求.csv", lambda: csv_of(row(需求名称="无")), "cell.required"),
    Case("“同上”", "需求.csv", lambda: csv_of(row(需求单位="同上")), "cell.ditto"),
    Case("内容过长", "需求.csv", lambda: csv_of(row(需求名称="长" * 201)), "cell.too-long"),
    Case("控制字符", "需求.csv", lambda: csv_of(row(需求内容="破碎率\x07高\u202e")), "cell.control"),
    Case("本机自造的字", "需求.csv", lambda: csv_of(row(需求单位="\ue123县食品厂")), "cell.private-use"),
    Case("乱码", "需求.csv", lambda: csv_of(row(需求内容="脱壳锟斤拷锟斤拷")), "cell.garbled"),
    Case("金额读不出", "需求.csv", lambda: csv_of(row(预算万元="若干")), "money.form"),
    Case("金额是负数", "需求.csv", lambda: csv_of(row(预算万元="-5")), "money.negative"),
    Case("金额被认成日期", "需求.xlsx", _date_as_money, "money.date"),
    Case("把元填在万元列", "需求.csv", lambda: csv_of(row(预算万元="1200000")), "money.huge"),
    Case("金额为 0", "需求.csv", lambda: csv_of(row(预算万元="0")), "money.zero"),
    Case("没有这一天", "需求.csv", lambda: csv_of(row(完成时限="2026年2月30日")), "date.form"),
    Case("手机号成了科学记数", "需求.csv", lambda: csv_of(row(联系电话="1.38E+10")), "phone.scientific"),
    Case("手机号少一位", "需求.csv", lambda: csv_of(row(联系电话="1380013800")), "phone.form"),
    Case(
        "信用代码成了科学记数", "需求.csv", lambda: csv_of(row(统一社会信用代码="9.1E+17")), "uscc.scientific"
    ),
    Case(
        "信用代码少一位", "需求.csv", lambda: csv_of(row(统一社会信用代码="91350100M000100Y4")), "uscc.length"
    ),
    Case(
        "信用代码里 0 写成 O",
        "需求.csv",
        lambda: csv_of(row(统一社会信用代码="9135O100M000100Y43")),
        "uscc.letter",
    ),
    Case(
        "信用代码校验位不符",
        "需求.csv",
        lambda: csv_of(row(统一社会信用代码="91350100M000100Y44")),
        "uscc.check",
    ),
    Case(
        "领域不在名称表里",
        "需求.csv",
        lambda: csv_of([*GOOD, "元宇宙"], headings=[*HEADINGS, "技术领域"]),
        "code.unknown",
    ),
    Case(
        "邮箱残缺", "需求.csv", lambda: csv_of([*GOOD, "zhang@"], headings=[*HEADINGS, "邮箱"]), "email.form"
    ),
    Case(
        "年度不是年份",
        "需求.csv",
        lambda: csv_of([*GOOD, "十四五"], headings=[*HEADINGS, "年度"]),
        "year.form",
    ),
]


def _zip_of(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def _cut(part: str) -> Callable[[str, bytes], bytes]:
    """Keeps the first 60 % of one part."""
    return lambda name, data: data[: len(data) * 6 // 10] if name == part else data
