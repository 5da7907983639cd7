"""The national system's yearly list: its columns (技术合同登记表), written from the ledger and read into it.

Columns and code lists: technology-contracts.md §6. What is 待核实 there is said on the sheet 代码说明.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import IO, Any

from keqiao.codes import lists
from keqiao.contract.book import book
from keqiao.contract.enums import ContractClass, PayMethod
from keqiao.contract.ledger import fen, place_of_number
from keqiao.contract.models import LedgerEntry
from keqiao.contract.numbering import is_number
from keqiao.registry.intake.amounts import Money
from keqiao.registry.intake.dates import When
from keqiao.registry.intake.fields import FieldSpec, KindSpec, Parse, words
from keqiao.registry.intake.headings import Mapping as Columns
from keqiao.registry.intake.kinds import OTHERS
from keqiao.registry.intake.problems import Problem, error, warning
from keqiao.registry.intake.rows import ParsedRow
from keqiao.registry.intake.workbook import SheetPlan, Value, write_workbook

KIND = "contract_ledger"
_CHINA = "142"  # customs code of China, 待核实
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}", re.ASCII)


def _side(key: str, name: str) -> tuple[FieldSpec, ...]:
    """The columns of one side of the form."""
    return (
        FieldSpec(f"{key}_name", f"{name}名称", required=True, max_length=120, variants=words(f"{name} {name}单位 {key}name {name}单位名称")),
        FieldSpec(f"{key}_uscc", f"{name}统一社会信用代码", max_length=40, variants=words(f"{name}信用代码 {name}机构代码 {name}法人代码")),
        FieldSpec(f"{key}_country", f"{name}国别代码", max_length=20, variants=words(f"{name}国别 {name}国家")),
        FieldSpec(f"{key}_division", f"{name}行政区划代码", Parse.CODE, code_list="division", variants=words(f"{name}行政区划 {name}地区 {name}所在地 {name}区划代码 {name}所在地区")),
        FieldSpec(f"{key}_type", f"{name}性质", Parse.CODE, code_list="party2005", variants=words(f"{name}类型 {key}type {name}机构性质 {name}单位性质")),
        FieldSpec(f"{key}_industry", f"{name}国民经济行业", max_length=60, variants=words(f"{name}行业 {name}从事的国民经济行业 {name}机构从事的国民经济行业")),
        FieldSpec(f"{key}_is_transfer_body", f"{name}是否技术转移机构", Parse.FLAG, variants=words(f"{key}_jszyjg")),
        FieldSpec(f"{key}_is_rd_body", f"{name}是否研发机构", Parse.FLAG, variants=words(f"{key}_isyfjg")),
        FieldSpec(f"{key}_is_converted_institute", f"{name}是否转制科研院所", Parse.FLAG, variants=words(f"{key}_zzkyys")),
        FieldSpec(f"{key}_is_in_hightech_zone", f"{name}是否国家高新区内企业", Parse.FLAG, variants=words(f"{key}_countrygxqqy")),
        FieldSpec(f"{key}_is_listed", f"{name}是否上市公司", Parse.FLAG, variants=words(f"{key}_islist")),
        FieldSpec(f"{key}_scale", f"{name}企业规模", max_length=20, variants=words(f"{key}_scale {name}规模")),
    )  # fmt: skip


SPEC = KindSpec(
    KIND,
    "技术合同登记表",
    (
        FieldSpec("reg_no", "合同登记编号", required=True, max_length=40, variants=words("登记编号 合同编号 认定登记编号 合同登记号 技术合同登记编号")),
        FieldSpec("decided_on", "合同登记日期", Parse.DATE, required=True, variants=words("登记日期 登记时间 认定登记日期 认定日期")),
        FieldSpec("project_name", "项目名称", required=True, max_length=300, variants=words("合同名称 合同项目名称 projectname 技术合同名称")),
        FieldSpec("class_code", "合同类别", required=True, max_length=60, variants=words("合同类型 contracttype 技术合同类别 技术合同类型")),
        FieldSpec("sign_on", "合同签订日期", Parse.DATE, variants=words("签订日期 signdate 签订时间 合同签订时间")),
        FieldSpec("begin_on", "合同有效期起", Parse.DATE, variants=words("合同起始日期 contractbegindate 有效期起 合同开始日期")),
        FieldSpec("end_on", "合同有效期止", Parse.DATE, variants=words("合同截止日期 contractenddate 有效期止 合同结束日期 合同终止日期")),
        FieldSpec("total", "合同成交总额", Parse.MONEY, required=True, variants=words("合同成交额 成交总额 成交额 合同金额 合同交易总额 合同总金额 totalamount")),
        FieldSpec("tech", "技术交易额", Parse.MONEY, required=True, variants=words("技术交易金额 technicalamount 合同技术交易额 其中技术交易额")),
        FieldSpec("pay_method", "支付方式", max_length=60, variants=words("paymethod 付款方式")),
        FieldSpec("is_related", "是否关联交易", Parse.FLAG, variants=words("isrelated 关联交易")),
        FieldSpec("plan_source", "计划来源", max_length=60, variants=words("projectplantype 项目计划来源 计划类型")),
        FieldSpec("ip_type", "知识产权类型", max_length=60, variants=words("ipr 知识产权 涉及知识产权")),
        FieldSpec("field11", "技术领域", Parse.CODE, code_list="field11", variants=words("techarea 所属技术领域 领域")),
        FieldSpec("objective", "服务的社会经济目标", Parse.CODE, code_list="objective13", variants=words("社会经济目标")),
        FieldSpec("industry", "服务的国民经济行业", max_length=60, variants=words("国民经济行业 应用的国民经济行业")),
        FieldSpec("tech_source", "技术来源", max_length=60),
        FieldSpec("new_input", "预计新增投入", Parse.MONEY),
        FieldSpec("new_output", "预计新增产值", Parse.MONEY),
        *_side("seller", "卖方"),
        *_side("buyer", "买方"),
        FieldSpec("ended_on", "注销或撤销日期", Parse.DATE, variants=words("注销日期 撤销日期")),
    ),
)  # fmt: skip
OTHERS[KIND] = SPEC
_MONEY = frozenset(one.key for one in SPEC.fields if one.parse is Parse.MONEY)
COMPARED = (
    "project_name", "class_code", "subclass", "statistic_class", "decided_on", "ended_on", "sign_on", "begin_on",
    "end_on", "total_fen", "tech_fen", "pay_method", "is_related", "field11", "ip_type", "plan_source", "objective",
    "industry", "registrar_place", "seller_name", "seller_uscc", "seller_division", "seller_type", "buyer_name",
    "buyer_uscc", "buyer_division", "buyer_type", "others",
)  # fmt: skip
"""What makes an imported line the same as the one we have."""
DECISIVE = ("decided_on", "total_fen", "tech_fen", "statistic_class")
"""What our own registration and the national list must agree on."""


def in_yuan(columns: Columns, headings: tuple[str, ...]) -> Columns:
    """The columns with 元 where a money heading names no unit: the national system counts in yuan, not in 万元."""
    units = dict(columns.units)
    for index, key in columns.columns.items():
        if key in _MONEY and index not in units:
            units[index] = "元"
    return Columns(
        columns.kind,
        columns.columns,
        columns.unknown,
        columns.missing,
        columns.confidence,
        units,
        columns.doubts,
    )


# -- one row to a line of the ledger -----------------------------------------------------------------------------


@cache
def _class_names() -> dict[str, tuple[str, str]]:
    """Written name -> (class, subclass), folded: those of both rule books and their short forms."""
    names: dict[str, tuple[str, str]] = {}
    for code, label in ContractClass.choices:
        for name in (str(label), f"{label}合同", str(label).removeprefix("技术"), code):
            names.setdefault(lists.fold(name), (code, ""))
    for rules in (book("CN-2026"), book("CN-2001")):
        for kind in rules.classes.values():
            for code, name in kind.subclasses.items():
                owner = code.split("-")[0]
                for form in (name, f"{name}合同", code):
                    names.setdefault(lists.fold(form), (owner, code))
    return names


def class_of(text: str) -> tuple[str, str] | None:
    """(class, subclass) of what stands in 合同类别, such as 技术开发(委托开发); None when it is none of the five."""
    names = _class_names()
    parts = [one for one in re.split(r"[()（）/\-—－·>、\s]+", text) if one]
    for part in (text, *reversed(parts)):
        if found := names.get(lists.fold(part)):
            return found
    return None


def _one_of(list_key: str, text: str) -> str:
    return lists.match_name(list_key, text) or ""


_PAY = {
    "一次支付": PayMethod.LUMP, "一次": PayMethod.LUMP, "一次总付": PayMethod.LUMP, "分期支付": PayMethod.INSTALMENT,
    "分期": PayMethod.INSTALMENT, "提成支付": PayMethod.ROYALTY, "提成": PayMethod.ROYALTY,
    "提成加入门费": PayMethod.ENTRY_ROYALTY, "提成附加入门费": PayMethod.ENTRY_ROYALTY,
}  # fmt: skip


_PAY_LABELS = {str(label): value for value, label in PayMethod.choices}


def _pay(text: str) -> str:
    return str(_PAY_LABELS.get(text, _PAY.get(text, "")))


def _when(value: object) -> date | None:
    return value.on if isinstance(value, When) else None


def _yuan(value: object) -> Decimal | None:
    return value.yuan if isinstance(value, Money) else None


def _party(row: ParsedRow, side: str) -> dict[str, Any]:
    """One side's columns. A code that is no 统一社会信用代码 (a person's identity number) is never kept."""
    code = str(row.values.get(f"{side}_uscc", "")).replace(" ", "").upper()
    if code and not _USCC.fullmatch(code):
        row.problems.append(
            warning(
                "ledger.uscc",
                "不是 18 位统一社会信用代码，没有保存（可能是身份证号）。",
                field=f"{side}_uscc",
            )
        )
        code = ""
    return {
        f"{side}_name": str(row.values.get(f"{side}_name", ""))[:120],
        f"{side}_uscc": code,
        f"{side}_division": str(row.values.get(f"{side}_division", "")),
        f"{side}_type": str(row.values.get(f"{side}_type", "")),
    }


def _others(row: ParsedRow) -> dict[str, Any]:
    """The columns without a field of their own, as JSON values."""
    kept = ("tech_source", *(f"{side}_{name}" for side in ("seller", "buyer") for name in (
        "country", "industry", "is_transfer_body", "is_rd_body", "is_converted_institute", "is_in_hightech_zone",
        "is_listed", "scale")))  # fmt: skip
    found: dict[str, Any] = {name: row.values[name] for name in kept if name in row.values}
    for name in ("new_input", "new_output"):
        if (amount := _yuan(row.values.get(name))) is not None:
            found[name] = format(amount, "f")
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the ledger would hold it."""

    reg_no: str
    values: dict[str, Any] = field(default_factory=dict)


