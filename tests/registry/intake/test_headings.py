"""An officer's headings are understood however they are written."""

import pytest

from keqiao.codes.lists import info
from keqiao.registry.intake.fields import Parse
from keqiao.registry.intake.headings import recognise, remap, unit_of
from keqiao.registry.intake.kinds import KINDS


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("需求名称", "title"),
        ("技术需求名称*", "title"),
        ("需求题目（必填）", "title"),
        ("联 系 人", "contact_name"),
        ("联系　电话", "contact_phone"),
        ("联系\n方式", "contact_phone"),
        ("投入预算（万元）", "budget"),
        ("预算[万元]", "budget"),
        ("拟投入资金（单位：万元）", "budget"),
        ("３．需求内容", "content"),
        ("（二）现有基础", "foundation"),
        ("所在县（市、区）", "division"),
        ("企业名称（盖章）", "organisation"),
        ("E-mail", "contact_email"),
        ("联系人 / 姓名", "contact_name"),
        ("联系方式 / 手机号", "contact_phone"),
        ("主要技术指标（参数）", "metrics"),
        ("贵企业拟解决的主要技术问题", "content"),
        ("title", "title"),
    ],
)
def test_a_heading_of_a_demand_table_is_understood(heading: str, key: str):
    assert recognise([heading], "demand").columns == {0: key}


@pytest.mark.parametrize("spec", KINDS.values(), ids=lambda spec: spec.kind)
def test_the_headings_of_our_own_templates_are_understood_and_tell_the_kind(spec):
    headings = [one.label + ("（万元）" if one.parse is Parse.MONEY else "") for one in spec.fields]

    mapping = recognise(headings)

    assert mapping.kind == spec.kind
    assert [mapping.columns[index] for index in range(len(headings))] == [one.key for one in spec.fields]
    assert (mapping.unknown, mapping.missing, mapping.confidence) == ((), (), 1.0)


def test_a_column_of_row_numbers_is_neither_used_nor_unknown():
    mapping = recognise(["序号", "需求名称", "幸运色"], "demand")

    assert mapping.columns == {1: "title"}
    assert mapping.unknown == (2,)
    assert mapping.missing == ("需求单位", "需求内容")


def test_two_columns_do_not_claim_one_field():
    assert recognise(["联系电话", "手机", "需求名称"], "demand").columns == {0: "contact_phone", 2: "title"}


def test_a_guess_by_likeness_is_marked_as_a_doubt():
    mapping = recognise(["需求名称", "本单位对合作方式的想法"], "demand")

    assert mapping.columns[1] == "cooperation_modes"
    assert 0.6 < mapping.doubts[1] < 0.9


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("预算（万元）", "万元"),
        ("金额/元", "元"),
        ("价格(单位：亿元)", "亿元"),
        ("预算", ""),
        ("经费千元", "千元"),
    ],
)
def test_the_unit_of_money_is_read_from_the_heading(heading: str, unit: str):
    assert unit_of(heading) == unit


def test_an_officer_corrects_the_mapping():
    mapping = remap(["甲", "乙（元）"], "demand", {0: "title", 1: "budget"})

    assert mapping.units == {1: "元"}
    assert mapping.missing == ("需求单位", "需求内容")
    with pytest.raises(KeyError):
        remap(["甲"], "demand", {0: "no_such_field"})


@pytest.mark.parametrize("spec", KINDS.values(), ids=lambda spec: spec.kind)
def test_every_coded_field_names_code_lists_that_exist(spec):
    for one in spec.fields:
        for list_key in filter(None, one.code_list.split("|")):
            assert list_key == "division" or info(list_key).name


def test_who_can_be_reached_is_personal():
    for spec in KINDS.values():
        for one in spec.fields:
            if one.parse in (Parse.PHONE, Parse.EMAIL) or one.key in (
                "contact_name",
                "legal_representative",
                "team",
            ):
                assert one.personal, (spec.kind, one.key)
