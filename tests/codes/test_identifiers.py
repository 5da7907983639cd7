"""Numbers that people write."""

import gzip
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao.codes.identifiers import (
    USCC_ALPHABET,
    check_citizen_id,
    check_doi,
    check_email,
    check_ipc,
    check_patent_number,
    check_phone,
    check_uscc,
    citizen_check_character,
    organisation_check_character,
    patent_check_character,
    patent_kind,
    uscc_check_character,
)

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "91512081MA62K0260E", "11100000000013063F", "9131000063159284XQ"]
)
def test_a_code_from_a_real_licence_passes(code):
    assert check_uscc(code).level == "ok"


@pytest.mark.parametrize(("code", "expected"), [("91310115MA1G4L1WXK", "7"), ("91350211M0000XUF46", "R")])
def test_an_issued_code_with_a_wrong_check_character_is_a_warning_that_names_the_right_one(code, expected):
    checked = check_uscc(code)
    assert checked.level == "warning"
    assert f"应为“{expected}”" in checked.message
    assert checked.is_usable


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("91350100M000100Y4Z", "第 18 位"),
        ("9151208IMA62K0260E", "第 8 位"),
        ("9151208", "是 7 位"),
        ("", "是 0 位"),
    ],
)
def test_a_code_that_cannot_exist_is_refused_with_the_place(code, place):
    checked = check_uscc(code)
    assert checked.level == "error"
    assert place in checked.message


def test_a_code_is_stored_in_capitals_half_width_and_without_blanks():
    assert check_uscc(" ９１５１２０８１-ma62k0260e ").value == "91512081MA62K0260E"


def test_a_department_that_calls_itself_an_enterprise_is_asked():
    as_enterprise = check_uscc("11100000000013063F", unit_kind="30")
    as_department = check_uscc("11100000000013063F", unit_kind="10")
    assert as_enterprise.level == "warning"
    assert "单位性质" in as_enterprise.message
    assert as_department.level == "ok"


def test_the_organisation_part_has_its_own_check_character():
    assert organisation_check_character("MA62K026") == "0"
    assert organisation_check_character("00001306") == "3"


@settings(deadline=None)  # the first example opens the packed tables
@given(st.text(USCC_ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(USCC_ALPHABET))
def test_one_mistyped_character_never_keeps_the_check_character(first17, place, other):
    typed = first17[:place] + other + first17[place + 1 :]
    same = uscc_check_character(typed) == uscc_check_character(first17)
    assert same == (typed == first17)


@settings(deadline=None)  # the first example opens the packed tables
@given(st.text(max_size=30))
def test_any_text_gets_an_answer_from_every_check(text):
    answers = [
        check(text)
        for check in (check_uscc, check_phone, check_email, check_patent_number, check_ipc, check_doi)
    ]
    answers.append(check_citizen_id(text, today=TODAY))
    assert all(bool(answer.message) == (answer.level != "ok") for answer in answers)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "370101190102039973"])
def test_citizen_numbers_of_the_standard_have_their_check_character(number):
    assert citizen_check_character(number[:17]) == number[17]


def test_a_citizen_number_is_read_with_a_small_x():
    assert check_citizen_id("11010519491231002x", today=TODAY).value == "11010519491231002X"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("110105491231002", "15 位旧号码"),
        ("110105194913310021", "不是真实日期"),
        ("110105194912310021", "校验不符"),
        ("440524188001010014", "出生日期"),
        ("11010520991231002X", "出生日期"),
    ],
)
def test_an_impossible_citizen_number_is_refused_without_repeating_it(number, said):
    checked = check_citizen_id(number, today=TODAY)
    assert checked.level == "error"
    assert said in checked.message
    assert number not in checked.message


def test_a_number_from_an_abolished_region_is_only_a_warning():
    assert check_citizen_id("370101190102039973", today=TODAY).level == "warning"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("+86 138 1234 5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("(0552)3112345", "0552-3112345"),
        ("05523112345", "0552-3112345"),
        ("010-12345678转801", "010-12345678-801"),
    ],
)
def test_a_telephone_number_is_stored_one_way(written, stored):
    checked = check_phone(written)
    assert (checked.value, checked.level) == (stored, "ok")


@pytest.mark.parametrize("written", ["12345678901", "1381234567", "电话待补", "3112345"])
def test_a_wrong_telephone_number_is_refused(written):
    assert check_phone(written).level == "error"


def test_an_address_with_full_width_signs_is_mended_and_one_without_a_domain_refused():
    assert check_email("kj＠Example。CN").value == "kj@example.cn"
    assert check_email("kj@ab").level == "error"
    assert check_email("张三@example.cn").level == "error"
    assert check_email(f"{'a' * 250}@example.cn").level == "error"


@pytest.mark.parametrize(
    ("written", "stored", "level"),
    [
        ("ZL 2023 1 0012345.8", "ZL202310012345.8", "ok"),
        ("2023100123458", "202310012345.8", "ok"),
        ("202310012345", "202310012345.8", "warning"),
        ("202310012345.7", "202310012345.7", "warning"),
        ("CN115287488A", "115287488A", "error"),
        ("202340012345.1", "202340012345", "error"),
    ],
)
def test_a_patent_number_is_checked_and_mended(written, stored, level):
    checked = check_patent_number(written)
    assert (checked.value, checked.level) == (stored, level)


@settings(deadline=None)  # the first example opens the packed tables
@given(st.text("0123456789", min_size=12, max_size=12))
def test_a_number_that_was_completed_passes_when_it_comes_back(digits):
    checked = check_patent_number(digits)
    if checked.level != "error":
        assert check_patent_number(checked.value).level == "ok"
        assert checked.value.endswith(patent_check_character(digits))


def test_the_kind_of_a_patent_is_read_from_its_number():
    assert patent_kind("ZL202310012345.8") == "11"
    assert patent_kind("202320012345.8") == "12"
    assert patent_kind("1234") == ""


@pytest.mark.parametrize(
    ("written", "stored", "level"),
    [
        ("a01b 1/02", "A01B1/02", "ok"),
        ("A61K 31/00(2006.01)", "A61K31/00", "ok"),
        ("A01B", "A01B", "ok"),
        ("A01Z", "A01Z", "warning"),
        ("农业", "农业", "error"),
    ],
)
def test_an_ipc_symbol_is_written_one_way_and_looked_up(written, stored, level):
    checked = check_ipc(written)
    assert (checked.value, checked.level) == (stored, level)


def test_a_doi_loses_its_resolver():
    assert check_doi("https://doi.org/10.1000/Xyz").value == "10.1000/xyz"
    assert check_doi("10-1000").level == "error"


def test_nearly_every_code_of_ten_thousand_real_enterprises_passes(shared_dir):
    path = shared_dir / "data" / "enterprises" / "companies.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        levels = [check_uscc(json.loads(line)["credit_code"]).level for line in lines]
    assert levels.count("error") == 0
    assert levels.count("warning") == 1