def line_of(row: ParsedRow, *, today: date) -> Line | None:
    """The ledger line of a good row; None when its problems, which this adds to, keep it out."""
    text = re.sub(r"[\s\-]", "", str(row.values.get("reg_no", "")))
    kind = class_of(str(row.values.get("class_code", "")))
    total, tech = _yuan(row.values.get("total")), _yuan(row.values.get("tech"))
    decided = _when(row.values.get("decided_on"))
    _check(row, text, kind, total, tech, decided, today)
    if not row.is_good or kind is None or total is None or tech is None or decided is None:
        return None
    code, subclass = kind
    if "许可" in str(row.values["class_code"]) and code == "TRF":
        subclass = subclass or "LIC-PATENT"
    values = {
        "project_name": str(row.values["project_name"])[:200], "class_code": code, "subclass": subclass,
        "statistic_class": "LIC" if subclass.startswith("LIC") else code, "decided_on": decided,
        "ended_on": _when(row.values.get("ended_on")), "sign_on": _when(row.values.get("sign_on")),
        "begin_on": _when(row.values.get("begin_on")), "end_on": _when(row.values.get("end_on")),
        "total_fen": fen(total), "tech_fen": fen(tech), "pay_method": _pay(str(row.values.get("pay_method", ""))),
        "is_related": bool(row.values.get("is_related", False)), "field11": str(row.values.get("field11", "")),
        "ip_type": _one_of("ip_type", str(row.values.get("ip_type", ""))),
        "plan_source": _one_of("plan_source", str(row.values.get("plan_source", ""))),
        "objective": str(row.values.get("objective", "")),
        "industry": _one_of("gbt4754", str(row.values.get("industry", ""))),
        "registrar_place": place_of_number(text), **_party(row, "seller"), **_party(row, "buyer"), "others": _others(row),
    }  # fmt: skip
    return Line(text, values)


