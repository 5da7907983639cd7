"""The ledger as .xlsx in both styles of the tax office, and rows from the firm's own .xlsx."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

from keqiao.core.errors import BadInput
from keqiao.rd.enums import COLUMNS, LABELS, Form
from keqiao.rd.integrity import Header, Row, row_findings
from keqiao.rd.models import RdLine, RdProject
from keqiao.rd.money import exact, rounded
from keqiao.rd.summary import ProjectYear, YearSummary
from keqiao.registry.intake import delimited, spreadsheet
from keqiao.registry.intake.dates import Precision, read_when
from keqiao.registry.intake.figures import figure
from keqiao.registry.intake.guards import WEB, check, display_name
from keqiao.registry.intake.sources import Cell, Line, opener
from keqiao.registry.intake.workbook import SheetPlan, Value, write_workbook, write_xlsx

HEADINGS = (
    "凭证日期",
    "凭证种类",
    "凭证号数",
    "摘要",
    "会计凭证记载金额",
    "税法规定的归集金额",
    *(LABELS[n] for n in COLUMNS),
)
_ALIASES = {
    "日期": "voucher_on", "凭证日期": "voucher_on", "种类": "voucher_kind", "凭证种类": "voucher_kind", "号数": "voucher_number",
    "凭证号": "voucher_number", "凭证号数": "voucher_number", "摘要": "summary", "会计凭证记载金额": "booked", "记载金额": "booked",
    "凭证金额": "booked", "税法规定的归集金额": "tax", "归集金额": "tax", "人员人工": "c1", "直接投入": "c2", "无形资产摊销费用": "c4",
    "新产品设计费": "c5", "其他费用": "c6", "委托境内": "domestic", "委托境外": "overseas", "委托境外研发": "overseas",
    **{label: name for name, label in LABELS.items()},
}  # fmt: skip
_NEEDED = ("voucher_on", "voucher_number", "summary", "tax")
_MONEY = frozenset({"booked", "tax", *COLUMNS})
_SEARCHED = 30
_MOST_ROWS = 5000
_LIMITS = replace(WEB, by_command=False)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of a file: what it says, or why it cannot be written. number: as in the file."""

    number: int
    values: dict[str, Any]
    problems: tuple[str, ...]
    cells: tuple[str, ...]


def read_lines(body: bytes, name: str, header: Header) -> list[ReadRow]:
    """Rows of the first visible sheet whose headings are understood. Raises BadFile / BadInput for a file that is none."""
    open_file, shown = opener(BytesIO(body)), display_name(name)
    kind = check(open_file, name, _LIMITS)
    if kind not in ("xlsx", "csv"):
        raise BadInput(
            f"辅助账应是 .xlsx 或 .csv，收到“{shown}”。请用模板填写后上传。", code="rd.file", field="file"
        )
    for sheet in (spreadsheet if kind == "xlsx" else delimited).sheets(open_file, name, _LIMITS):
        if sheet.is_hidden:
            continue
        lines = list(_some(sheet.lines(), _SEARCHED))
        columns, at = _headings(lines)
        if columns:
            rows = [line for line in _some(sheet.lines(), _MOST_ROWS + at + 1) if line.number > at]
            if len(rows) > _MOST_ROWS:
                raise BadInput(f"文件“{shown}”超过 {_MOST_ROWS} 行，请分几次导入。", field="file")
            found = [one for line in rows if (one := _row(line, columns, header)) is not None]
            if not found:
                raise BadInput(
                    f"文件“{shown}”只有表头（第 {at} 行），下面没有凭证。请从下一行起一张凭证填一行。",
                    code="rows.none",
                    field="file",
                )
            return found
    raise BadInput(
        f"“{shown}”里没有找到辅助账的表头。表头须有：凭证日期、凭证号数、摘要、税法规定的归集金额，以及各类费用。可以先下载模板。",
        code="rd.columns",
        field="file",
    )


def _some(lines: Iterator[Line], most: int) -> Iterator[Line]:
    for at, line in enumerate(lines):
        if at >= most:
            return
        yield line


def _headings(lines: Sequence[Line]) -> tuple[dict[int, str], int]:
    """Column position → field of the first line that has what is needed, and that line's number."""
    for line in lines:
        found: dict[int, str] = {}
        for at, cell in enumerate(line.cells):
            plain = str(cell or "").replace("（元）", "").replace("(元)", "").replace(" ", "").strip()
            if plain in _ALIASES:
                found[at] = _ALIASES[plain]
        if all(name in found.values() for name in _NEEDED):
            return found, line.number
    return {}, 0


