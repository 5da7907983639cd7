"""A firm keeps its ledger: rows in, a year's deduction out, and the files of the tax office."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from openpyxl import Workbook, load_workbook

from keqiao.contract.enums import ContractClass, Side, State
from keqiao.contract.models import Contract, ContractParty
from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.models import User
from keqiao.rd.actions import add_lines, header_of, remove_line, save_project, save_year
from keqiao.rd.contracts import registered_contract
from keqiao.rd.models import RdLine
from keqiao.rd.money import rounded
from keqiao.rd.sheets import HEADINGS, read_lines, write_2015, write_2021, write_template
from keqiao.rd.summary import year_summary, years_of
from tests.factories.rd import a_line, a_project, a_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def overseas(enterprise_user: User) -> Contract:
    """A registered development contract of the firm with a German institute."""
    contract = Contract.objects.create(
        number="合同-2024-0001", owner=enterprise_user.organisation, project_name="热封层开发", declared_class=ContractClass.DEV,
        status=State.REGISTERED, total_amount=Decimal(600_000), created_by=enterprise_user,
    )  # fmt: skip
    ContractParty.objects.create(contract=contract, side=Side.SELLER, name="Institut", country="DEU")
    ContractParty.objects.create(
        contract=contract, side=Side.BUYER, organisation=enterprise_user.organisation, name="甲"
    )
    return contract


def test_a_year_of_the_ledger_gives_the_worked_example(enterprise_user: User) -> None:
    for items, other in (("880000", "120000"), ("840000", "80000")):
        a_line(a_project(enterprise_user), enterprise_user, c1=items, c6=other)

    found = year_summary(enterprise_user.organisation, 2024)

    assert found.deduction
    assert rounded(found.deduction.base / 10_000) == Decimal("191.11")  # T1
    assert found.is_sound
    assert years_of(enterprise_user.organisation) == [2024]
    assert year_summary(enterprise_user.organisation, 2023).projects == ()


def test_a_row_that_does_not_add_up_is_refused_whole_by_the_room_and_by_the_database(
    enterprise_user: User,
) -> None:
    project = a_project(enterprise_user)
    good, bad = a_row("1", c1="100"), a_row("2", c1="100", tax="90")
    with pytest.raises(BadInput, match="第 2 行"):
        add_lines(project=project, rows=[good, bad], by=enterprise_user)
    with pytest.raises(BadInput, match="大于会计凭证"):
        a_line(project, enterprise_user, c1="100", booked="99")
    assert RdLine.objects.count() == 0
    line = a_line(project, enterprise_user, c1="100")
    with pytest.raises(IntegrityError), transaction.atomic():
        RdLine.objects.filter(pk=line.pk).update(c2=1)


def test_nobody_but_the_firm_reads_or_writes_its_books(
    enterprise_user: User, stranger: User, bureau_officer: User
) -> None:
    project = a_project(enterprise_user)
    with pytest.raises(NotFound):
        a_line(project, stranger, c1="1")
    with pytest.raises(NotAllowed, match="企业自己的账"):
        a_project(bureau_officer)
    with pytest.raises(NotAllowed):
        save_year(firm=enterprise_user.organisation, year=2024, values={}, by=stranger)


def test_a_period_cannot_leave_its_rows_behind_and_a_stale_page_changes_nothing(
    enterprise_user: User,
) -> None:
    project = a_project(enterprise_user)
    a_line(project, enterprise_user, c1="1")
    values = {
        "number": "RD01",
        "name": "热封",
        "form": "own",
        "treatment": "expensed",
        "starts_on": dt.date(2024, 4, 1),
    }
    with pytest.raises(BadInput, match="1 行凭证"):
        save_project(project=project, values=values, by=enterprise_user)
    with pytest.raises(NotAllowed, match="有人改过"):
        save_project(project=project, values=values, by=enterprise_user, version=9)
    with pytest.raises(BadInput, match="RD01"):
        a_project(enterprise_user, number="RD01")


def test_a_removed_row_stays_in_the_audit_trail(enterprise_user: User) -> None:
    line = a_line(a_project(enterprise_user), enterprise_user, c1="1234")
    remove_line(line=line, by=enterprise_user)
    assert "1234" in str(AuditEntry.objects.get(action="rd_line.removed").changes)


def test_capitalised_cost_enters_in_the_year_the_asset_is_formed(enterprise_user: User) -> None:
    project = a_project(enterprise_user, treatment="capitalised", formed_on=dt.date(2025, 6, 1))
    a_line(project, enterprise_user, c1="300000")
    a_line(project, enterprise_user, "2", dt.date(2025, 2, 1), c2="200000")
    firm = enterprise_user.organisation

    first, second = year_summary(firm, 2024), year_summary(firm, 2025)

    assert first.deduction
    assert second.deduction
    assert (first.deduction.base, second.deduction.base) == (0, 500_000)


def test_an_overseas_commission_counts_once_its_contract_is_registered(
    enterprise_user: User, overseas: Contract, stranger: User
) -> None:
    firm = enterprise_user.organisation
    assert firm
    a_line(a_project(enterprise_user), enterprise_user, c1="6000000", domestic="1000000")
    project = a_project(enterprise_user, form="commissioned", contract_number="合同-没有")
    a_line(project, enterprise_user, overseas="6000000")
    before = year_summary(firm, 2024)
    assert before.deduction
    assert before.deduction.base == 6_800_000
    assert any("没有登记" in one.words for _, one in before.findings)

    project.contract_number = overseas.number
    project.save(update_fields=["contract_number"])

    after = year_summary(firm, 2024)
    assert after.deduction
    assert after.deduction.base == Fraction(6_800_000) * 5 / 3  # T3
    assert after.is_sound
    answer = registered_contract(overseas.number, firm.pk)
    assert (answer.holds, answer.amount_yuan) == (True, 600_000)
    assert stranger.organisation
    assert not registered_contract(overseas.number, stranger.organisation.pk).is_found
    Contract.objects.update(status=State.REVOKED)
    assert "还没有登记" in registered_contract(overseas.number, firm.pk).words


def test_special_income_and_the_firms_kind_are_taken_from_its_year(enterprise_user: User) -> None:
    firm = enterprise_user.organisation
    assert firm
    a_line(a_project(enterprise_user), enterprise_user, c1="400000")
    save_year(
        firm=firm,
        year=2024,
        values={"kinds": ["ic", "nonsense"], "special_income": Decimal(100_000)},
        by=enterprise_user,
    )

    found = year_summary(firm, 2024)

    assert found.facts.kinds == ["ic"]
    assert found.deduction
    assert (found.deduction.base, found.deduction.extra) == (300_000, 360_000)


# -- files ----------------------------------------------------------------------------------------------------------


def a_file(*rows: list[object], headings: tuple[str, ...] = HEADINGS) -> bytes:
    book, out = Workbook(), BytesIO()
    sheet = book.active
    assert sheet
    sheet.append(["某公司研发支出辅助账"])
    sheet.append(list(headings))
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def test_rows_of_a_file_are_read_and_every_fault_is_named(enterprise_user: User) -> None:
    project = a_project(enterprise_user)
    body = a_file(
        [dt.date(2024, 3, 5), "记", 12, "工资", 1000, 1000, 1000],
        ["2024年3月6日", "付", "13", "材料", "2,000.50", 2000.5, None, 2000.5],
        [dt.date(2024, 3, 7), "记", 14, "差旅", 100, 90, None, None, None, None, None, 80],
        ["三月八日", "记", 15, "会议", 100, "一百"],
        ["合计", None, None, None, 3100.5],
    )

    rows = read_lines(body, "辅助账.xlsx", header_of(project))

    assert [(one.number, bool(one.problems)) for one in rows] == [
        (3, False),
        (4, False),
        (5, True),
        (6, True),
    ]
    assert rows[1].values["tax"] == Decimal("2000.50")
    assert "之和 80" in rows[2].problems[0]
    assert "三月八日" in rows[3].problems[0]
    made = add_lines(
        project=project, rows=[one.values for one in rows[:2]], by=enterprise_user, source="辅助账.xlsx"
    )
    assert sum(one.tax for one in made) == Decimal("3000.50")


def test_a_file_without_the_headings_says_which_are_needed(enterprise_user: User) -> None:
    project = a_project(enterprise_user)
    with pytest.raises(BadInput, match="凭证日期"):
        read_lines(a_file([1, 2], headings=("甲", "乙")), "x.xlsx", header_of(project))


def test_the_template_is_read_back(enterprise_user: User) -> None:
    out = BytesIO()
    write_template(out)
    book = load_workbook(out)
    book.active.append([dt.date(2024, 5, 1), "记", "1", "工资", 10, 10, 10])  # type: ignore[union-attr]
    filled = BytesIO()
    book.save(filled)

    rows = read_lines(filled.getvalue(), "模板.xlsx", header_of(a_project(enterprise_user)))

    assert [one.problems for one in rows] == [()]


def test_the_years_files_carry_the_same_sums_in_both_styles(enterprise_user: User) -> None:
    a_line(a_project(enterprise_user), enterprise_user, c1="880000", c6="120000")
    found = year_summary(enterprise_user.organisation, 2024)
    for write, sheets in ((write_2021, 3), (write_2015, 2)):
        out = BytesIO()
        write(found, out)
        book = load_workbook(out)
        assert len(book.sheetnames) == sheets
        values = [cell.value for row in book["辅助账汇总表"].iter_rows() for cell in row]
        assert 97777.78 in values  # the cap: 880000 / 9
        assert 977777.78 in values
