"""The ledger follows every registration, those from before it was kept, and its arrays miss no change that commits late."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from keqiao.contract import ledger
from keqiao.contract.columns import columns
from keqiao.contract.models import LedgerEntry
from keqiao.people.models import User
from tests.contract.test_registering import registered
from tests.contract.test_registering import registrar as registrar  # a fixture
from tests.factories.contract import ledger_entry

pytestmark = pytest.mark.django_db


def test_registrations_from_before_the_ledger_are_entered_once(institute_user: User, registrar: User) -> None:
    done = registered(institute_user, registrar)
    whole = LedgerEntry.objects.values("total_fen", "seller_name", "decided_on").get()
    LedgerEntry.objects.all().delete()
    assert ledger.backfill(limit=0) == 0  # stopped before it did anything

    out = StringIO()
    call_command("contractbackfill", stdout=out)

    assert "本次补记 1 项" in out.getvalue()
    assert LedgerEntry.objects.values("total_fen", "seller_name", "decided_on").get() == whole
    assert LedgerEntry.objects.get().reg_no == done.reg_no
    call_command("contractbackfill", stdout=out)
    assert "本次补记 0 项" in out.getvalue()


def test_a_change_that_took_its_moment_earlier_and_committed_later_is_not_missed() -> None:
    first, _ = ledger_entry(kind="DEV"), ledger_entry(kind="DEV")
    assert columns().names["statistic_class"] == ["DEV"]
    earlier = timezone.now() - timedelta(hours=1)  # longer ago than what is read anew

    # neither count, sums nor newest moment tell
    LedgerEntry.objects.filter(pk=first.pk).update(statistic_class="SRV", updated_at=earlier)

    found = columns()
    kinds = [found.names["statistic_class"][at] for at in found.codes["statistic_class"]]
    assert sorted(kinds) == ["DEV", "SRV"]


@pytest.mark.parametrize("how", ["save", "save_fields", "update", "bulk_update", "update_or_create"])
def test_every_way_of_writing_counts_the_revision(how: str) -> None:
    entry = ledger_entry()
    entry.field11 = "05"
    lines = LedgerEntry.objects.filter(pk=entry.pk)
    match how:
        case "save":
            entry.save()
        case "save_fields":
            entry.save(update_fields=["field11"])
        case "update":
            lines.update(field11="05")
        case "bulk_update":
            LedgerEntry.objects.bulk_update([entry], ["field11"])
        case _:
            LedgerEntry.objects.update_or_create(reg_no=entry.reg_no, defaults={"field11": "05"})
    assert lines.values_list("field11", "revision").get() == ("05", 2)


def test_arrays_that_stand_are_not_read_again(django_assert_num_queries: Any) -> None:
    ledger_entry()
    columns()
    with django_assert_num_queries(3):
        assert len(columns().pk) == 1
