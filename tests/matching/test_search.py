"""What people type is found, what they may not see is not, and the counts are right."""

import pytest
from django.utils import timezone

from keqiao.matching import index
from keqiao.matching.search import SearchQuery, search, search_all
from keqiao.people.access import VISITOR, Scope, scope_of
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from tests.factories.people import OrganisationFactory
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory

pytestmark = pytest.mark.django_db


def titles(text="", scope=VISITOR, kind="demand", **more):
    return [row.record.title for row in search(SearchQuery(kind, text, **more), scope).rows]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("处理", "高盐印染废水待处理"),
        ("處理", "高盐印染废水待处理"),
        ("pla", "PLA 改性材料"),
        ("ＰＬＡ", "PLA 改性材料"),
        ("PBAT-X", "PBAT-X 薄膜"),
        ("6N", "6N 高纯铜"),
        ("C盘", "C盘 清理"),
    ],
)
def test_people_find_what_they_mean(indexed, typed, title):
    DemandFactory(published=True, title=title, content="", metrics_text="", foundation="")
    DemandFactory(published=True, title="别的东西", content="", metrics_text="", foundation="")
    indexed()

    assert titles(typed) == [title]


@pytest.mark.parametrize("typed", ["王建国", "wangjianguo", "wjg"])
def test_an_expert_is_found_by_name_and_by_its_pinyin(indexed, typed):
    ExpertFactory(published=True, title="王建国")
    ExpertFactory(published=True, title="李文")
    indexed()

    assert titles(typed, kind="expert") == ["王建国"]


def test_a_demand_is_found_by_its_number(indexed):
    wanted, _ = DemandFactory.create_batch(2, published=True)
    indexed()

    assert titles(wanted.number) == [wanted.title]


def test_hits_are_marked_in_title_and_snippet(indexed):
    DemandFactory(published=True, title="废水处理", content="希望回收硫酸钠。")
    indexed()

    row = search(SearchQuery("demand", "硫酸钠"), VISITOR).rows[0]

    assert ("硫酸钠", True) in row.snippet
    assert row.snippet_field == "需求内容"


def test_a_stranger_finds_neither_drafts_nor_directed_nor_closed_demands(indexed, stranger):
    DemandFactory(title="草稿")
    DemandFactory(published=True, closed_tier=True, title="不公开")
    directed = DemandFactory(published=True, directed=True, title="定向")
    indexed()

    assert titles() == []
    assert titles(scope=scope_of(stranger)) == [directed.title]


def test_an_officer_finds_what_is_under_review_in_his_county_only(
    indexed, county_officer, other_county_officer
):
    demand = DemandFactory(in_county_review=True)
    indexed()

    assert titles(scope=scope_of(county_officer)) == [demand.title]
    assert titles(scope=scope_of(other_county_officer)) == []


def test_nobody_learns_a_masked_owner_by_searching_the_name(indexed, stranger):
    unit = OrganisationFactory(name="安徽华昌纺织有限公司")
    DemandFactory(published=True, masked=True, organisation=unit, title="华昌纺织废水处理")
    indexed()

    assert titles("华昌") == []
    assert titles("huachangfangzhi") == []
    # 纺织 is what 某纺织企业 says to everybody, so the whole name finds it as it finds any textile firm
    assert search(SearchQuery("demand", "安徽华昌纺织有限公司"), VISITOR).relaxed
    row = search(SearchQuery("demand", "废水"), scope_of(stranger)).rows[0]
    assert row.owner.is_masked
    assert "华昌" not in row.owner.name + "".join(text for text, _ in row.title + row.snippet)
    own = search(SearchQuery("demand", "废水"), Scope(user_id=1, organisations=frozenset({unit.pk}))).rows[0]
    assert own.owner.name == unit.name


def test_a_demand_withdrawn_after_indexing_is_not_shown(indexed):
    demand = DemandFactory(published=True)
    indexed()
    Demand.objects.filter(pk=demand.pk).update(status=Status.WITHDRAWN)

    assert titles() == []


