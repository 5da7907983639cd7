"""The first page and the search over all halls."""

import pytest

from keqiao.matching.runs import run_matching
from tests.factories.people import OrganisationFactory
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory

pytestmark = pytest.mark.django_db


def test_an_empty_market_says_how_to_begin(visitor):
    response = visitor.get("/")

    assert response.status_code == 200
    assert "还没有公开的需求" in response.content.decode()


def test_a_visitor_sees_live_counts_and_what_is_new(visitor, indexed):
    DemandFactory.create_batch(2, published=True)
    DemandFactory(title="还没有发布的需求")
    AchievementFactory(published=True, title="双极膜电渗析")
    indexed()

    page = visitor.get("/").content.decode()

    assert "1 项成果、2 条企业需求" in page
    assert "双极膜电渗析" in page
    assert "还没有发布的需求" not in page


def test_the_home_page_shows_a_pair_with_its_evidence(visitor, indexed):
    demand = DemandFactory(published=True, title="高盐废水双极膜电渗析处理")
    AchievementFactory(published=True, title="高盐废水双极膜电渗析处理成套技术")
    indexed()
    run_matching("demand", "achievement", by=None)

    page = visitor.get("/").content.decode()

    assert "看看是怎样对上的" in page
    assert demand.title in page
    assert "<mark>" in page


@pytest.mark.parametrize("count", [1, 12])
def test_the_home_page_costs_the_same_however_much_there_is(
    visitor, indexed, django_assert_max_num_queries, count
):
    DemandFactory.create_batch(count, published=True)
    AchievementFactory.create_batch(count, published=True)
    indexed()
    visitor.get("/")

    with django_assert_max_num_queries(8):
        visitor.get("/")


def test_one_search_box_finds_every_hall(visitor, indexed):
    DemandFactory(published=True, title="双极膜膜堆寿命")
    AchievementFactory(published=True, title="双极膜电渗析")
    ExpertFactory(published=True, title="王建国", research="双极膜")
    OrganisationFactory(university=True, name="双极膜研究大学")
    indexed()

    page = visitor.get("/search", {"q": "双极膜"}).content.decode()

    for words in ("膜堆寿命", "电渗析", "王建国", "双极膜研究大学"):
        assert words in page.replace("<mark>", "").replace("</mark>", "")


def test_a_search_that_finds_nothing_offers_a_way_on(visitor, indexed):
    indexed()

    page = visitor.get("/search", {"q": "独一无二的东西"}).content.decode()

    assert "没有找到“独一无二的东西”" in page
    assert "有了通知我" in page


def test_what_somebody_typed_is_never_markup(visitor, indexed):
    DemandFactory(published=True, title="<script>alert(1)</script>废水")
    indexed()

    page = visitor.get("/search", {"q": "<script>alert(1)</script>废水"}).content.decode()

    assert "<script>alert" not in page
