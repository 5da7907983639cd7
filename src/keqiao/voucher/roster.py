"""A list of who gets vouchers (发放名单): pasted text or a table file, in lines that `issuing.check_list` judges."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from keqiao.core.errors import BadInput
from keqiao.registry.intake.figures import figure
from keqiao.registry.intake.guards import WEB, display_name
from keqiao.registry.intake.headings import bare, plain, unit_of
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.tables import RawRow, Table, tables_in

MOST_ROWS = 2000
MOST_BYTES = 5 * 1024 * 1024
_NAMES = frozenset({"企业名称", "单位名称", "企业", "单位", "名称", "申领单位", "申领企业", "申领对象名称", "企业全称", "单位全称", "公司名称"})  # fmt: skip
_CODES = frozenset({"统一社会信用代码", "信用代码", "社会信用代码", "统一代码", "统一信用代码"})
_SUMS = frozenset({"金额", "额度", "面额", "券额", "发放金额", "发放额度", "申领金额", "申领额度", "核定金额", "核定额度", "拟发金额",
                   "拟发额度", "创新券金额", "创新券额度", "创新券面额", "券面金额"})  # fmt: skip
_KINDS = frozenset({"对象", "类型", "类别", "对象类型", "申领类型", "主体类型", "申领对象"})
_PASSED = frozenset({"序号", "编号", "备注", "说明", "联系人", "联系电话", "所在地", "县区", "所属县区", "地址", "原表行号"})  # fmt: skip
_SCALES = {"元": "", "": "", "万元": "万", "千元": "千", "百万元": "百万", "千万元": "千万", "亿元": "亿"}
_SUM = r"[-+]?[0-9０-９][0-9０-９.,，]*\s*(?:亿元?|千万元?|百万元?|万元?|千元|元)?"
_TYPED = re.compile(rf"^(?P<key>.+?)[\s,，;；]+(?P<amount>{_SUM})(?:[\s,，;；]+(?P<kind>[^\d\s].*))?$")


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One line as written. number: of the line or of the file's row, from 1. amount: yuan, 5万 …

    key: the credit code or the name; name: what the file calls the firm beside its code. problem: what the reader found.
    """

    number: int
    key: str
    amount: str = ""
    kind: str = ""
    name: str = ""
    problem: str = ""

    @property
    def text(self) -> str:
        return "　".join(one for one in (self.name or self.key, self.amount, self.kind) if one)[:120]


@dataclass(frozen=True, slots=True)
class Roster:
    """What a file says. unread: headings of columns that nobody asked for; `text` is the list as it could be typed."""

    file_name: str
    sheet: str
    lines: tuple[RosterLine, ...]
    unread: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(
            "\t".join((one.key, one.amount, one.kind)).rstrip("\t") or one.name for one in self.lines
        )


def typed_lines(text: str) -> list[RosterLine]:
    """The lines of pasted text; blank ones keep their number, a first line of headings is passed over.

    Parted by tabs, blanks or commas; a comma inside a sum (20,000) is part of the sum.
    """
    found: list[RosterLine] = []
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.strip()
        if not line or (not found and _is_heading(line)):
            continue
        cells = [one.strip() for one in line.split("\t")]
        if len(cells) > 1:
            key, rest = cells[0], cells[1:]
            amount = next((one for one in rest if figure(one)), rest[0])
            kind = next((one for one in rest if one != amount and not figure(one) and one), "")
        elif match := _TYPED.match(line):
            key, amount, kind = match["key"], match["amount"], match["kind"] or ""
        else:
            key, amount, kind = line, "", ""
        found.append(RosterLine(number, key.strip(" ,，;；"), amount.strip(), kind.strip()))
    return found


def _is_heading(line: str) -> bool:
    words = [bare(plain(one)) for one in re.split(r"[\s,，;；]+", line) if one]
    return bool(set(words) & _SUMS) and bool(set(words) & (_NAMES | _CODES))


