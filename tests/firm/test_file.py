"""One screen of a firm: what it shows to whom."""

import datetime as dt
from decimal import Decimal

import pytest

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.firm import received
from keqiao.firm.access import firm_for, own_firm
from keqiao.firm.file import file_of
from keqiao.firm.received import Received
from keqiao.people.models import User
from tests.factories.firm import a_firm

pytestmark = pytest.mark.django_db


def test_the_file_shows_ten_years_the_three_measures_and_why_they_differ(county_officer: User) -> None:
    firm = a_firm(year=2025, sales=1000, sales_1=900, rd_hnte=60, rd_deduct=50, rd_stat=70)

    file = file_of(firm, county_officer)

    assert file.years == (2024, 2025)
    assert file.series("sales") == [900, 1000]
    shares = {one.name: one.shares[-1] for one in file.measures}
    assert shares == {"rd_hnte": Decimal("6.00"), "rd_deduct": Decimal("5.00"), "rd_stat": Decimal("7.00")}
    assert file.gaps[0][0] == 2025
    assert "2026-03-02" in file.origins[2025]
    latest = file.latest("sales")
    assert latest is not None
    assert latest.value == 1000


def test_money_comes_from_the_rooms_that_registered(
    county_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "_finders", {})
    firm = a_firm()
    received.register("a", lambda firm, user: [Received(dt.date(2025, 1, 1), "甲", Decimal(1))])
    received.register("b", lambda firm, user: [Received(dt.date(2026, 1, 1), "乙", Decimal(2))])

    assert [one.what for one in file_of(firm, county_officer).money] == ["乙", "甲"]


def test_only_officers_of_the_area_auditors_and_the_firm_itself_open_the_file(
    county_officer: User, other_county_officer: User, bureau_officer: User, auditor: User, enterprise_user: User,
    stranger: User, institute_user: User, system_admin: User,
) -> None:  # fmt: skip
    firm = a_firm(organisation=enterprise_user.organisation)

    for reader in (county_officer, bureau_officer, auditor, enterprise_user):
        assert firm_for(reader, firm.public_id) == firm
    for other in (other_county_officer, stranger, institute_user, system_admin):
        with pytest.raises(NotFound):
            firm_for(other, firm.public_id)
    with pytest.raises(NotAllowed):
        firm_for(auditor, firm.public_id, to_write=True)
    assert own_firm(enterprise_user) == firm
    assert own_firm(stranger) is None
    assert own_firm(county_officer) is None
