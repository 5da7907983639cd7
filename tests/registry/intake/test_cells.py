"""What officers type becomes money, dates, indicators and codes; nothing they type breaks the reader."""

import datetime as dt
import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.registry.intake.amounts import chinese_number, read_money
from keqiao.registry.intake.cells import clean, one_line, read_cell
from keqiao.registry.intake.dates import Precision, read_when
from keqiao.registry.intake.fields import FieldSpec, Parse
from keqiao.registry.intake.kinds import DEMAND, EXPERT, KINDS
from keqiao.registry.intake.metrics import read_metrics

ANY_CELL = st.one_of(
    st.none(),
    st.text(max_size=80),
    st.text(
        alphabet="0123456789.,-~年月日万亿元千百十一二三面议以上不超过＝=+@'\"（）()≥≤%个长期 \n", max_size=30
    ),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
)
ANY_FIELD = st.sampled_from([one for spec in KINDS.values() for one in spec.fields])


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(ANY_FIELD, ANY_CELL, st.sampled_from(["", "万元", "元", "亿元"]))
def test_no_cell_breaks_a_reader_and_every_finding_speaks(spec: FieldSpec, cell, unit: str):
    read = read_cell(spec, cell, unit=unit, match_name=lambda key, text: None)

    for problem in read.problems:
        assert problem.code
        assert problem.message.isprintable()
        assert problem.message.endswith("。")


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.decimals(min_value=0, max_value=900_000, places=2))
def test_an_amount_written_in_any_unit_comes_back(wan: Decimal):
    yuan = wan * 10_000

    assert read_money(f"{wan}万元").yuan == yuan
    assert read_money(f"{wan:,}").yuan == yuan
    assert read_money(f"¥{yuan:,.2f}元", "万元").yuan == yuan
    assert read_money(yuan, "元").yuan == yuan
    assert read_money(f"不超过{wan}万元").high_yuan == yuan


def _in_chinese(number: int) -> str:
    """A number below 10,000 as it is written by hand."""
    digits, parts, gap = "零一二三四五六七八九", "", False
    for step, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // step % 10
        if digit:
            parts += ("零" if gap and parts else "") + digits[digit] + name
        gap = not digit
    return parts or "零"


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.integers(1, 9999), st.integers(0, 9999))
def test_a_number_in_chinese_comes_back(upper: int, lower: int):
    gap = "零" if 0 < lower < 1000 else ""

    assert chinese_number(_in_chinese(upper)) == upper
    assert chinese_number(f"{_in_chinese(upper)}万{gap}{_in_chinese(lower) if lower else ''}") in (
        upper * 10_000 + lower,
        upper * 10_000 + lower * 1000,  # 一万二 is 12,000
    )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1,200万", 12_000_000, 12_000_000),
        ("一百二十万元", 1_200_000, 1_200_000),
        ("壹佰贰拾万元整", 1_200_000, 1_200_000),
        ("十万亿元", 10**13, 10**13),
        ("三百五", 3_500_000, 3_500_000),
        ("12.5万元", 125_000, 125_000),
        ("１２０", 1_200_000, 1_200_000),
        ("50-100万元", 500_000, 1_000_000),
        ("50万元至1亿元", 500_000, 100_000_000),
        ("1亿2000万元", 120_000_000, 120_000_000),
        ("80万以上", 800_000, None),
        ("100万元以内", None, 1_000_000),
        ("3000元", 3_000, 3_000),
        ("1.2E+03", 12_000_000, 12_000_000),
        ("面议", None, None),
    ],
)
def test_a_budget_is_understood_as_the_officer_meant_it(text: str, low: int | None, high: int | None):
    money = read_money(text)

    assert money is not None
    assert (money.low_yuan, money.high_yuan) == (low, high)
    assert money.is_open == (text == "面议")
    assert money.text == text


