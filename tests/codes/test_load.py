"""The shipped rows in the tables, and what officers do to them."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db.models import ProtectedError

from keqiao.codes import lists
from keqiao.codes.actions import add_alias, add_item, close_item
from keqiao.codes.changes import local_changes
from keqiao.codes.load import is_loaded, load_codes, load_lists
from keqiao.codes.models import CodeAlias, CodeItem, CodeList, Division
from keqiao.core.errors import BadInput, NotFound

TODAY = date(2026, 11, 22)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgetful():
    cache.clear()
    yield
    cache.clear()


def test_loading_twice_writes_once():
    first = load_codes(today=TODAY)
    counts = [model.objects.count() for model in (CodeList, CodeItem, CodeAlias, Division)]
    second = load_codes(today=TODAY)
    assert first.divisions + first.items + first.aliases > 0 or is_loaded()
    assert (second.lists, second.items, second.aliases, second.divisions, second.closed) == (0, 0, 0, 0, 0)
    assert [model.objects.count() for model in (CodeList, CodeItem, CodeAlias, Division)] == counts
    assert Division.objects.get(pk="340323000000").parent.name == "蚌埠市"
    assert Division.objects.within("340323").filter(level=4).count() == 12


def test_a_division_renamed_by_a_release_keeps_its_old_name_for_old_reports():
    told = []
    load_codes(lambda what, done, total: told.append((what, done == total)), today=TODAY)
    assert ("代码表", True) in told
    assert is_loaded()
    Division.objects.filter(pk="340323000000").update(name="固镇旧县", full_name="安徽省蚌埠市固镇旧县")
    CodeList.objects.filter(key="divisions").update(fingerprint="")
    loaded = load_codes(today=TODAY)
    county = Division.objects.get(pk="340323000000")
    assert loaded.divisions == 1
    assert (county.name, county.name_on(date(2025, 1, 1)), county.name_on(date(2027, 1, 1))) == (
        "固镇县", "固镇旧县", "固镇县",
    )  # fmt: skip


def test_an_item_that_a_release_drops_is_closed_and_not_deleted():
    load_lists(today=TODAY)
    CodeItem.objects.create(list_id="field11", code="99", name="旧领域")
    CodeList.objects.filter(key="field11").update(fingerprint="")
    loaded = load_lists(today=TODAY)
    assert loaded.closed == 1
    assert CodeItem.objects.get(list="field11", code="99").valid_to == TODAY


def test_an_officer_closes_an_item_and_a_reload_leaves_it_closed(bureau_by):
    load_lists(today=TODAY)
    close_item(
        list_key="event_kind",
        code="week",
        last_day=date(2026, 1, 1),
        reason="不再举办",
        by=bureau_by,
        today=TODAY,
    )
    CodeList.objects.filter(key="event_kind").update(fingerprint="")
    load_lists(today=TODAY)
    changes = local_changes(TODAY)
    assert "week" not in dict(lists.choices("event_kind", changes=changes))
    assert lists.label("event_kind", "week", changes=changes) == "科技周"


def test_an_alias_that_an_officer_adds_is_understood_at_once(bureau_by):
    load_lists(today=TODAY)
    assert lists.match_name("field11", "乡村振兴", changes=local_changes(TODAY)) is None
    add_alias(list_key="field11", alias="乡村振兴", code="09", by=bureau_by, today=TODAY)
    assert lists.match_name("field11", "乡村振兴", changes=local_changes(TODAY)) == "09"


def test_the_name_of_one_item_cannot_become_the_alias_of_another(bureau_by):
    load_lists(today=TODAY)
    with pytest.raises(BadInput, match="就是代码 09 的名称"):
        add_alias(list_key="field11", alias="农业", code="05", by=bureau_by, today=TODAY)
    with pytest.raises(NotFound):
        add_alias(list_key="field11", alias="甲", code="55", by=bureau_by, today=TODAY)


def test_a_city_adds_its_own_item_under_a_free_code_only(bureau_by):
    load_lists(today=TODAY)
    add_item(list_key="event_kind", code="salon", name="技术沙龙", by=bureau_by, today=TODAY)
    assert ("salon", "技术沙龙") in lists.choices("event_kind", changes=local_changes(TODAY))
    with pytest.raises(BadInput, match="已在用"):
        add_item(list_key="event_kind", code="week", name="科技月", by=bureau_by, today=TODAY)


def test_a_division_with_places_below_it_cannot_be_deleted():
    city = Division.objects.create(pk="349900000000", name="某市", level=2, full_name="某市", source="测试")
    Division.objects.create(
        pk="349901000000", name="某区", level=3, full_name="某市某区", source="测试", parent=city
    )
    with pytest.raises(ProtectedError):
        city.delete()


@pytest.fixture
def bureau_by():
    """A change signed by the system itself: the room stands below people and knows no users."""
    return None
