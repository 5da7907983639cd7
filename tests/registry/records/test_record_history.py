"""What can be read about a record's past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keqiao.core.errors import NotFound
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records import actions
from keqiao.registry.records.history import (
    content_of,
    diff,
    opened,
    snapshot,
    values_of,
    version_of,
    versions,
    word_pieces,
)
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db


def test_the_versions_of_a_record_newest_first_with_who_and_why(bureau_officer: User) -> None:
    demand = DemandFactory(published=True)
    actions.update_record(
        record=demand, values={"foundation": "新基础"}, expected_version=1, by=bureau_officer, note="电话补充"
    )
    found = versions(Demand.objects.get(pk=demand.pk))
    assert [one.number for one in found] == [2, 1]
    assert (found[0].by_name, found[0].note, found[0].is_current) == (str(bureau_officer), "电话补充", True)


def test_a_record_that_was_loaded_in_bulk_still_has_its_present_version() -> None:
    (only,) = versions(DemandFactory(published=True))
    assert only.is_current


def test_a_version_that_was_never_kept_is_not_found() -> None:
    with pytest.raises(NotFound, match="第 9 版"):
        version_of(DemandFactory(), 9)


def test_a_difference_is_told_in_words_with_code_labels() -> None:
    demand = DemandFactory(demand_type="research")
    old = content_of(demand)
    demand.demand_type = "team"
    (change,) = diff(Demand, old, content_of(demand))
    assert (change.label, change.before, change.after) == ("需求类型", "技术攻关", "人才团队")


def test_two_phones_with_the_same_mask_do_not_look_unchanged() -> None:
    demand = DemandFactory(contact_phone="13812345678")
    old = content_of(demand)
    demand.contact_phone = "13899995678"
    (change,) = diff(Demand, old, content_of(demand))
    assert change.before == "138****5678"
    assert change.after == "138****5678（已更换）"


def test_a_snapshot_read_back_is_the_content_it_was_taken_from() -> None:
    demand = DemandFactory(published=True)
    demand.refresh_from_db()
    content = content_of(demand)
    assert opened(Demand, snapshot(demand)) == content
    again = Demand(**{Demand._meta.get_field(k).attname: v for k, v in values_of(Demand, content).items()})
    assert content_of(again) == content


@given(
    st.text(alphabet="膜法处理废水ABC 12", max_size=40), st.text(alphabet="膜法处理废水ABC 12", max_size=40)
)
def test_the_pieces_of_both_sides_put_together_are_both_texts(before: str, after: str) -> None:
    left, right = word_pieces(before, after)
    assert "".join(text for text, _ in left) == before
    assert "".join(text for text, _ in right) == after
