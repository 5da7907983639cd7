"""What the night keeps of firms through the years says the same as their lives do."""

import datetime as dt

import pytest

from keqiao.firm.actions import keep_title
from keqiao.firm.enums import TitleKind
from keqiao.firm.models import Residence
from keqiao.ladder import standings
from keqiao.ladder.enums import Level
from keqiao.ladder.models import Standing
from keqiao.ladder.passage import stays
from keqiao.ladder.standings import YEARS, Kept, Live, keep_standings, standings_of
from keqiao.registry.enterprise.models import Enterprise
from tests.factories.firm import a_firm

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)


def a_county() -> None:
    """Three firms: one climbs, one moves, one is founded and closes."""
    climbs, moves, gone = a_firm(), a_firm(), a_firm(founded_on=dt.date(2022, 3, 1))
    keep_title(firm=climbs, by=None, kind=TitleKind.TECH_SME, issued_on=dt.date(2024, 7, 1))
    keep_title(firm=climbs, by=None, kind=TitleKind.HNTE, issued_on=dt.date(2025, 11, 1))
    places = (("340323", dt.date(2015, 4, 1), dt.date(2025, 5, 1)), ("340321", dt.date(2025, 5, 1), None))
    for code, since, until in places:
        Residence.objects.create(enterprise=moves, division_code=code + "000000", since=since, until=until)
    Residence.objects.create(
        enterprise=gone, division_code="340323000000", since=dt.date(2022, 3, 1), until=dt.date(2025, 2, 1)
    )


def test_kept_years_answer_as_the_lives_themselves() -> None:
    a_county()
    keep_standings(TODAY)
    firms = Enterprise.objects.all()
    live, kept, years = Live(stays(firms), TODAY), Kept(firms, TODAY), range(2026 - YEARS, 2027)

    for by in ("level", "county"):
        for since, until in ((2024, 2025), (2021, 2026), (2022, 2023)):
            counts = live.counts(since, until, by)
            assert kept.counts(since, until, by) == counts
            for pair in counts:
                assert set(kept.firms(since, until, by, pair)) == set(live.firms(since, until, by, pair))
    assert kept.standing(years) == live.standing(years)
    for level in (Level.SME, Level.HNTE):
        assert kept.retention(years, level) == live.retention(years, level)


def test_kept_years_are_used_for_many_firms_and_not_past_their_year(monkeypatch: pytest.MonkeyPatch) -> None:
    a_county()
    keep_standings(TODAY)
    keep_standings(TODAY)
    assert Standing.objects.count() == 3
    assert isinstance(standings_of(Enterprise.objects.all(), TODAY), Live)

    monkeypatch.setattr(standings, "LIVE", 2)

    assert isinstance(standings_of(Enterprise.objects.all(), TODAY), Kept)
    assert isinstance(standings_of(Enterprise.objects.all(), dt.date(2027, 1, 1)), Live)