def test_counts_of_a_facet_ignore_its_own_choice_but_not_the_others(indexed):
    def make(field, kind):
        DemandFactory(published=True, demand_type=kind, tags={"field11": [{"code": field, "by": "person"}]})

    make("07", "research")
    make("07", "introduce")
    make("09", "research")
    indexed()

    page = search(SearchQuery("demand", chosen={"field11": ("07",)}), VISITOR)

    counts = {group.key: {value.label: value.count for value in group.values} for group in page.facets}
    assert page.total == 2
    assert counts["field11"] == {"环境保护与资源综合利用": 2, "农业": 1}
    assert counts["demand_type"] == {"技术攻关": 1, "成果引进": 1}
    chosen = [value.label for group in page.facets for value in group.values if value.is_chosen]
    assert chosen == ["环境保护与资源综合利用"]


def test_visitors_are_not_offered_the_state_as_a_filter(indexed, bureau_officer):
    DemandFactory(published=True)
    DemandFactory()
    indexed()

    assert "status" not in {group.key for group in search(SearchQuery("demand"), VISITOR).facets}
    assert "status" in {group.key for group in search(SearchQuery("demand"), scope_of(bureau_officer)).facets}


def test_places_open_level_by_level(indexed):
    DemandFactory(published=True, division_code="340323000000")
    DemandFactory(published=True, division_code="340321000000")
    DemandFactory(published=True, division_code="640300000000")
    indexed()

    def places(*chosen):
        page = search(SearchQuery("demand", chosen={"place": chosen} if chosen else {}), VISITOR)
        return {v.label for group in page.facets if group.key == "place" for v in group.values}

    assert places() == {"安徽省", "宁夏回族自治区"}
    assert places("34") == {"安徽省", "蚌埠市"}
    assert places("3403") == {"蚌埠市", "固镇县", "怀远县"}


def test_ranges_and_orders(indexed):
    for yuan in (100_000, 500_000, 900_000, None):
        DemandFactory(published=True, budget_yuan=yuan, title=f"预算{yuan}")
    indexed()

    assert titles(ranges={"amount": (200_000, None)}, order="amount") == ["预算900000", "预算500000"]
    assert titles(order="amount-low")[:2] == ["预算100000", "预算500000"]


def test_an_address_with_nonsense_in_it_still_gives_a_page(indexed):
    DemandFactory(published=True)
    indexed()

    page = search(
        SearchQuery("demand", chosen={"nonsense": ("1",), "field11": ("zz",)}, order="x", page=-3), VISITOR
    )

    assert page.total == 0
    assert titles(order="'; drop") != []


def test_results_are_two_queries_however_many_there_are(indexed, django_assert_num_queries):
    DemandFactory.create_batch(20, published=True)
    indexed()

    with django_assert_num_queries(1):
        page = search(SearchQuery("demand"), VISITOR)
    assert len(page.rows) == 20


def test_search_all_counts_every_hall(indexed):
    DemandFactory(published=True, title="双极膜膜堆")
    AchievementFactory.create_batch(2, published=True, title="双极膜电渗析")
    indexed()

    counts = search_all("双极膜", VISITOR)

    assert counts["demand"] == 1
    assert counts["achievement"] == 2
    assert counts["event"] == 0


def test_a_kept_page_is_dropped_when_the_index_changes(indexed):
    DemandFactory(published=True)
    indexed()
    assert len(titles()) == 1
    DemandFactory(published=True)

    index.rebuild("demand")

    assert len(titles()) == 2


def test_of_two_demands_published_on_one_day_the_later_comes_first(indexed):
    morning = timezone.localtime().replace(hour=9, minute=0)
    DemandFactory(published=True, title="早上", published_at=morning)
    DemandFactory(published=True, title="晚上", published_at=morning.replace(hour=20))
    DemandFactory(published=True, title="中午", published_at=morning.replace(hour=12))
    indexed()

    assert titles() == ["晚上", "中午", "早上"]


def test_a_masked_owner_is_not_given_away_by_the_order_or_by_near_ones(indexed):
    unit = OrganisationFactory(name="安徽华昌纺织有限公司")
    DemandFactory(published=True, masked=True, organisation=unit, title="印染废水处理")
    for at in range(3):
        DemandFactory(published=True, masked=True, title=f"印染废水处理第 {at} 期")
    indexed()

    query = SearchQuery("demand", "印染废水处理 华昌", near=10)
    named, strangers = (
        search(query, VISITOR),
        search(SearchQuery("demand", "印染废水处理 丰原", near=10), VISITOR),
    )

    assert [row.record.pk for row in named.rows] == [row.record.pk for row in strangers.rows]
