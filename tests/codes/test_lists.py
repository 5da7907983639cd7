"""Code lists: shipped, read, matched."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.codes import lists
from keqiao.codes.lists import Changes, Item

SMALL = [key for key in lists.list_keys() if not lists.info(key).packed_only]


@pytest.mark.parametrize("key", SMALL)
def test_every_list_has_a_source_and_a_sound_tree(key):
    about = lists.info(key)
    items = lists.items(key)
    codes = {item.code for item in items}
    assert about.name
    assert about.source
    assert about.version
    assert len(codes) == len(items) > 0
    assert all(item.parent in codes for item in items if item.parent)


@pytest.mark.parametrize("key", SMALL)
def test_no_written_form_stands_for_two_codes(key):
    seen: dict[str, str] = {}
    for item in lists.items(key):
        for alias in item.aliases:
            assert seen.setdefault(lists.fold(alias), item.code) == item.code, alias


@pytest.mark.parametrize(
    ("key", "levels"),
    [("gbt4754", (20, 97, 473, 1381)), ("hitech", (8, 52, 254)), ("field11", (11,)), ("nation", (56,))],
)
def test_the_standard_lists_are_whole(key, levels):
    counts = [sum(item.level == level for item in lists.items(key)) for level in range(1, len(levels) + 1)]
    assert tuple(counts) == levels


def test_the_classification_of_patents_is_read_by_code_and_by_step():
    assert len(lists.packed("ipc")) == 77_237
    assert [item.code for item in lists.path("ipc", "A01B1/02")] == [
        "A",
        "A01",
        "A01B",
        "A01B1/00",
        "A01B1/02",
    ]
    assert "A01B" in {item.code for item in lists.children("ipc", "A01")}
    assert len(lists.tree("ipc", depth=2)) == 8
    with pytest.raises(ValueError, match="depth"):
        lists.tree("ipc")


@pytest.mark.parametrize(
    ("key", "written", "code"),
    [
        ("field11", "生物医药和医疗器械", "04"),
        ("field11", "生物、医药和医疗器械技术", "04"),
        ("field11", " ０９ ", "09"),
        ("field11", "09 农业", "09"),
        ("field11", "09 环保", None),
        ("field11", "占星", None),
        ("gbt4754", "C3411", "3411"),
        ("gbt4754", "A3411", None),
        ("gbt4754", "Ｃ27 医药制造业", "27"),
        ("hitech", "10203", "1.2.3"),
        ("gbt13745", "520.20", "52020"),
        ("ipc", "a01b 1/02", "A01B1/02"),
        ("nation", "土家", "15"),
        ("cooperation_way", "合作（联合）开发", "joint"),
    ],
)
def test_what_people_write_becomes_a_code_or_nothing(key, written, code):
    assert lists.match_name(key, written) == code


@settings(deadline=None)  # the first example opens the packed tables
@given(st.sampled_from([(key, item) for key in SMALL[:20] for item in lists.items(key)]))
def test_a_name_is_found_in_full_width_too(pair):
    key, item = pair
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in item.name)
    assert unicodedata.normalize("NFKC", wide)
    assert lists.label(key, lists.match_name(key, wide) or "") == item.name


@pytest.mark.parametrize(
    ("code", "section", "sector"),
    [
        ("2770", "C", "第二产业"),
        ("6510", "I", "第三产业"),
        ("7320", "M", "第三产业"),
        ("0511", "A", "第三产业"),
        ("0111", "A", "第一产业"),
        ("4330", "C", "第三产业"),
        ("1110", "B", "第三产业"),
        ("9999", "", ""),
    ],
)
def test_the_section_and_the_sector_of_an_industry(code, section, sector):
    assert lists.section_letter(code) == section
    assert lists.sector(code) == sector


def test_the_same_number_means_two_things_in_two_editions():
    assert lists.label("reg2011", "110") == "国有企业"
    assert lists.label("reg2023", "110") == "有限责任公司"
    assert lists.item("reg2011", "110").extra["reg2023"] == "131"


@pytest.mark.parametrize("key", ["maturity_trl9", "maturity_gbt22900"])
def test_every_maturity_level_maps_to_the_market_and_the_registration_and_is_to_be_verified(key):
    for item in lists.items(key):
        assert item.verify
        assert lists.item("maturity_market", item.extra["market"])
        assert lists.item("maturity_stage", item.extra["stage"])


def test_a_closed_item_is_not_offered_but_keeps_its_name():
    changes = Changes(closed={"field11": frozenset({"08"})})
    assert "08" not in dict(lists.choices("field11", changes=changes))
    assert lists.label("field11", "08", changes=changes) == "核应用"


def test_what_an_officer_added_is_offered_and_understood():
    changes = Changes(
        aliases={"field11": {lists.fold("乡村振兴"): "09"}},
        added={"event_kind": (Item("salon", "技术沙龙"),)},
    )
    assert lists.match_name("field11", "乡村 振兴", changes=changes) == "09"
    assert lists.match_name("event_kind", "技术沙龙", changes=changes) == "salon"
    assert lists.label("event_kind", "salon", changes=changes) == "技术沙龙"


def test_an_unknown_list_names_those_that_exist():
    with pytest.raises(lists.UnknownList, match="field11"):
        lists.items("no_such_list")


def test_an_unknown_code_is_shown_as_it_is():
    assert lists.label("field11", "77") == "77"
    assert lists.label("field11", "") == ""
