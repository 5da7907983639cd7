"""The checks of the ledger and of the statistics' forms. No database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from keqiao.rd.integrity import Header, Row, ledger_findings
from keqiao.rd.quality import ActivityForm, ProjectForm, change_findings, form_findings
from keqiao.rd.statistics import floor_for, quality_findings

HEADER = Header(date(2024, 1, 1), date(2024, 12, 31), "总办〔2024〕3 号")
ROW = Row(date(2024, 3, 5), "记", "12", Decimal(1000), Decimal(800), {"c1": Decimal(800)}, "第 2 行")
D = Decimal


def words(rows: list[Row], header: Header = HEADER) -> list[tuple[bool, str]]:
    return [(one.is_error, one.words) for one in ledger_findings(rows, header)]


def test_a_sound_ledger_has_nothing_to_say() -> None:
    assert words([ROW, replace(ROW, voucher_number="13", voucher_on=date(2024, 12, 31))]) == []


@pytest.mark.parametrize(
    ("row", "header", "is_error", "said"),
    [
        (replace(ROW, parts={"c1": D(700)}), HEADER, True, "之和 700"),
        (replace(ROW, tax=D(1001), parts={"c2": D(1001)}), HEADER, True, "大于会计凭证"),
        (replace(ROW, voucher_on=date(2025, 1, 1)), HEADER, True, "不在项目期间"),
        (replace(ROW, voucher_on=date(2023, 12, 31)), HEADER, True, "不在项目期间"),
        (replace(ROW, tax=D(-5), parts={"c1": D(-5)}), HEADER, False, "负数"),
        (ROW, replace(HEADER, approval=" "), True, "立项"),
        (ROW, replace(HEADER, is_registered=False), True, "没有登记"),
    ],
)
def test_each_check_says_what_is_wrong(row: Row, header: Header, is_error: bool, said: str) -> None:
    found = words([row], header)
    assert [one[0] for one in found] == [is_error]
    assert said in found[0][1]


def test_a_voucher_number_counts_once_a_project_and_monthly_numbering_is_only_asked_about() -> None:
    same_month = words([ROW, replace(ROW, voucher_on=date(2024, 3, 30))])
    other_month = words([ROW, replace(ROW, voucher_on=date(2024, 4, 5))])
    assert (same_month[0][0], other_month[0][0]) == (True, False)
    assert words([ROW, replace(ROW, voucher_kind="付")]) == []


# -- forms 107 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (ActivityForm(total=D(100), parts={"按来源": {"政府": D(30), "企业": D(69)}}), "按来源"),
        (ActivityForm(staff=10, full_time=D("10.1")), "折合全时当量"),
        (ActivityForm(government=D(11), intramural=D(10)), "政府资金"),
        (ActivityForm(institutions=0, institution_staff=3), "机构人员"),
        (ActivityForm(projects=(ProjectForm("甲", 2, D("24.5"), D(10)),)), "24.5 人月"),
        (ActivityForm(projects=(ProjectForm("甲", 2, D(24), D(10), D(11)),)), "项目经费"),
    ],
)
def test_each_rule_of_the_forms_points_at_its_contradiction(form: ActivityForm, said: str) -> None:
    found = form_findings(form)
    assert len(found) == 1
    assert found[0].is_error
    assert said in found[0].words + found[0].place


def test_bounds_of_the_forms_hit_exactly_are_fine() -> None:
    form = ActivityForm(
        D(100),
        {"按类型": {"试验发展": D(100)}},
        10,
        D(10),
        D(10),
        D(10),
        0,
        0,
        (ProjectForm("甲", 2, D(24), D(10), D(10)),),
    )
    assert form_findings(form) == []
    assert form_findings(ActivityForm()) == []


def test_a_change_beyond_half_or_none_at_all_is_asked_about() -> None:
    assert change_findings("研发费用", D(150), D(100)) == []
    assert "+51%" in change_findings("研发费用", D(151), D(100))[0].words
    assert "-51%" in change_findings("研发费用", D(49), D(100))[0].words
    assert "照抄" in change_findings("研发费用", D(100), D(100))[0].words
    assert change_findings("研发费用", D(0), D(0)) == []
    assert change_findings("研发费用", None, D(100)) == []
    assert "上年为 0" in change_findings("研发费用", D(1), D(0))[0].words


def test_figures_of_a_firm_are_read_with_the_same_rules() -> None:
    found = quality_findings({"rd_stat": 500, "main_income": 400, "rd_staff": 12, "staff": 10})
    assert [one.is_error for one in found] == [True, True]
    assert quality_findings({}) == []


def test_the_city_of_the_document_has_its_own_floors_and_every_other_is_to_be_checked() -> None:
    bengbu = floor_for("activity", "340323000000", date(2026, 1, 1))
    other = floor_for("institution", "640300000000", date(2026, 1, 1))
    assert bengbu
    assert other
    assert (bengbu.floor_wan, bengbu.scope) == (10_000, "规上制造业")
    assert (other.floor_wan, other.scope, other.verify) == (50_000, "规上工业", True)
    assert floor_for("activity", "340323000000", date(2021, 1, 1)) is None
