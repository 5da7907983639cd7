"""What cities report: 输出, 吸纳, both sums, what is counted twice; every figure is the sum of the lines behind it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from keqiao.contract import registering, statistics
from keqiao.contract.models import LedgerEntry
from keqiao.contract.statistics import (
    MEASURES,
    Cut,
    cut_from,
    entries,
    figures,
    growth,
    totals_by_measure,
    totals_of,
)
from keqiao.people.models import User
from tests.contract.test_registering import registered
from tests.factories.contract import BEIJING, GUZHEN, HOME, HUAIYUAN, ledger_entry
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
YEAR = Cut("3403", date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31))


@pytest.fixture
def a_city() -> None:
    """Two contracts within the city, one sold away, two bought from away, one that only passed our desk."""
    ledger_entry(sold=HOME, bought=GUZHEN, yuan=1_000_000, tech_yuan=800_000)
    ledger_entry(sold=GUZHEN, bought=HUAIYUAN, yuan=500_000, on=date(2026, 5, 6), kind="SRV", field11="07")
    ledger_entry(sold=HOME, bought=BEIJING, yuan=2_000_000, on=date(2026, 5, 7), kind="TRF", field11="")
    ledger_entry(
        sold=BEIJING,
        bought=HOME,
        yuan=4_000_000,
        reg_no="20261101010000 1".replace(" ", ""),
        registrar_place="1101",
    )
    ledger_entry(sold=BEIJING, bought=GUZHEN, yuan=3_000_000, kind="LIC", registrar_place="1101")
    ledger_entry(sold=BEIJING, bought=BEIJING, yuan=9_000_000)


def test_what_stays_in_the_city_counts_once_as_output_and_once_as_absorption(a_city: None) -> None:
    found = figures(YEAR)
    counts = {key: found.totals[key].count for key in MEASURES}
    assert counts == {
        "registered": 4, "output": 3, "absorbed": 4, "intra": 2, "output_away": 1, "absorbed_from": 2, "distinct": 5,
    }  # fmt: skip
    assert found.totals["output"].total_wan == Decimal("350.00")
    assert found.totals["output"].tech_wan == Decimal("330.00")
    assert (found.boast.count, found.boast.total_wan) == (7, Decimal("1200.00"))
    assert (found.twice.count, found.twice.total_wan) == (2, Decimal("150.00"))


def test_the_sums_by_class_field_month_and_county_agree_with_the_total(a_city: None) -> None:
    found = figures(YEAR)
    for dimension in ("class", "field", "month"):
        for measure in MEASURES:
            parts = [row.sums(measure) for row in found.by[dimension]]
            assert sum(one.total_fen for one in parts) == found.totals[measure].total_fen
    for measure in ("output", "absorbed"):
        counties = sum(row.sums(measure).count for row in found.by["county"])
        assert counties == found.totals[measure].count


@pytest.mark.parametrize("place", ["34", "3403", "340323", "1101", ""])
def test_the_totals_of_any_place_are_those_of_its_contracts(a_city: None, place: str) -> None:
    cut = YEAR.narrowed(place=place)
    for measure, sums in figures(cut).totals.items():
        assert totals_of(entries(cut.narrowed(measure=measure))) == sums, measure
    assert totals_by_measure(cut) == figures(cut).totals
    officer = UserFactory(county_officer=True)
    seen = entries(cut.narrowed(measure="absorbed"), within=LedgerEntry.objects.visible_to(officer))
    assert totals_of(seen) == figures(cut, area=("340323",)).totals["absorbed"]


def test_the_figures_follow_a_changed_a_new_and_a_vanished_line(a_city: None) -> None:
    before = figures(YEAR).totals["output"]
    entry = ledger_entry(yuan=70_000)
    assert figures(YEAR).totals["output"].total_fen == before.total_fen + 7_000_000
    LedgerEntry.objects.filter(pk=entry.pk).update(total_fen=8_000_000, updated_at=timezone.now())
    assert figures(YEAR).totals["output"].total_fen == before.total_fen + 8_000_000
    LedgerEntry.objects.filter(pk=entry.pk).delete()
    assert figures(YEAR).totals["output"] == before


def test_every_figure_is_the_sum_of_the_contracts_that_it_opens(a_city: None) -> None:
    ledger_entry(on=date(2026, 2, 2), ended_on=date(2027, 1, 5))
    found = figures(YEAR)
    for measure, sums in found.totals.items():
        assert totals_of(entries(YEAR.narrowed(measure=measure))) == sums
    for row in found.by["class"]:
        for measure, sums in row.measures.items():
            behind = entries(YEAR.narrowed(measure=measure, where={"class": row.key}))
            assert totals_of(behind) == sums, (row.key, measure)
    for row in found.by["field"]:
        assert (
            totals_of(entries(YEAR.narrowed(measure="output", where={"field": row.key})))
            == row.sums("output")
        )  # fmt: skip
    for row in found.by["month"]:
        assert totals_of(entries(YEAR.narrowed(measure="absorbed", month=int(row.key)))) == row.sums("absorbed")  # fmt: skip
    for row in found.by["county"]:
        assert totals_of(entries(YEAR.narrowed(measure="output", seller=row.key))) == row.sums("output")
    assert totals_of(entries(YEAR.narrowed(restated=True))) == found.restated
    assert found.restated.count == 1


def test_an_address_gives_the_same_cut_back() -> None:
    cut = YEAR.narrowed(
        measure="intra", where={"class": "DEV", "field": "none"}, seller="340323", month=5, words="染色"
    )
    given = dict(pair.split("=") for pair in cut.query().split("&") if "q=" not in pair) | {"q": "染色"}
    assert cut_from(given, today=date(2027, 2, 1), home="3403") == cut


@pytest.mark.parametrize(
    ("given", "since", "until", "as_of"),
    [
        ({}, date(2026, 1, 1), date(2026, 5, 1), date(2026, 5, 1)),
        ({"from": "2025-01-01"}, date(2025, 1, 1), date(2025, 12, 31), date(2025, 12, 31)),
        (
            {"from": "2025-04-01", "to": "2025-03-01"},
            date(2025, 3, 1),
            date(2025, 4, 1),
            date(2025, 4, 1),
        ),
        ({"from": "x", "to": "2026-02-30", "asof": "0001-01-01", "month": "13", "measure": "'", "year": "٢٠٢٦"},
         date(2026, 1, 1), date(2026, 5, 1), date(2026, 5, 1)),
    ],
)  # fmt: skip
def test_a_period_is_read_from_the_address_or_is_this_year(
    given: dict[str, str], since: date, until: date, as_of: date
) -> None:
    cut = cut_from(given, today=date(2026, 5, 1), home="3403")
    assert (cut.since, cut.until, cut.as_of, cut.measure) == (since, until, as_of, "")


def test_a_contract_revoked_in_july_stays_in_the_figures_of_march_and_leaves_those_of_the_year() -> None:
    ledger_entry(on=date(2026, 3, 9), ended_on=date(2026, 7, 2))
    march = figures(Cut("3403", date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 31)))
    assert (march.totals["output"].count, march.restated.count) == (1, 1)
    assert figures(YEAR).totals["output"].count == 0


def test_ten_years_are_shown_by_year_and_a_year_by_month() -> None:
    ledger_entry(on=date(2019, 4, 1))
    ledger_entry()
    long = figures(Cut("3403", date(2017, 1, 1), date(2026, 12, 31), date(2026, 12, 31)))
    assert (long.period, [row.key for row in long.by["year"]]) == ("year", ["2019", "2026"])
    assert [row.key for row in figures(YEAR).by["month"]] == ["3"]


def test_the_whole_country_knows_no_away() -> None:
    ledger_entry(sold=HOME, bought=BEIJING)
    found = figures(YEAR.narrowed(place=""))
    assert found.totals["intra"].count == 1
    assert totals_of(entries(YEAR.narrowed(place="", measure="output_away"))).count == 0


@pytest.mark.parametrize(
    ("now", "before", "said"), [(150, 100, Decimal("50.0")), (1, 3, Decimal("-66.7")), (5, 0, None)]
)
def test_growth_is_in_percent_to_a_tenth(now: int, before: int, said: Decimal | None) -> None:
    assert growth(now, before) == said


def test_anhuis_published_half_year_holds_in_our_formulas() -> None:
    """技术合同统计 vector A: 750.2 = 321.8 + 428.4; distinct = 321.8 + 220.7."""
    total = statistics.Sums(8512, 3218, 0) + statistics.Sums(8024, 4284, 0)
    assert total.total_fen == 7502
    assert (statistics.Sums(8512, 3218, 0) + statistics.Sums(1791, 2207, 0)).count == 10303


def test_registering_changes_and_ending_are_seen_in_the_ledger(institute_user: User, settings: Any) -> None:
    settings.KEQIAO_HOME_DIVISION = "3403"
    registrar = UserFactory(registrar=True)
    done = registered(institute_user, registrar)
    entry = LedgerEntry.objects.get(reg_no=done.reg_no)
    assert (entry.total_fen, entry.class_code, entry.registrar_place) == (100_000_000, "DEV", "3403")
    registering.end_registration(contract=done.contract, by=registrar, move="revoke", reason="虚假合同")
    entry.refresh_from_db()
    assert entry.ended_on is not None


def test_a_county_officer_reads_what_touches_the_county(a_city: None) -> None:
    officer = UserFactory(county_officer=True)
    seen = LedgerEntry.objects.visible_to(officer)
    assert seen.count() == 3
    assert not LedgerEntry.objects.visible_to(UserFactory(enterprise=True)).exists()
