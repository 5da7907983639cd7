"""The factories build what they say."""

import pytest

from keqiao.registry.records.enums import Disclosure, Status
from tests.factories.registry import FACTORIES, DemandFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", FACTORIES)
def test_every_kind_can_be_built_published_and_has_a_number_of_its_own_series(kind: str) -> None:
    record = FACTORIES[kind](published=True)
    assert record.status == Status.PUBLISHED
    assert record.number.startswith(f"{record.SERIES}-")
    assert kind == record.KIND


def test_a_masked_published_demand_is_both() -> None:
    demand = DemandFactory(published=True, masked=True)
    assert (demand.status, demand.disclosure) == (Status.PUBLISHED, Disclosure.MASKED)


def test_a_draft_has_no_number_yet() -> None:
    assert DemandFactory().number is None