@dataclass(frozen=True, slots=True)
class _Columns:
    name: int | None
    code: int | None
    amount: int
    kind: int | None
    scale: str
    unread: tuple[str, ...]


def read_roster(content: bytes, name: str) -> Roster:
    """The list in a .xlsx, .csv or table of a .docx. Raises BadFile or BadInput naming what is missing and the mend."""
    limits = replace(WEB, max_bytes=MOST_BYTES, max_rows=MOST_ROWS, by_command=False)
    tables = tables_in(BytesIO(content), name=name, kind="enterprise", limits=limits)
    for table in tables:
        columns = _columns(table)
        if columns is None:
            continue
        lines = _lines(table, columns)
        if not lines:
            raise BadFile(
                "rows.none",
                f"文件“{table.name}”只有列名（第 {table.heading_row or 1} 行），下面没有数据。请从下一行起填写内容后重新上传。",
                Place(table.sheet),
            )
        return Roster(table.name, table.sheet, lines, columns.unread)
    there = "、".join(one for one in tables[0].headings if one)[:120]
    raise BadInput(
        f"文件“{display_name(name)}”里没有找到发放名单的列名。须有“单位名称”或“统一社会信用代码”，以及“金额（元）”；"
        f"第 {tables[0].heading_row or 1} 行读到的是：{there}。请照此改列名后重新上传。",
        code="voucher.columns",
        field="file",
    )


def _columns(table: Table) -> _Columns | None:
    """What stands where; None when it is no list of firms and sums. BadInput when two columns could be the sum."""
    at: dict[str, list[int]] = {"name": [], "code": [], "amount": [], "kind": []}
    unread = []
    for index, heading in enumerate(table.headings):
        words = bare(plain(heading))
        for key, known in (("name", _NAMES), ("code", _CODES), ("amount", _SUMS), ("kind", _KINDS)):
            if words in known:
                at[key].append(index)
                break
        else:
            if heading and words not in _PASSED:
                unread.append(heading)
    if not at["amount"] or not (at["name"] or at["code"]):
        return None
    if len(at["amount"]) > 1:
        twice = "”和“".join(table.headings[one] for one in at["amount"])
        raise BadInput(
            f"文件“{table.name}”里“{twice}”都像金额，不知道按哪一列发放。请只留一列后重新上传。",
            code="voucher.columns",
            field="file",
        )
    unit = unit_of(table.headings[at["amount"][0]])
    first = {key: places[0] if places else None for key, places in at.items()}
    return _Columns(
        first["name"], first["code"], at["amount"][0], first["kind"], _SCALES[unit], tuple(unread)
    )


def _lines(table: Table, columns: _Columns) -> tuple[RosterLine, ...]:
    found: list[RosterLine] = []
    for raw in table.rows:
        if len(found) == MOST_ROWS:
            raise BadFile(
                "rows.too-many",
                f"文件“{table.name}”的数据超过 {MOST_ROWS} 行，一次最多发放 {MOST_ROWS} 张。请拆成几个文件，分几次发放。",
                Place(table.sheet),
            )
        found.append(_line(raw, table.headings, columns))
    return tuple(found)


def _line(raw: RawRow, headings: Sequence[str], columns: _Columns) -> RosterLine:
    code, name = _text(raw, columns.code), _text(raw, columns.name)
    amount, kind = _text(raw, columns.amount), _text(raw, columns.kind)
    if amount and columns.scale and amount[-1].isdigit():
        amount += columns.scale
    problems = []
    for one in raw.problems:
        if one.is_error:
            where = (
                f"“{headings[one.column]}”列："
                if one.column is not None and one.column < len(headings)
                else ""
            )
            problems.append(where + one.message)
    return RosterLine(raw.number, code or name, amount, kind, name, "；".join(problems))


def _text(raw: RawRow, column: int | None) -> str:
    if column is None or column >= len(raw.cells) or raw.cells[column] is None:
        return ""
    return " ".join(str(raw.cells[column]).split())