def _is_abroad(row: ParsedRow, side: str, place: str) -> bool:
    """Whether a side stands outside the mainland: said in its place, or by a country that is not China."""
    country = str(row.values.get(f"{side}_country", ""))
    return bool(re.search("境外|国外|海外", place)) or country not in ("", "中国", "CN", "CHN", _CHINA)


def _check(
    row: ParsedRow, reg_no: str, kind: tuple[str, str] | None, total: Decimal | None, tech: Decimal | None,
    decided: date | None, today: date,
) -> None:  # fmt: skip
    """The rules of a line (technology-contracts.md §3.1, §4.6), as problems of its cells."""

    def wrong(code: str, message: str, name: str) -> None:
        row.problems.append(error(f"ledger.{code}", message, field=name))

    if reg_no and not is_number(reg_no):
        wrong("number", f"登记编号“{reg_no}”应为 14 位或 16 位数字，请核对。", "reg_no")
    if kind is None and row.values.get("class_code"):
        wrong("class", f"合同类别“{row.values['class_code']}”不是开发、转让、许可、咨询、服务之一，请改正。", "class_code")  # fmt: skip
    if total is not None and total <= 0:
        wrong("total", "合同成交总额应大于零。", "total")
    if total is not None and tech is not None and not 0 <= tech <= total:
        wrong(
            "sums", f"技术交易额 {tech} 元大于合同成交总额 {total} 元，请核对两栏的数和列名里的单位。", "tech"
        )
    if "total" in row.values and total is None:
        wrong("total", "合同成交总额要填数字，不能写“面议”。", "total")
    if "tech" in row.values and tech is None:
        wrong("tech", "技术交易额要填数字。", "tech")
    for name in ("field11", "objective", "seller_type", "buyer_type"):
        if name in row.texts and name not in row.values:
            wrong("code", f"“{row.texts[name]}”不在{SPEC.field(name).label}的代码表里，请按“代码说明”改正。", name)  # fmt: skip
    for side in ("seller", "buyer"):
        text = row.texts.get(f"{side}_division", "")
        if text and f"{side}_division" not in row.values and not _is_abroad(row, side, text):
            wrong("place", f"行政区划“{text}”认不出来，会影响输出和吸纳。请填六位代码；境外的写“境外”。", f"{side}_division")  # fmt: skip
    if decided is not None and decided > today:
        wrong("future", f"登记日期 {decided} 还没有到，请核对年份。", "decided_on")