def _row(line: Line, columns: dict[int, str], header: Header) -> ReadRow | None:
    """One row, or None for a blank one and for totals."""
    if line.problems and not line.cells:
        return ReadRow(line.number, {}, tuple(one.message for one in line.problems), ())
    cells = {name: line.cells[at] if at < len(line.cells) else None for at, name in columns.items()}
    texts = tuple("" if cell is None else str(cell) for cell in cells.values())
    if not any(text.strip() for text in texts) or any(
        text.strip() in ("合计", "小计", "总计") for text in texts
    ):
        return None
    values: dict[str, Any] = {"voucher_kind": "记"}
    problems = [
        (f"{_label(columns[one.column])}：" if one.column in columns else "") + one.message
        for one in line.problems
        if one.is_error and (one.column is None or one.column in columns)
    ]
    faulty = {columns[one.column] for one in line.problems if one.is_error and one.column in columns}
    for name, cell in cells.items():
        try:
            values[name] = _value(name, cell)
        except BadInput as wrong:
            problems.append(wrong.message)
            faulty.add(name)
    for name in _NEEDED:
        if values.get(name) in (None, "") and name not in faulty:
            problems.append(f"没有{_label(name)}")
    values["voucher_kind"] = values.get("voucher_kind") or "记"
    for name in _MONEY:
        values[name] = values.get(name) or Decimal(0)
    values["booked"] = values["booked"] or values["tax"]
    if not problems:
        row = Row(values["voucher_on"], values["voucher_kind"], values["voucher_number"], values["booked"], values["tax"],
                  {name: values[name] for name in COLUMNS})  # fmt: skip
        problems = [one.words for one in row_findings(row, header) if one.is_error]
    return ReadRow(line.number, values, tuple(problems), texts)


def _label(name: str) -> str:
    return next(label for label, field in _ALIASES.items() if field == name)


def _value(name: str, cell: Cell) -> Any:
    if cell is None:
        return None
    if name == "voucher_on":
        if isinstance(cell, dt.date):
            return cell
        when = read_when(str(cell))
        day = when.on if when is not None and when.precision == Precision.DAY else None
        if day is None:
            raise BadInput(f"看不懂日期“{cell}”，请写成 2026-11-03")
        return day
    if name in _MONEY:
        if isinstance(cell, str):
            found = figure(cell) if cell.strip() else (Decimal(0), "")
            amount = found[0] if found is not None and found[1] in ("", "元") else None
        else:
            amount = Decimal(str(cell)) if not isinstance(cell, dt.date) else None
        if amount is None or not amount.is_finite():
            raise BadInput(f"{_label(name)}“{cell}”不是数字，请写以元为单位的数字，例如 1234.50 或 1,234.50")
        cents = amount.quantize(Decimal("0.01"))
        if abs(cents - amount) > Decimal("0.001"):
            raise BadInput(f"{_label(name)}“{cell}”超过两位小数，请核对")
        return cents
    return " ".join(str(cell).split())


# -- out ------------------------------------------------------------------------------------------------------------


def write_template(out: IO[bytes]) -> None:
    """An empty ledger with the headings that are understood."""
    write_xlsx(list(HEADINGS), [], out, title="研发支出辅助账（导入模板）", sheet="辅助账",
               note="一张凭证一行，金额单位：元。各类费用与委托研发之和须等于“税法规定的归集金额”，后者不超过“会计凭证记载金额”。")  # fmt: skip


def _yuan(value: Decimal) -> Value:
    return value if value else ""


def _ledger_rows(lines: Sequence[RdLine]) -> list[list[Value]]:
    rows: list[list[Value]] = [
        [f"{one.voucher_on}", one.voucher_kind, one.voucher_number, one.summary, one.booked, one.tax,
         *(_yuan(getattr(one, name)) for name in COLUMNS)]
        for one in lines
    ]  # fmt: skip
    total: list[Value] = ["合计", "", "", ""]
    total += [
        sum((getattr(one, name) for one in lines), Decimal("0.00")) for name in ("booked", "tax", *COLUMNS)
    ]
    return [*rows, total]


_WIDTHS = [12, 8, 10, 30, 15, 15, *([13] * len(COLUMNS))]


def _note(project: RdProject, year: int) -> str:
    until = project.ends_on or "未结束"
    done = "已完成" if project.is_completed else "未完成"
    return (
        f"项目编号：{project.number}    研发形式：{project.get_form_display()}    {done}    支出类型：{project.get_treatment_display()}"
        f"    期间：{project.starts_on} 至 {until}    立项文件：{project.approval or '未填'}    年度：{year}    金额单位：元"
    )


