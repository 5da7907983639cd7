"""Bad tables at the entrances of single rooms: firm figures, vouchers, R&D ledger, receipts, registered contracts.

The files that nobody can open meet the same guards everywhere (see `hostile`); here stands what each room adds.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl import Workbook

from keqiao.contract.national import KIND, SPEC, in_yuan
from keqiao.core.errors import BadInput
from keqiao.firm.sheet import columns_of, parsed_row
from keqiao.payment.models import BatchLine
from keqiao.payment.receipts import compare, read_receipt
from keqiao.rd.integrity import Header
from keqiao.rd.sheets import read_lines
from keqiao.registry.enterprise.models import Enterprise
from keqiao.registry.intake.headings import recognise
from keqiao.registry.intake.rows import located, require, row_parser
from keqiao.registry.intake.tables import open_table
from keqiao.voucher.roster import read_roster
from keqiao.voucher.sums import fen_of
from tests.registry.intake.hostile import Outcome

Reader = Callable[[bytes, str], list[Outcome]]
_ROW, _FILE = "这一行", "整个文件"


@dataclass(frozen=True)
class Entrance:
    """One bad table at one entrance. says: a part of the message that must be there."""

    room: str
    shown: str
    file_name: str
    build: Callable[[], bytes]
    says: str
    read: Reader


def meet(case: Entrance) -> list[Outcome]:
    """What the room says about the file, from opening to the last row."""
    try:
        return case.read(case.build(), case.file_name)
    except BadInput as refusal:
        return [Outcome(refusal.code, refusal.message, _FILE)]


class _AnyFirm:
    def find(self, raw: object, columns: object) -> Enterprise:
        return Enterprise(title="示例企业")


def _firm(body: bytes, name: str) -> list[Outcome]:
    table = open_table(io.BytesIO(body), name=name, kind="enterprise")
    columns, found = columns_of(table, None), []
    for raw in table.rows:
        for one in parsed_row(raw, columns, _AnyFirm(), None).problems:
            place = f"“{table.headings[one.column]}”列" if one.column is not None else ""
            found.append(Outcome(one.code, f"第 {raw.number} 行{place}：{one.message}", _ROW))
    return found


def _roster(body: bytes, name: str) -> list[Outcome]:
    found = []
    for one in read_roster(body, name).lines:
        message = one.problem
        if not message:
            try:
                fen_of(one.amount)
            except BadInput as wrong:
                message = wrong.message
        if message:
            found.append(Outcome("voucher.line", f"第 {one.number} 行：{message}", _ROW))
    return found


def _rd(body: bytes, name: str) -> list[Outcome]:
    rows = read_lines(body, name, Header(date(2026, 1, 1), None, "示例立项"))
    return [Outcome("rd.row", f"第 {one.number} 行：{'；'.join(one.problems)}。请改好后重新上传。", _FILE) for one in rows if one.problems]  # fmt: skip


def _receipt(body: bytes, name: str) -> list[Outcome]:
    lines = [BatchLine(number="拨付-1", payee="甲公司", fen=5_000_000)]
    return [Outcome("receipt.row", f"{place}：{words}", _ROW) for place, words in compare(lines, read_receipt(name, body)).problems]  # fmt: skip


def _contracts(body: bytes, name: str) -> list[Outcome]:
    table = open_table(io.BytesIO(body), name=name, kind=KIND)
    columns = in_yuan(recognise(table.headings, KIND), table.headings)
    require(columns, table)
    parse, found = row_parser(SPEC, columns, lambda key, text: None), []
    for raw in table.rows:
        row = parse(raw)
        found += [Outcome(one.code, located(one, row, table.headings), _ROW) for one in row.problems if one.is_error]  # fmt: skip
    return found


def _csv(*rows: Sequence[object], encoding: str = "gb18030") -> Callable[[], bytes]:
    def build() -> bytes:
        out = io.StringIO()
        csv.writer(out).writerows(rows)
        return out.getvalue().encode(encoding)

    return build


def _xlsx(*rows: Sequence[Any]) -> Callable[[], bytes]:
    def build() -> bytes:
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(list(row))
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return build


_FIRM = ["企业名称", "年度", "销售收入(元)", "职工总数"]
_LIST = ["单位名称", "金额（元）"]
_RD = ["凭证日期", "凭证号数", "摘要", "税法规定的归集金额", "人员人工费用"]
_BACK = ["明细编号", "金额（元）", "结果"]
_DEAL = [
    "合同登记编号",
    "合同登记日期",
    "项目名称",
    "合同类别",
    "合同成交总额",
    "技术交易额",
    "卖方名称",
    "买方名称",
]

ENTRANCES: tuple[Entrance, ...] = (
    Entrance("企业年度数据", "没有企业这一列", "年报.xlsx", _xlsx(["年度", "销售收入", "职工"], [2025, 1, 2]), "没有找到“企业名称”", _firm),
    Entrance("企业年度数据", "没有年度", "年报.csv", _csv(_FIRM[:1] + _FIRM[2:], ["甲", 1, 2]), "没有“年度”这一列", _firm),
    Entrance("企业年度数据", "逗号放错", "年报.csv", _csv(_FIRM, ["甲", 2025, "1,2", 30]), "不是数字", _firm),
    Entrance("企业年度数据", "人数写成金额", "年报.csv", _csv(_FIRM, ["甲", 2025, "120万元", "3万元"]), "不是数字", _firm),
    Entrance("企业年度数据", "末列是没有算过的公式", "年报.xlsx", _xlsx(_FIRM, ["甲", 2025, 1, "=10+20"]), "没有它的计算结果", _firm),
    Entrance("企业年度数据", "年度不是年份", "年报.csv", _csv(_FIRM, ["甲", "去年", "1", "2"]), "不是年度", _firm),
    Entrance("创新券发放名单", "列名不对", "名单.xlsx", _xlsx(["单位名称", "联系人"], ["甲", "乙"]), "没有找到发放名单的列名", _roster),
    Entrance("创新券发放名单", "两列都像金额", "名单.csv", _csv(["单位名称", "金额", "额度"], ["甲", 1, 2]), "都像金额", _roster),
    Entrance("创新券发放名单", "金额是没有算过的公式", "名单.xlsx", _xlsx(_LIST, ["甲", "=1+1"]), "没有它的计算结果", _roster),
    Entrance("创新券发放名单", "金额读不出", "名单.csv", _csv(_LIST, ["甲", "二万"]), "看不懂金额", _roster),
    Entrance("创新券发放名单", "超过 2,000 行", "名单.csv", _csv(_LIST, *[["甲", 1]] * 2001), "拆成几个文件", _roster),
    Entrance("研发支出辅助账", "找不到表头", "辅助账.xlsx", _xlsx(["甲", "乙"], [1, 2]), "没有找到辅助账的表头", _rd),
    Entrance("研发支出辅助账", "只有表头", "辅助账.csv", _csv(_RD), "下面没有凭证", _rd),
    Entrance("研发支出辅助账", "金额是没有算过的公式", "辅助账.xlsx", _xlsx(_RD, ["2026-03-01", "12", "示例", "=1+1", 5]), "没有它的计算结果", _rd),
    Entrance("研发支出辅助账", "逗号放错", "辅助账.csv", _csv(_RD, ["2026-03-01", "12", "示例", "10,0", "100"]), "不是数字", _rd),
    Entrance("拨付回单", "列名不对", "回单.csv", _csv(["甲", "乙"], [1, 2]), "没有找到列名", _receipt),
    Entrance("拨付回单", "一笔也没有", "回单.csv", _csv(_BACK), "没有一笔结果", _receipt),
    Entrance("拨付回单", "金额是没有算过的公式", "回单.xlsx", _xlsx(_BACK, ["拨付-1", "=1+1", "成功"]), "没有它的计算结果", _receipt),
    Entrance("拨付回单", "差一分钱", "回单.csv", _csv(_BACK, ["拨付-1", "49,999.99", "成功"]), "应为 50,000", _receipt),
    Entrance("拨付回单", "别的批次的编号", "回单.csv", _csv(_BACK, ["拨付-9", "1", "成功"]), "不在本批次", _receipt),
    Entrance("拨付回单", "没有编号", "回单.csv", _csv(_BACK, ["", "50,000.00", "成功"]), "没有明细编号", _receipt),
    Entrance("合同年度台账", "列名都认不出", "台账.xlsx", _xlsx(["甲", "乙", "丙"], [1, 2, 3]), "合同登记编号", _contracts),
    Entrance("合同年度台账", "缺必填的列", "台账.csv", _csv(_DEAL[:4], ["1", "2026-01-01", "示例", "技术开发"]), "缺少必填的列", _contracts),
    Entrance("合同年度台账", "金额是没有算过的公式", "台账.xlsx", _xlsx(_DEAL, ["2026340300000001", "2026-01-01", "示例", "技术开发", "=1+1", 5, "甲", "乙"]), "没有它的计算结果", _contracts),
)  # fmt: skip
