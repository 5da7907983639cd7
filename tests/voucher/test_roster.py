"""Lists of who gets vouchers, pasted or from a file; and who may have one at all (V-01)."""

import datetime as dt
from io import BytesIO

import pytest
from django.db import transaction

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.models import Organisation, User
from keqiao.registry.intake.workbook import write_xlsx
from keqiao.rules.shelf import shipped
from keqiao.voucher import issuing
from keqiao.voucher.eligibility import standing
from keqiao.voucher.issuing import check_list, digest_of, issue
from keqiao.voucher.models import Voucher, VoucherEntry
from keqiao.voucher.roster import read_roster, typed_lines
from keqiao.voucher.terms import terms_on
from tests.factories.people import OrganisationFactory
from tests.factories.voucher import BENGBU, YEAR, a_year, at, roster

DAY = dt.date(2026, 11, 20)
_SMALL = {
    "data_year": 2025, "titles": [], "founded_on": "2015-01-01", "staff": 20, "tech_staff": 8, "sales": 1000, "assets": 900,
    "rd_expense": 100, "cost": 700, "region": "340323",
}  # fmt: skip


def test_pasted_lines_keep_commas_inside_sums_and_numbers_of_lines() -> None:
    text = "单位名称　金额\n\n甲公司, 20,000\n乙 公司\t1,200,000\t团队\n91340304DEM000501A 5万 企业\n丙公司\n丁公司\t\t企业\n戊公司\t\t3,000"
    assert [(one.number, one.key, one.amount, one.kind) for one in typed_lines(text)] == [
        (3, "甲公司", "20,000", ""), (4, "乙 公司", "1,200,000", "团队"), (5, "91340304DEM000501A", "5万", "企业"),
        (6, "丙公司", "", ""), (7, "丁公司", "", "企业"), (8, "戊公司", "3,000", ""),
    ]  # fmt: skip


def test_a_workbook_is_read_by_its_headings_whatever_stands_above_and_below() -> None:
    out = BytesIO()
    rows = [["91340304DEM000501A", "甲公司", 2, "张三"], ["", "乙公司", "1.5", ""], ["合计", "", 3.5, ""]]
    write_xlsx(
        ["社会信用代码", "企业名称", "核定额度（万元）", "经办"], rows, out, title="发放名单", note="2026 年"
    )

    found = read_roster(out.getvalue(), "名单.xlsx")

    assert [(one.key, one.amount, one.name) for one in found.lines] == [
        ("91340304DEM000501A", "2万", "甲公司"), ("乙公司", "1.5万", "乙公司"),
    ]  # fmt: skip
    assert found.unread == ("经办",)
    assert [one.key for one in typed_lines(found.text)] == ["91340304DEM000501A", "乙公司"]


def test_a_list_in_gb18030_is_read() -> None:
    content = '单位名称,金额（元）,对象\n甲公司,"20,000",企业\n乙公司,5000,团队\n'.encode("gb18030")
    assert [(one.number, one.amount) for one in read_roster(content, "名单.csv").lines] == [
        (2, "20,000"),
        (3, "5000"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("单位名称,联系人\n甲,乙\n", "没有找到发放名单的列名"),
        ("单位名称,金额,额度\n甲,1,2\n", "都像金额"),
        ("单位名称,金额\n", "下面没有数据"),
        ("单位名称,金额\n" + "甲,1\n" * 2001, "拆成几个文件"),
    ],
)
def test_a_list_that_cannot_be_read_says_what_is_missing_and_the_mend(content: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refusal:
        read_roster(content.encode(), "名单.csv")
    assert "请" in refusal.value.message
    assert "keqiao load" not in refusal.value.message


@pytest.mark.parametrize(
    ("place", "changes", "refusal", "doubt"),
    [
        (
            "340323000000",
            {"titles": ["tech_sme"], "staff": 900},
            "",
            "",
        ),  # what is certified is not judged again
        ("340323000000", {"staff": 501}, "职工", ""),
        ("340323000000", {"assets": None}, "", "数据也不够判断"),
        ("150800000000", {"titles": ["tech_sme"]}, "登记在巴彦淖尔市", ""),
    ],
)
def test_a_voucher_is_for_tech_smes_of_the_place(
    place: str, changes: dict[str, object], refusal: str, doubt: str
) -> None:
    facts = {key: value for key, value in (_SMALL | changes).items() if value is not None}
    found = standing(place, BENGBU, facts, terms_on(BENGBU, DAY), shipped("tech_sme").on(DAY), DAY)
    assert (refusal in found.refusal, bool(found.refusal)) == (True, bool(refusal)), found
    assert (doubt in found.doubt, bool(found.doubt)) == (True, bool(doubt)), found
    if refusal:
        assert "先在企业档案里" in found.refusal
        assert "国科发政〔2017〕115号" in found.article


@pytest.mark.django_db
def test_what_was_not_shown_is_not_issued_and_a_break_in_the_middle_leaves_nothing(
    bureau_officer: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    year = a_year(bureau_officer)
    one, other = OrganisationFactory(), OrganisationFactory()
    lines = roster([one.name, "20000"], [other.name, "5000"])
    seen = digest_of(check_list(year, lines, dt.date(YEAR, 2, 1)))
    entries = VoucherEntry.objects.count()

    issue(programme=year, lines=roster([one.name, "490000"]), purpose="", by=bureau_officer, now=at(2, 1))
    with pytest.raises(NotAllowed, match="另一位工作人员"):  # the first now stands against the yearly cap
        issue(programme=year, lines=lines, purpose="", seen=seen, by=bureau_officer, now=at(2, 1))

    def killed(firm: Organisation, *_: object) -> None:
        if firm == other:
            raise SystemExit

    monkeypatch.setattr(issuing, "tell_firm", killed)
    with pytest.raises(SystemExit), transaction.atomic():
        issue(programme=year, lines=roster([one.name, "2000"], [other.name, "5000"]), purpose="", by=bureau_officer, now=at(2, 1))  # fmt: skip
    assert Voucher.objects.count() == 1
    assert VoucherEntry.objects.count() == entries + 1