def write_2021(summary: YearSummary, out: IO[bytes]) -> int:
    """2021 style (公告2021年第28号): one ledger over all projects and one summary with the pooled cap. Gives the rows."""
    rows: list[list[Value]] = []
    for one in summary.projects:
        for row in _ledger_rows(_lines(one, summary.year))[:-1]:
            rows.append([one.project.number, one.project.name, one.project.get_treatment_display(), *row])
    headings = ["项目编号", "项目名称", "支出类型", *HEADINGS]
    title = f"{summary.firm} {summary.year} 年度"
    return write_workbook(
        [
            SheetPlan("辅助账汇总表", _SUMMARY_HEADINGS, _summary_rows(summary), title=f"{title}研发支出辅助账汇总表（2021版）",
                      note="其他相关费用按全部项目合并计算限额。金额单位：元。样式依公告2021年第28号，表样待核实。", widths=_SUMMARY_WIDTHS, autofilter=False),
            SheetPlan("加计扣除计算", ["项目", "金额（元）", "算法", "依据"], _steps(summary), title=f"{title}加计扣除计算",
                      widths=[34, 18, 46, 40], autofilter=False),
            SheetPlan("辅助账", headings, rows, title=f"{title}研发支出辅助账（2021版）", note="金额单位：元",
                      widths=[10, 24, 10, *_WIDTHS]),
        ],
        out,
    )  # fmt: skip


def write_2015(summary: YearSummary, out: IO[bytes]) -> int:
    """2015 style (公告2015年第97号): a ledger for each project under its form, and a summary."""
    title = f"{summary.firm} {summary.year} 年度"
    plans = [
        SheetPlan("辅助账汇总表", _SUMMARY_HEADINGS, _summary_rows(summary), title=f"{title}研发支出辅助账汇总表（2015版）",
                  note="2021 年度起用本样式的，其他相关费用限额和委托境外的算法按现行规定调整。金额单位：元。表样待核实。",
                  widths=_SUMMARY_WIDTHS, autofilter=False)
    ]  # fmt: skip
    for form in Form:
        for one in summary.projects:
            if one.project.form == form:
                plans.append(
                    SheetPlan(f"{form.label[:2]} {one.project.number}", HEADINGS, _ledger_rows(_lines(one, summary.year)),
                              title=f"{form.label}“研发支出”辅助账：{one.project.name}", note=_note(one.project, summary.year),
                              widths=_WIDTHS, autofilter=False)
                )  # fmt: skip
    return write_workbook(plans, out)


_SUMMARY_HEADINGS = [
    "项目编号",
    "项目名称",
    "研发形式",
    "支出类型",
    "完成",
    "归集金额合计",
    *(LABELS[n] for n in COLUMNS),
    "计入本年",
]
_SUMMARY_WIDTHS = [11, 26, 10, 9, 7, 15, *([13] * len(COLUMNS)), 9]


def _lines(one: ProjectYear, year: int) -> list[RdLine]:
    rows = one.project.lines.order_by("voucher_on", "pk")
    capital = one.project.treatment == "capitalised" and one.counts
    return list(rows.filter(voucher_on__year__lte=year) if capital else rows.filter(voucher_on__year=year))


def _summary_rows(summary: YearSummary) -> list[list[Value]]:
    rows: list[list[Value]] = [
        [one.project.number, one.project.name, one.project.get_form_display(), one.project.get_treatment_display(),
         "是" if one.project.is_completed else "否", one.tax, *(_yuan(one.parts[name]) for name in COLUMNS),
         "是" if one.counts else "否（未形成）"]
        for one in summary.projects
    ]  # fmt: skip
    total = sum((one.tax for one in summary.projects if one.counts), Decimal("0.00"))
    sums = (summary.totals[name] for name in COLUMNS)
    rows.append(["合计", "计入本年的项目", "", "", "", total, *sums, ""])
    if summary.deduction is not None:
        found = summary.deduction
        blank: list[Value] = [""] * len(COLUMNS)
        lines = (
            ("其他相关费用限额", found.limit6),
            ("允许扣除的其他相关费用", found.allowed6),
            ("加计扣除基数", found.base),
            ("加计扣除额", found.extra),
        )
        rows += [["", label, "", "", "", rounded(value), *blank, ""] for label, value in lines]
    return rows


def _steps(summary: YearSummary) -> list[list[Value]]:
    if summary.deduction is None:
        return [[summary.refusal, "", "", ""]]
    rows: list[list[Value]] = [
        [one.label, rounded(one.amount), one.how, one.document + ("（待核实）" if one.verify else "")]
        for one in summary.deduction.steps
    ]  # fmt: skip
    for percent in ("25", "15"):
        saved = summary.deduction.saved(exact(percent) / 100)
        rows.append(
            [
                f"少缴企业所得税（税率 {percent}%）",
                rounded(saved),
                f"加计扣除额 × {percent}%",
                "企业所得税法",
            ]
        )
    return rows
