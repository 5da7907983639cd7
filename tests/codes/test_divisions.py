"""Places: digits, names, and what people write."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.codes.divisions import (
    Level,
    all_divisions,
    chain_of,
    children,
    full_code,
    is_within,
    level_of,
    locate,
    parent_of,
    prefix_of,
    resolve,
    short_name,
    town_kind,
)


@pytest.mark.parametrize(
    ("code", "level", "kind"),
    [
        ("210000000000", Level.PROVINCE, ""),
        ("210300000000", Level.CITY, ""),
        ("210302000000", Level.COUNTY, ""),
        ("210302003000", Level.TOWN, "街道"),
        ("210381104205", Level.VILLAGE, "镇"),
    ],
)
def test_the_level_is_read_from_the_digits(code, level, kind):
    assert level_of(code) is level
    assert town_kind(code) == kind


def test_the_chain_of_a_village_ends_at_its_province():
    assert parent_of("210302003201") == "210302003000"
    assert chain_of("210381104205") == ["210381104000", "210381000000", "210300000000", "210000000000"]


def test_a_scope_is_a_prefix():
    assert prefix_of("340323000000") == "340323"
    assert is_within("340323100000", "340323")
    assert is_within("340323100000", "340300000000")
    assert not is_within("340321000000", "340323")
    assert is_within("110101000000", "")


@settings(deadline=None)  # the first example opens the packed tables
@given(st.integers(10**11, 10**12 - 1).map(str))
def test_every_code_lies_within_its_ancestors_and_they_grow_shorter(code):
    lengths = [len(prefix_of(ancestor)) for ancestor in chain_of(code)]
    assert all(is_within(code, ancestor) for ancestor in chain_of(code))
    assert lengths == sorted(set(lengths), reverse=True)


@pytest.mark.parametrize("wrong", ["", "34032", "三四", "3403230000000"])
def test_a_code_of_the_wrong_length_is_refused_with_the_value(wrong):
    with pytest.raises(ValueError, match="区划代码应为"):
        full_code(wrong)


def test_every_shipped_division_has_its_parent_and_lies_in_it():
    codes = {row.code: row for row in all_divisions()}
    orphans = [row.code for row in codes.values() if row.parent and row.parent not in codes]
    assert len(codes) > 44_000
    assert orphans == []
    assert all(row.full_name.endswith(row.name) for row in codes.values() if not row.is_virtual)


@pytest.mark.parametrize(
    "written", ["固镇县", "蚌埠市固镇县", "安徽省蚌埠市固镇县", "固镇", "安徽 蚌埠 固镇", "340323"]
)
def test_an_officer_may_write_a_county_in_any_usual_way(written):
    found = resolve(written)
    assert found.division is not None
    assert found.division.code == "340323000000"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("北京市朝阳区", "110105000000"),
        ("东莞市", "441900000000"),
        ("广东省东莞市", "441900000000"),
        ("嘉峪关市", "620200000000"),
        ("吉林", "220000000000"),
        ("广西", "450000000000"),
        ("湖北恩施州", None),
        ("河南省济源市", "419001000000"),
        ("固镇县谷阳镇", "340323100000"),
        ("湖北省省直辖县级行政区划仙桃市", "429004000000"),
        ("新疆维吾尔自治区石河子市石河子市", "659001000000"),
    ],
)
def test_municipalities_and_odd_places_are_found(written, code):
    found = resolve(written)
    assert (found.division.code if found.division else None) == code


def test_a_name_that_two_places_share_comes_back_as_a_question():
    found = resolve("朝阳区")
    assert found.division is None
    assert {row.code for row in found.candidates} == {"110105000000", "220104000000"}


def test_a_zone_is_known_by_its_short_name_inside_its_city():
    zone = resolve("高新区", within="3403").division
    assert zone is not None
    assert (zone.code, zone.is_virtual) == ("340371000000", True)
    assert resolve("蚌埠市高新区").division == zone
    assert resolve("固镇县", within="3401").division is None


def test_what_nobody_knows_is_handed_back():
    assert resolve("火星市").rest == "火星市"
    assert resolve("").division is None


def test_an_address_gives_its_place_and_the_rest():
    found = locate("安徽省蚌埠市固镇县谷阳路 1 号")
    assert found.division is not None
    assert (found.division.name, found.rest) == ("固镇县", "谷阳路1号")


def test_a_municipality_shows_its_districts_without_the_placeholder():
    names = [row.name for row in children("110000000000")]
    assert "东城区" in names
    assert "市辖区" not in names
    assert [row.code[:2] for row in children("")] == sorted(row.code[:2] for row in children(""))


@pytest.mark.parametrize(
    ("name", "short"),
    [("固镇县", "固镇"), ("恩施土家族苗族自治州", "恩施"), ("内蒙古自治区", "内蒙古"), ("杞县", "杞县")],
)
def test_short_names_are_what_people_say(name, short):
    assert short_name(name) == short


@settings(deadline=None)  # the first example opens the packed tables
@given(st.text(max_size=20))
def test_any_text_gets_one_kind_of_answer(text):
    found = resolve(text)
    assert not (found.division and found.candidates)
    assert len(found.candidates) != 1


def test_the_places_of_ten_thousand_real_enterprises_are_found(shared_dir):
    path = shared_dir / "data" / "enterprises" / "companies.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    written = {
        f"{row['province']}{row['city']}{row['county']}"
        for row in rows
        if row["county"] and row["county"] != "-"
    }
    found = [place for place in written if resolve(place).division]
    assert len(found) / len(written) > 0.85