@pytest.mark.parametrize(
    "text", ["若干", "100万美元", "万", "12.34.56", "很多很多钱", "2026年6月30日", "1e99"]
)
def test_what_is_no_sum_of_ours_is_not_guessed(text: str):
    assert read_money(text) is None


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.dates(dt.date(1950, 1, 1), dt.date(2099, 12, 31)))
def test_a_day_in_any_spelling_comes_back(day: dt.date):
    serial = (day - dt.date(1899, 12, 30)).days
    spellings = [
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month:02}/{day.day:02}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year} 年 {day.month} 月 {day.day} 号",
        f"{day:%Y%m%d}",
        f"{day.isoformat()} 00:00:00",
        str(serial),
    ]
    for spelling in [*spellings, serial, day, float(serial)]:
        when = read_when(spelling)
        assert when is not None, spelling
        assert (when.on, when.precision) == (day, Precision.DAY), spelling


@pytest.mark.parametrize(
    ("text", "last", "first"),
    [
        ("2026.6", "2026-06-30", "2026-06-01"),
        ("2026年6月底", "2026-06-30", "2026-06-01"),
        ("2026年", "2026-12-31", "2026-01-01"),
        ("2026年上半年", "2026-06-30", "2026-01-01"),
        ("2026年第三季度", "2026-09-30", "2026-07-01"),
        ("二〇二六年六月", "2026-06-30", "2026-06-01"),
        ("2026.1-2027.12", "2027-12-31", "2026-01-01"),
        ("202602", "2026-02-28", "2026-02-01"),
        ("2026年12月31日前", "2026-12-31", "2026-12-31"),
    ],
)
def test_a_month_ends_a_deadline_and_begins_a_date(text: str, last: str, first: str):
    deadline, date = read_when(text, is_deadline=True), read_when(text)

    assert deadline is not None
    assert date is not None
    assert str(deadline.on) == last
    assert str(date.on) == first


@pytest.mark.parametrize(
    ("text", "months"),
    [("18个月", 18), ("一年半", 18), ("合同签订后12个月内", 12), ("2年", 24), ("半年", 6), ("90天", 3)],
)
def test_a_deadline_may_be_a_length_of_time(text: str, months: int):
    when = read_when(text, is_deadline=True)

    assert when is not None
    assert (when.on, when.months) == (None, months)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "26.6.30", "明年", "尽快", "2026年0月"])
def test_a_day_that_does_not_exist_is_not_moved_to_another(text: str):
    assert read_when(text, is_deadline=True) is None


def test_long_term_is_no_date_but_an_answer():
    assert read_when("长期有效").precision is Precision.OPEN


def test_indicators_are_taken_apart_and_their_sentence_kept():
    first, second = read_metrics("识别率≥95%；单果采摘不超过6秒")

    assert first.as_dict() == {
        "name": "识别率",
        "operator": "≥",
        "value": "95",
        "unit": "%",
        "text": "识别率≥95%",
    }
    assert (second.name, second.operator, second.value, second.unit) == ("单果采摘", "≤", "6", "秒")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1.寿命10年以上；2、粒度为5-10μm", [("寿命", "≥", "10", "年"), ("粒度", "=", "5~10", "μm")]),
        ("纯度≥99.99%，得率不低于85%", [("纯度", "≥", "99.99", "%"), ("得率", "≥", "85", "%")]),
        ("处理时间 < 3 s", [("处理时间", "<", "3", "s")]),
        ("提高品质，降低成本", [("", "", "", "")]),
    ],
)
def test_indicators_in_other_words(text: str, wanted: list[tuple[str, str, str, str]]):
    assert [(one.name, one.operator, one.value, one.unit) for one in read_metrics(text)] == wanted


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.text(max_size=300))
def test_reading_indicators_loses_no_sentence_with_a_number_and_never_fails(text: str):
    for metric in read_metrics(text):
        assert metric.text in text or metric.text.strip() in text


@settings(deadline=None)  # a busy machine is no fault of the reader
@given(st.text())
def test_clean_text_is_clean_for_good(text: str):
    once = clean(text)

    assert (
        clean(once) == once or "\\" in once
    )  # \\n may leave a new \n behind; it is cleaned at the next reading
    assert not any(char in once for char in "\x00\x07\u200b\ufeff\u202e\r")
    assert once == once.strip()
    once.encode("utf-8")


