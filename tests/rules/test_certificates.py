"""The numbers on certificates tell a year, a place and when the firm filed."""

from keqiao.rules.certificates import hnte_number, tech_sme_number


def test_a_tech_sme_number_tells_its_year_place_and_that_an_older_firm_filed_from_june() -> None:
    number = tech_sme_number("2025640200A0001234")

    assert (number.year, number.region, number.flag, number.serial) == (2025, "640200", "A", "0001234")
    assert number.meaning == "入库年度之前成立，6月1日以后提交自评信息"
    assert number.warning == ""


def test_an_unusual_number_is_warned_about_and_not_refused() -> None:
    number = tech_sme_number("2025640200C0001234")

    assert number.year is None
    assert "2025640200C0001234" in number.warning


def test_a_certificate_number_tells_the_year_and_province() -> None:
    number = hnte_number("GR 202212000934")

    assert (number.year, number.region, number.warning) == (2022, "12", "")
    assert hnte_number("GR20221200").warning
