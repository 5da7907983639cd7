"""Checks of the auxiliary ledger (rd-tax-and-statistics §6). Pure: rows in, findings out, each with what to do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from keqiao.rd.enums import COLUMNS, LABELS


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger. parts: sum by column, zeros left out or not. place: how people find it, "第 12 行"."""

    voucher_on: date
    voucher_kind: str
    voucher_number: str
    booked: Decimal
    tax: Decimal
    parts: Mapping[str, Decimal]
    place: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """What the rows are checked against. is_registered: of the overseas contract; None when nothing went overseas."""

    starts_on: date
    ends_on: date | None
    approval: str
    is_registered: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """is_error: the ledger is wrong; otherwise something to look at. place: the row, "" for the whole."""

    is_error: bool
    place: str
    words: str


def row_findings(row: Row, header: Header) -> list[Finding]:
    """What is wrong with one row by itself."""
    found: list[Finding] = []
    total = sum((row.parts.get(name, Decimal(0)) for name in COLUMNS), Decimal(0))
    if total != row.tax:
        found.append(
            Finding(
                True, row.place, f"各类费用之和 {total:,} 与税法规定的归集金额 {row.tax:,} 不等，请核对各列。"
            )
        )
    if row.tax > row.booked:
        found.append(
            Finding(True, row.place, f"归集金额 {row.tax:,} 大于会计凭证记载金额 {row.booked:,}，请核对。")
        )
    if negative := [LABELS[name] for name in COLUMNS if row.parts.get(name, Decimal(0)) < 0]:
        found.append(Finding(False, row.place, f"{'、'.join(negative)}是负数，冲销的请在摘要里写明原凭证。"))
    if row.voucher_on < header.starts_on or (header.ends_on is not None and row.voucher_on > header.ends_on):
        until = header.ends_on or "至今"
        found.append(
            Finding(
                True,
                row.place,
                f"凭证日期 {row.voucher_on} 不在项目期间（{header.starts_on} 至 {until}）内。",
            )
        )
    return found


def ledger_findings(rows: Iterable[Row], header: Header) -> list[Finding]:
    """Everything that is wrong or doubtful in one project's ledger, rows first."""
    found: list[Finding] = []
    numbers: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        found += row_findings(row, header)
        numbers[(row.voucher_kind, row.voucher_number)].append(row)
    for (kind, number), same in numbers.items():
        if len(same) < 2:
            continue
        places = "、".join(one.place or str(one.voucher_on) for one in same[:5])
        months = {(one.voucher_on.year, one.voucher_on.month) for one in same}
        if len(months) < len(same):
            found.append(
                Finding(
                    True,
                    places,
                    f"凭证 {kind}-{number} 在本项目里重复，可能重复归集。确是一张凭证的请合并成一行。",
                )
            )
        else:
            found.append(
                Finding(False, places, f"凭证号 {kind}-{number} 在不同月份重复；凭证按月编号的可以不改。")
            )
    if not header.approval.strip():
        found.append(Finding(True, "", "没有写立项文件（立项决议、计划书的名称或文号），留存备查资料不齐。"))
    if header.is_registered is False:
        found.append(Finding(True, "", "有委托境外支出，但技术开发合同没有登记，这部分不得加计扣除。"))
    return found
