"""Lists: the address says it all, with and without JavaScript."""

import pytest
from django.urls import reverse

from keqiao.registry.kinds import KINDS
from tests.factories.people import OrganisationFactory
from tests.factories.registry import FACTORIES, DemandFactory, WorkFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def field(code):
    return {"field11": [{"code": code, "by": "person"}]}


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_hall_opens_for_a_visitor(visitor, indexed, kind):
    record = FACTORIES[kind](published=True)
    indexed()

    response = visitor.get(reverse(f"market:{kind}-list"))

    assert response.status_code == 200
    assert record.title in response.content.decode()


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_empty_hall_says_what_to_do(visitor, indexed, kind):
    indexed()

    assert "这里还没有内容" in visitor.get(reverse(f"market:{kind}-list")).content.decode()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("count", [1, 25])
def test_a_list_costs_two_queries_however_long(visitor, indexed, django_assert_num_queries, kind, count):
    FACTORIES[kind].create_batch(count, published=True)
    indexed()

    with django_assert_num_queries(2):  # has anything changed, and the rows
        visitor.get(reverse(f"market:{kind}-list"))
    with django_assert_num_queries(1):  # nothing has: the page that was made for the first visitor
        visitor.get(reverse(f"market:{kind}-list"))


def test_a_facet_is_a_link_that_narrows_and_its_chip_a_link_that_widens(visitor, indexed):
    DemandFactory(published=True, title="废水处理", tags=field("07"))
    DemandFactory(published=True, title="番茄采摘", tags=field("09"))
    indexed()
    everything = visitor.get("/demands/").content.decode()
    assert 'href="/demands/?field11=07"' in everything

    narrowed = visitor.get("/demands/?field11=07").content.decode()

    assert "废水处理" in narrowed
    assert "番茄采摘" not in narrowed
    assert 'class="chip" href="/demands/"' in narrowed


def test_htmx_gets_the_same_part_that_the_page_has(visitor, indexed):
    DemandFactory.create_batch(3, published=True, tags=field("07"))
    indexed()
    address = "/demands/?field11=07&q=废水"

    whole = visitor.get(address).content.decode()
    part = visitor.get(address, headers=HTMX)

    assert part.content.decode().strip() in whole
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_going_back_gets_the_whole_page(visitor, indexed):
    indexed()

    page = visitor.get("/demands/?field11=07", headers=HTMX | {"HX-History-Restore-Request": "true"})

    assert "<html" in page.content.decode()


def test_pages_keep_the_search_and_a_page_too_far_is_the_last(visitor, indexed):
    DemandFactory.create_batch(25, published=True)
    indexed()

    first = visitor.get("/demands/?q=废水").content.decode()
    beyond = visitor.get("/demands/?q=废水&page=99").content.decode()

    assert "page=2" in first
    assert beyond.count('<article class="result">') == 5


def test_a_budget_filter(visitor, indexed):
    DemandFactory(published=True, title="小预算", budget_yuan=300_000)
    DemandFactory(published=True, title="大预算", budget_yuan=3_000_000)
    indexed()

    page = visitor.get("/demands/?amount-from=200&amount-to=1000").content.decode()

    assert "大预算" in page
    assert "小预算" not in page


def test_an_empty_search_can_be_subscribed(visitor, indexed):
    DemandFactory(published=True)
    indexed()

    page = visitor.get("/demands/?field11=09").content.decode()

    assert "没有找到符合条件的技术需求" in page
    assert "/subscriptions/new/demand/?field11=09" in page


def test_nobody_reads_a_masked_owner_in_a_list(visitor, indexed):
    unit = OrganisationFactory(name="安徽华昌纺织有限公司")
    DemandFactory(
        published=True,
        masked=True,
        organisation=unit,
        title="华昌纺织的废水",
        content="安徽华昌纺织有限公司排水",
    )
    indexed()

    page = visitor.get("/demands/").content.decode()

    assert "华昌" not in page
    assert "企业" in page


@pytest.mark.parametrize(
    "query",
    [
        "page=abc",
        "page=-1",
        "field11=%00",
        "amount-from=nan",
        "amount-from=1e999",
        "sort=x",
        "per_page=7",
        "q=" + "长" * 3000,
        "year-from=%F0%28",
    ],
)
def test_nonsense_in_the_address_is_no_error(visitor, indexed, query):
    DemandFactory(published=True)
    indexed()

    assert visitor.get(f"/demands/?{query}").status_code == 200


