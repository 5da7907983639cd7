"""Figures of a firm: entered once, corrected with a reason, read back as the rule books ask."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.firm.actions import (
    default_expiry,
    keep_facts,
    keep_figures,
    keep_right,
    keep_title,
    move_firm,
    revoke_title,
)
from keqiao.firm.enums import FigureSource, RightKind, TitleKind
from keqiao.firm.facts import facts_of, facts_of_all
from keqiao.firm.models import YearFigure
from keqiao.people.models import User
from tests.factories.firm import a_firm

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)


def test_an_officer_enters_a_year_and_the_rules_read_it_back(county_officer: User) -> None:
    firm = a_firm()

    kept = keep_figures(
        firm=firm, year=2025, values={"sales": "4200", "rd_deduct": "300.5", "staff": 80, "profit": None},
        by=county_officer, source=FigureSource.AUDIT, source_note="2025 年审计报告",
    )  # fmt: skip
    facts = facts_of(firm, ON)

    assert (kept.new, kept.corrected, kept.same) == (3, 0, 0)
    assert facts["sales"] == Decimal(4200)
    assert facts["rd_deduct"] == Decimal("300.5")
    assert facts["staff"] == 80
    assert isinstance(facts["staff"], int)
    assert "profit" not in facts
    assert facts["data_year"] == 2025
    assert facts["founded_on"] == "2015-04-01"
    assert facts["region"] == "340323"


def test_figures_of_earlier_years_carry_a_suffix_and_other_years_are_unknown() -> None:
    firm = a_firm(year=2025, sales=3000, sales_1=2000, sales_3=1000)

    facts, later = facts_of(firm, ON), facts_of(firm, dt.date(2027, 1, 5))

    assert [facts.get(name) for name in ("sales", "sales_1", "sales_2", "sales_3")] == [
        3000,
        2000,
        None,
        1000,
    ]
    assert "sales" not in later
    assert later["sales_1"] == 3000


def test_a_correction_needs_a_reason_and_leaves_what_was_there_as_history(county_officer: User) -> None:
    firm = a_firm(year=2025, sales=3000)

    with pytest.raises(BadInput, match="更正理由"):
        keep_figures(firm=firm, year=2025, values={"sales": 3100}, by=county_officer)
    kept = keep_figures(firm=firm, year=2025, values={"sales": 3100}, by=county_officer, reason="审计调整")
    again = keep_figures(firm=firm, year=2025, values={"sales": 3100}, by=county_officer)

    assert (kept.corrected, again.same, again.written) == (1, 1, 0)
    history = YearFigure.objects.filter(enterprise=firm, name="sales").order_by("pk")
    assert [one.value for one in history] == [3000, 3100]
    assert [one.replaced_at is None for one in history] == [False, True]
    assert facts_of(firm, ON)["sales"] == 3100
    entry = AuditEntry.objects.filter(action="firm.figures_kept").order_by("-seq")[0]
    assert entry.changes == {"sales": ["3000", "3100"]}
    assert entry.reason == "审计调整"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sales": "很多"}, "不是数字"), ({"staff": "10.5"}, "整数"), ({"rd_deduct": -1}, "不能是负数"),
        ({"founded_on": 1}, "不是企业年度数据"), ({"sales": "1e13"}, "太大"), ({"nonsense": 1}, "不是企业年度数据"),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_is_refused_and_nothing_is_written(
    values: dict[str, object], words: str
) -> None:
    firm = a_firm()

    with pytest.raises(BadInput, match=words):
        keep_figures(firm=firm, year=2025, values={"total_income": 5} | values, by=None)

    assert not YearFigure.objects.exists()


@pytest.mark.parametrize("year", [1899, 2099])
def test_a_year_that_cannot_have_figures_is_refused(year: int) -> None:
    with pytest.raises(BadInput, match="年度"):
        keep_figures(firm=a_firm(), year=year, values={"sales": 1}, by=None)


def test_a_firm_has_no_figures_of_years_before_it_existed() -> None:
    with pytest.raises(BadInput, match=r"2015-04-01 成立，没有 2014 年的数据"):
        keep_figures(firm=a_firm(), year=2014, values={"sales": 1}, by=None)


def test_profit_may_be_below_zero() -> None:
    firm = a_firm(profit=-30)

    assert facts_of(firm, ON)["profit"] == -30


def test_officers_of_other_counties_and_other_firms_write_nothing(
    other_county_officer: User, stranger: User
) -> None:
    firm = a_firm()

    for who in (other_county_officer, stranger):
        with pytest.raises(NotAllowed):
            keep_figures(firm=firm, year=2025, values={"sales": 1}, by=who)


def test_a_firm_writes_its_own_figures_and_gives_itself_no_title(enterprise_user: User) -> None:
    firm = a_firm(organisation=enterprise_user.organisation)

    keep_figures(firm=firm, year=2025, values={"sales": 1}, by=enterprise_user, source=FigureSource.FIRM)
    with pytest.raises(NotAllowed, match="科技局"):
        keep_title(firm=firm, by=enterprise_user, kind=TitleKind.HNTE, issued_on=ON)

    assert facts_of(firm, ON)["sales"] == 1


def test_what_a_firm_has_holds_until_something_else_is_written_or_for_its_year() -> None:
    firm = a_firm()

    keep_facts(firm=firm, values={"accidents": "否"}, year=2025, by=None)
    keep_facts(firm=firm, values={"conversions": 6, "platforms": ["city"]}, by=None)
    keep_facts(firm=firm, values={"conversions": 7, "equity_2y": "1200.5"}, by=None)

    now, next_year = facts_of(firm, ON), facts_of(firm, dt.date(2027, 5, 1))
    assert (now["accidents"], now["conversions"], now["platforms"]) == (False, 7, ["city"])
    assert now["equity_2y"] == Decimal("1200.5")
    assert "accidents" not in next_year
    assert next_year["conversions"] == 7


def test_what_other_tables_hold_is_not_entered_as_a_fact() -> None:
    with pytest.raises(BadInput):
        keep_facts(firm=a_firm(), values={"ip1": 4}, by=None)


def test_titles_count_from_their_issue_to_their_last_day_and_not_after_being_revoked(
    county_officer: User,
) -> None:
    firm = a_firm()
    hnte = keep_title(firm=firm, by=county_officer, kind=TitleKind.HNTE, issued_on=dt.date(2023, 12, 8))
    keep_title(firm=firm, by=county_officer, kind=TitleKind.TECH_SME, issued_on=dt.date(2026, 6, 20))

    assert hnte.expires_on == dt.date(2026, 12, 7)
    assert facts_of(firm, dt.date(2026, 12, 7))["titles"] == ["hnte", "tech_sme"]
    assert facts_of(firm, dt.date(2026, 12, 8))["titles"] == ["tech_sme"]
    assert facts_of(firm, dt.date(2023, 12, 7))["titles"] == []
    revoke_title(title=hnte, by=county_officer, on=dt.date(2026, 3, 1), reason="年报两次未报")
    after = facts_of(firm, dt.date(2026, 3, 1))
    assert after["titles"] == []
    assert after["ever_hnte"] is True
    with pytest.raises(NotAllowed, match="已于"):
        revoke_title(title=hnte, by=county_officer, on=dt.date(2026, 3, 1), reason="再来一次")


def test_whether_a_firm_was_ever_hnte_is_unknown_where_no_title_was_ever_kept() -> None:
    assert "ever_hnte" not in facts_of(a_firm(), ON)


@pytest.mark.parametrize(
    ("kind", "issued", "ends"),
    [
        (TitleKind.TECH_SME, dt.date(2026, 7, 1), dt.date(2026, 12, 31)),
        (TitleKind.HNTE, dt.date(2024, 2, 29), dt.date(2027, 2, 28)),
        (TitleKind.LISTED, dt.date(2024, 2, 29), None),
    ],
)
def test_a_title_without_an_end_gets_the_usual_one(kind: str, issued: dt.date, ends: dt.date | None) -> None:
    assert default_expiry(kind, issued) == ends


def test_rights_are_counted_by_class_while_they_are_valid(county_officer: User) -> None:
    firm = a_firm()
    for kind, acquired, number, granted, expires in (
        (RightKind.INVENTION, "own", "ZL1", dt.date(2020, 1, 1), dt.date(2040, 1, 1)),
        (RightKind.INVENTION, "transfer", "ZL2", dt.date(2019, 1, 1), None),
        (RightKind.INVENTION, "own", "ZL3", dt.date(2005, 1, 1), dt.date(2025, 1, 1)),
        (RightKind.SOFTWARE, "own", "SR1", dt.date(2025, 1, 1), None),
        (RightKind.UTILITY, "own", "ZL4", dt.date(2018, 1, 1), dt.date(2028, 1, 1)),
    ):
        keep_right(firm=firm, by=county_officer, kind=kind, title=number, number=number, acquired_by=acquired,
                   granted_on=granted, expires_on=expires, is_applied=True)  # fmt: skip

    facts = facts_of(firm, ON)
    assert {name: facts[name] for name in ("ip1", "ip2", "ip1_own", "ip1_core", "ip_recent", "ip_own")} == {
        "ip1": 2, "ip2": 2, "ip1_own": 1, "ip1_core": 1, "ip_recent": 1, "ip_own": True,
    }  # fmt: skip
    assert facts_of(firm, dt.date(2019, 6, 1))["ip1"] == 2  # ZL2 and ZL3, which was alive then
    with pytest.raises(BadInput, match="已经登记过"):
        keep_right(firm=firm, by=county_officer, kind=RightKind.DESIGN, title="重号", number="ZL1")


def test_a_firm_whose_rights_nobody_asked_about_has_unknown_ones() -> None:
    assert "ip1" not in facts_of(a_firm(), ON)


def test_a_firm_that_moves_is_found_in_its_new_county(bureau_officer: User) -> None:
    firm = a_firm()

    move_firm(firm=firm, to_code="340321", on=dt.date(2024, 7, 1), by=bureau_officer, note="迁入怀远")

    firm.refresh_from_db()
    assert firm.division_code == "340321000000"
    assert [(one.division_code[:6], one.until) for one in firm.residences.all()] == [
        ("340323", dt.date(2024, 7, 1)), ("340321", None),
    ]  # fmt: skip


def test_all_firms_come_in_a_few_queries_a_chunk_and_archived_ones_do_not() -> None:
    firms = [a_firm(year=2025, sales=100 + n, staff=10) for n in range(4)]
    type(firms[3]).objects.filter(pk=firms[3].pk).update(status="archived")

    with CaptureQueriesContext(connection) as captured:
        rows = list(facts_of_all(ON))

    assert [(name, facts["sales"]) for _, name, facts in rows] == [
        (firm.title, 100 + n) for n, firm in enumerate(firms[:3])
    ]
    assert rows[0][0] == str(firms[0].public_id)
    assert rows[0][2] == facts_of(firms[0], ON)
    assert len(captured) == 6  # two reads of firms, four of their facts