def test_what_excel_and_databases_leave_in_a_text_is_mended():
    assert clean("第一行\\n第二行_x000D_\n第三行\u200b\r\n") == "第一行\n第二行\n\n第三行"
    assert one_line("蚌埠\n市  科技局 A  B") == "蚌埠市科技局 A B"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (13800138000, "13800138000"),
        (13800138000.0, "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("+86-13800138000", "13800138000"),
        ("０４７８－８２６２０１３", "0478-8262013"),
        ("(0478)8262013", "0478-8262013"),
        ("13800138000/13900139000", "13800138000、13900139000"),
    ],
)
def test_a_telephone_number_survives_excel(cell: object, value: str):
    read = read_cell(DEMAND.field("contact_phone"), cell)

    assert (read.value, read.problems) == (value, [])


def _lists(list_key: str, text: str) -> str | None:
    return {
        ("field11", "新材料"): "05",
        ("field11", "生物、医药和医疗器械"): "04",
        ("field11", "05"): "05",
        ("gbt4754", "0511"): "0511",
        ("maturity_market", "通过中试"): "pilot",
        ("maturity_trl9", "TRL7"): "7",
    }.get((list_key, text))


def test_a_name_with_separators_inside_is_one_name():
    read = read_cell(DEMAND.field("fields"), "新材料、生物、医药和医疗器械；元宇宙", match_name=_lists)

    assert read.value == ("05", "04")
    assert [problem.code for problem in read.problems] == ["code.unknown"]


def test_a_leading_zero_that_excel_ate_is_put_back_with_a_hint():
    fields = read_cell(DEMAND.field("fields"), 5, match_name=_lists)
    industry = read_cell(DEMAND.field("industry"), 511, match_name=_lists)

    assert (fields.value, industry.value) == (("05",), "0511")
    assert [problem.code for problem in fields.problems + industry.problems] == ["code.leading-zero"] * 2


def test_a_maturity_is_looked_up_in_every_scale():
    spec = KINDS["achievement"].field("maturity")

    assert read_cell(spec, "通过中试", match_name=_lists).value == "pilot"
    assert read_cell(spec, "TRL7", match_name=_lists).value == "maturity_trl9:7"


@pytest.mark.parametrize("text", ["-20℃低温性能", "+5V供电", "-OH(羟基)改性", "=5mm", "@张三", "－10至40度"])
def test_a_text_that_only_looks_odd_is_let_in(text: str):
    read = read_cell(DEMAND.field("content"), text)

    assert (read.value, read.problems) == (text, [])


@pytest.mark.parametrize(
    "cell", [None, "", " ", "/", "无", "暂无", "N/A", "－", math.nan, "未提供。", "\u3000"]
)
@pytest.mark.parametrize("parse", list(Parse))
def test_an_empty_cell_is_no_value_and_no_fault(cell: object, parse: Parse):
    read = read_cell(FieldSpec("x", "某项", parse), cell)

    assert (read.value, read.problems) == (None, [])


def test_a_guarded_text_loses_its_guard():
    assert read_cell(DEMAND.field("content"), "'-20℃低温").value == "-20℃低温"


def test_names_are_split_and_counted_once():
    read = read_cell(KINDS["work"].field("authors"), "张三;李四；张三、王五")

    assert read.value == ("张三", "李四", "王五")
    assert read_cell(EXPERT.field("research"), "石墨烯, 电池材料；储能").value == ("石墨烯, 电池材料", "储能")


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("=CH2 基团与纤维表面的羟基反应，形成交联。", True),
        ("-COOH 含量提高到 2.1 mmol/g。", True),
        ("=3+2 的配比", True),
        ("=cmd|' /C calc'!A0", False),
        ('＝HYPERLINK("http://x")', False),
        ("@SUM(1)", True),
    ],
)
def test_running_text_may_begin_with_an_equals_sign_but_starts_no_program(text: str, is_taken: bool):
    prose, line = FieldSpec("content", "内容", Parse.PROSE), FieldSpec("title", "名称", Parse.TEXT)

    refused = [p.code for p in read_cell(prose, text).problems if p.is_error]
    assert refused == ([] if is_taken else ["cell.formula-text"])
    if text[0] != "-":
        assert [p.code for p in read_cell(line, text).problems if p.is_error] == ["cell.formula-text"]
