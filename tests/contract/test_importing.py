"""The national list in and out: nothing is lost, nothing counted twice, what does not fit comes back red."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from keqiao.contract import registering
from keqiao.contract.importing import import_list
from keqiao.contract.models import LedgerEntry, LedgerImport
from keqiao.contract.national import HEADINGS, class_of, write_national
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.models import User
from keqiao.registry.intake.refusals import BadFile
from tests.contract.test_registering import SAID, claimed, registered
from tests.factories.contract import ledger_entry
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
HEAD = ["序号", "合同登记编号", "登记日期", "合同名称", "合同类别", "合同成交总额", "技术交易额", "技术领域", "卖方名称", "卖方所在地",
        "卖方信用代码", "买方名称", "买方所在地"]  # fmt: skip
GOOD = [1, "2024340301000007", date(2024, 5, 6), "低温染色工艺开发", "技术开发（委托开发）", 1_200_000, 1_000_000.5, "先进制造", "示例大学",
        "340302", "123400004850000000", "示例印染有限公司", "固镇县"]  # fmt: skip


def book_of(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (head, *rows):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(**changes: Any) -> list[Any]:
    names = {
        "no": 1,
        "on": 2,
        "name": 3,
        "kind": 4,
        "total": 5,
        "tech": 6,
        "field": 7,
        "seller": 8,
        "uscc": 10,
    }
    found = list(GOOD)
    for name, value in changes.items():
        found[names[name]] = value
    return found


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


def taken(content: bytes, by: User) -> LedgerImport:
    return import_list(content=content, name="2024年度.xlsx", by=by)


def counts(batch: LedgerImport) -> tuple[int, ...]:
    return (
        batch.read_count,
        batch.new_count,
        batch.changed_count,
        batch.same_count,
        batch.rejected_count,
    )


def test_a_row_becomes_a_line_in_yuan_with_codes(registrar: User) -> None:
    assert counts(taken(book_of(GOOD), registrar)) == (1, 1, 0, 0, 0)
    entry = LedgerEntry.objects.get()
    assert (entry.total_fen, entry.tech_fen) == (120_000_000, 100_000_050)
    assert (entry.class_code, entry.subclass, entry.field11) == ("DEV", "DEV-ENTRUST", "03")
    assert (entry.seller_division, entry.buyer_division) == ("340302000000", "340323000000")
    assert (entry.source, entry.registrar_place) == ("national", "3403")


def test_the_same_list_a_second_time_changes_nothing_and_a_mended_row_is_taken_over(registrar: User) -> None:
    taken(book_of(GOOD, row(no="2024340301000008")), registrar)
    again = taken(book_of(GOOD, row(no="2024340301000008", tech=900_000)), registrar)
    assert counts(again) == (2, 0, 1, 1, 0)
    assert LedgerEntry.objects.get(reg_no="2024340301000008").tech_fen == 90_000_000


def test_a_heading_may_name_its_unit(registrar: User) -> None:
    head = [
        "合同成交总额（万元）"
        if one == "合同成交总额"
        else "技术交易额(万元)"
        if one == "技术交易额"
        else one
        for one in HEAD
    ]
    taken(book_of(row(total=120, tech=100.5), head=head), registrar)
    assert LedgerEntry.objects.get().tech_fen == 100_500_000


BAD = [
    row(no="2024-340301"),
    row(no="2024340301000011", kind="设备采购合同"),
    row(no="2024340301000012", tech=1_300_000),
    row(no="2024340301000013", on=date(2099, 1, 1)),
    row(no="2024340301000014", field="炼丹术"),
    row(no="2024340301000015", seller=None),
    row(no="2024340301000007"),
]


def test_bad_rows_come_back_red_and_the_counts_add_up(registrar: User) -> None:
    batch = taken(book_of(GOOD, *BAD), registrar)
    assert counts(batch) == (8, 1, 0, 0, 7)
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(batch.rejected_file)))["待改正的行"]
    red = [cell for line in sheet.iter_rows() for cell in line if cell.fill.fgColor.rgb == "00FBDDD7"]
    assert len(red) == 7
    said = " ".join(cell.comment.text for cell in red if cell.comment)
    for words in (
        "14 位或 16 位",
        "设备采购合同",
        "大于合同成交总额",
        "还没有到",
        "炼丹术",
        "必填",
        "第 2 行已有",
    ):
        assert words in said


def test_our_own_registration_is_never_overwritten(registrar: User, institute_user: User) -> None:
    done = registered(institute_user, registrar)
    assert done.decided_on is not None
    mine = row(no=done.reg_no, on=done.decided_on, total=1_000_000, tech=1_000_000)
    assert counts(taken(book_of(mine), registrar)) == (1, 0, 0, 1, 0)
    other = row(no=done.reg_no, on=done.decided_on, total=1_000_000, tech=700_000)
    batch = taken(book_of(other), registrar)
    assert counts(batch) == (1, 0, 0, 0, 1)
    assert LedgerEntry.objects.get().tech_fen == 100_000_000


def test_our_next_number_begins_after_the_numbers_on_the_list(registrar: User, institute_user: User) -> None:
    year = date.today().year  # noqa: DTZ011  the number's year is today's
    taken(
        book_of(
            row(no=f"{year}340301000042", on=date(year, 1, 2)),
            row(no=f"{year}340399000077", on=date(year, 1, 2)),
        ),
        registrar,
    )
    contract = claimed(institute_user, registrar)
    done = registering.register_contract(contract=contract, by=registrar, approved=SAID)
    assert done.reg_no == f"{year}340301000043"


def test_an_identity_number_in_the_code_column_is_not_kept(registrar: User) -> None:
    taken(book_of(row(uscc="340302197001010013x")), registrar)
    assert LedgerEntry.objects.get().seller_uscc == ""


def test_a_table_without_the_needed_columns_is_refused_whole(registrar: User) -> None:
    with pytest.raises(BadFile, match="技术交易额"):
        taken(book_of(GOOD, head=["技术要点" if one == "技术交易额" else one for one in HEAD]), registrar)
    assert not LedgerImport.objects.exists()
    with pytest.raises(BadInput, match="来源"):
        import_list(content=book_of(GOOD), name="x.xlsx", by=registrar, source="own")
    with pytest.raises(NotAllowed, match="登记员"):
        taken(book_of(GOOD), UserFactory(enterprise=True))


def test_what_is_written_out_is_read_in_as_the_same(registrar: User, institute_user: User) -> None:
    done = registered(institute_user, registrar)
    ledger_entry(
        ip_type="11", plan_source="X", objective="10", seller_type="022", kind="LIC", subclass="LIC-PATENT", pay_method="lump",
        sign_on=date(2026, 3, 1), others={"seller_is_listed": True, "new_output": "500000"},
    )  # fmt: skip
    out = io.BytesIO()
    assert write_national(LedgerEntry.objects.all(), out, title="技术合同登记表") == 2
    batch = taken(out.getvalue(), registrar)
    assert counts(batch) == (2, 0, 0, 2, 0), openpyxl.load_workbook(io.BytesIO(bytes(batch.rejected_file)))
    sheet = openpyxl.load_workbook(out)["技术合同登记表"]
    assert [cell.value for cell in sheet[3]] == list(HEADINGS)
    assert done.reg_no in [cell.value for cell in sheet["A"]]


@pytest.mark.parametrize(
    ("text", "code"),
    [("技术开发合同", ("DEV", "")), ("技术开发(委托开发)", ("DEV", "DEV-ENTRUST")), ("技术服务合同", ("SRV", "")),
     ("专利实施许可", ("LIC", "LIC-PATENT")), ("买卖", None)],
)  # fmt: skip
def test_the_class_is_read_from_its_names(text: str, code: tuple[str, str] | None) -> None:
    assert class_of(text) == code


def test_sums_keep_their_fen() -> None:
    entry = LedgerEntry(total_fen=123, tech_fen=100)
    assert (entry.total_yuan, entry.tech_yuan) == (Decimal("1.23"), Decimal("1"))