def placed(row: ParsedRow, columns: Columns) -> list[Problem]:
    """The row's problems, each with the column of its field, so that the right cell turns red."""
    found = []
    for one in row.problems:
        column = one.column if one.column is not None else columns.column_of(one.field) if one.field else None
        found.append(Problem(column, one.level, one.code, one.message, one.value, one.field))
    return found


# -- writing the table --------------------------------------------------------------------------------------------

_FLAGS = (
    "is_transfer_body",
    "is_rd_body",
    "is_converted_institute",
    "is_in_hightech_zone",
    "is_listed",
)
_LISTS = {
    "field11": "field11", "plan_source": "plan_source", "ip_type": "ip_type", "objective": "objective13",
    "industry": "gbt4754", "seller_type": "party2005", "buyer_type": "party2005",
}  # fmt: skip
HEADINGS = tuple(f"{one.label}（元）" if one.key in _MONEY else one.label for one in SPEC.fields)


def _coded(list_key: str, code: str) -> str:
    name = lists.label(list_key, code) if code else ""
    return f"{code} {name}" if name and name != code else code


def _class_text(entry: LedgerEntry) -> str:
    for rules in (book("CN-2026"), book("CN-2001")):
        for kind in rules.classes.values():
            if entry.subclass in kind.subclasses:
                return f"{entry.get_class_code_display()}（{kind.subclasses[entry.subclass]}）"
    return str(entry.get_class_code_display())