def test_institutions_are_found_by_name_former_name_and_kind(visitor):
    one = OrganisationFactory(university=True, name="淮河理工大学")
    one.names.create(name="淮河工学院")
    OrganisationFactory(institute=True, name="蚌埠农科所")
    OrganisationFactory(name="固镇生物科技有限公司")

    everything = visitor.get("/institutions/").content.decode()
    former = visitor.get("/institutions/?q=工学院").content.decode()
    institutes = visitor.get("/institutions/?unit=institute").content.decode()

    assert "固镇生物科技" not in everything
    assert "淮河理工大学" in former
    assert "蚌埠农科所" not in former
    assert "淮河理工大学" not in institutes
    assert "蚌埠农科所" in institutes


def test_institutions_cost_the_same_however_many(visitor, django_assert_max_num_queries):
    OrganisationFactory.create_batch(25, university=True)

    with django_assert_max_num_queries(4):
        visitor.get("/institutions/")


def test_works_of_one_unit_have_an_address(visitor, indexed):
    unit = OrganisationFactory(university=True)
    WorkFactory(published=True, title="甲的产出", organisation=unit)
    WorkFactory(published=True, title="乙的产出")
    indexed()

    page = visitor.get(f"/works/?owner={unit.pk}").content.decode()

    assert "甲的产出" in page
    assert "乙的产出" not in page


def test_typing_words_on_a_sorted_list_brings_the_best_first(visitor, indexed):
    DemandFactory(published=True, title="双极膜电渗析双极膜", content="双极膜")
    DemandFactory(published=True, title="别的需求", content="顺便提到双极膜一次，其余都是别的事情。")
    indexed()

    page = visitor.get("/demands/?q=双极膜&sort=").content.decode()

    assert page.index("电渗析") < page.index("别的需求")
    assert '<option value="" selected>相关程度' in page


@pytest.mark.parametrize("path", ["/institutions/?q=%00", "/demands/?q=a%00b", "/api/v1/organisations?q=%00"])
def test_a_null_character_in_the_address_breaks_nothing(visitor, db, path):
    response = visitor.get(path)

    assert response.status_code == 200


def test_institutions_are_found_as_people_type_them_and_narrowed_by_county(visitor, settings):
    settings.KEQIAO_HOME_DIVISION = "340300"
    OrganisationFactory(
        university=True, name="蚌埠学院（龙子湖）", pinyin="bengbuxueyuan", division_code="340302000000"
    )
    OrganisationFactory(
        institute=True, name="固镇农科所", pinyin="guzhennongkesuo", division_code="340323000000"
    )
    OrganisationFactory(university=True, name="南京大学", pinyin="nanjingdaxue", division_code="320100000000")

    for typed in ("蚌埠 学院", "beng bu", "bengbu", "蚌埠學院", "学院(龙子湖)"):
        page = words_only(visitor.get("/institutions/", {"q": typed}))
        assert "蚌埠学院（龙子湖）" in page, typed
        assert "固镇农科所" not in page, typed
    assert "<mark>" in visitor.get("/institutions/", {"q": "学院"}).content.decode()
    county = visitor.get("/institutions/", {"place": "340323"}).content.decode()
    assert "固镇农科所" in county
    assert "南京大学" not in county
    assert "place=34&amp;place=340323" not in county
    assert 'place=340302"' in visitor.get("/institutions/").content.decode()


def words_only(response):
    return response.content.decode().replace("<mark>", "").replace("</mark>", "")


def test_a_short_list_says_which_of_its_rows_are_only_near(visitor, indexed):
    DemandFactory(published=True, title="高盐废水双极膜电渗析装置")
    DemandFactory(published=True, title="高盐废水蒸发装置")
    indexed()

    page = visitor.get(reverse("market:demand-list"), {"q": "高盐废水 双极膜 装置 设计"}).content.decode()

    assert "找到 <b>1</b> 项，另列出 1 项相近的，只含其中一部分词语" in page
    assert page.count(">相近</span>") == 1
    assert page.index("电渗析") < page.index(">相近</span>")