def _party_cells(entry: LedgerEntry) -> dict[str, Value]:
    """What only the contract's parties or the list itself know, by column."""
    sides = {one.side: one for one in entry.contract.parties.all()} if entry.contract else {}
    cells: dict[str, Value] = {}
    for side in ("seller", "buyer"):
        party = sides.get(side)
        if party is None:
            names = ("country", "industry", "scale", *_FLAGS)
            cells |= {f"{side}_{name}": entry.others.get(f"{side}_{name}", "") for name in names}
            continue
        cells |= {f"{side}_{name}": getattr(party, name) for name in _FLAGS}
        cells[f"{side}_country"] = _CHINA if party.country in ("CN", "CHN") else party.country
        cells[f"{side}_industry"] = _coded("gbt4754", party.industry)
        cells[f"{side}_scale"] = party.get_scale_display()
    return cells


def _cell(entry: LedgerEntry, key: str, party: Mapping[str, Value]) -> Value:
    match key:
        case "class_code":
            return _class_text(entry)
        case "total":
            return entry.total_yuan
        case "tech":
            return entry.tech_yuan
        case "pay_method":
            return str(PayMethod(entry.pay_method).label) if entry.pay_method in PayMethod.values else ""
        case "tech_source":
            return entry.contract.tech_source if entry.contract else str(entry.others.get("tech_source", ""))
        case "new_input" | "new_output":
            if entry.contract:
                return getattr(entry.contract, key)  # type: ignore[no-any-return]  # a Decimal or None
            return Decimal(entry.others[key]) if key in entry.others else None
        case "seller_division" | "buyer_division":
            return str(getattr(entry, key))[:6]
    if key in party:
        return party[key]
    value = getattr(entry, key)
    return _coded(_LISTS[key], value) if key in _LISTS else value


def table_rows(entries: Iterable[LedgerEntry]) -> Iterator[list[Value]]:
    """The entries in the columns of the form. Select contract and prefetch its parties first."""
    for entry in entries:
        party = _party_cells(entry)
        yield [_cell(entry, one.key, party) for one in SPEC.fields]


def _code_rows() -> Iterator[list[Value]]:
    """Every code that the table uses, with the list's source and whether it is 待核实."""
    for code, label in ContractClass.choices:
        yield ["合同类别", code, str(label), "民法典第三编第二十章", ""]
    for key in ("field11", "plan_source", "ip_type", "objective13", "party2005"):
        about = lists.info(key)
        for one in lists.items(key):
            yield [about.name, one.code, one.name, about.source, "待核实" if one.verify or about.verify else ""]  # fmt: skip
    yield ["国别代码", _CHINA, "中国", "海关国别代码", "待核实"]


def write_national(
    entries: Iterable[LedgerEntry], out: Path | str | IO[bytes], *, title: str, by: str = ""
) -> int:
    """The table as .xlsx for typing or loading into the national system, with a sheet of its codes. Returns the rows."""
    rows = table_rows(entries)
    written = write_workbook(
        [
            SheetPlan("技术合同登记表", HEADINGS, rows, title=title, note="金额单位：元。代码见“代码说明”。"),
            SheetPlan("代码说明", ["代码表", "代码", "名称", "来源", "说明"], _code_rows()),
        ],
        out,
        footer=by,
    )
    return written - sum(1 for _ in _code_rows())
