"""Officers search a registry as the public searches its lists, and find more: every state, and masked owners."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.matching.index import rebuild
from keqiao.people.models import User
from keqiao.web.desk import registers
from tests.factories.people import OrganisationFactory
from tests.factories.registry import BENGBU_HUAIYUAN, DemandFactory, OriginFactory, WorkFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
OWNER = "安徽华昌纺织有限公司"


def page(browser: Client, kind: str = "demand", **query: str) -> str:
    response = browser.get(reverse("desk:registry", args=[kind]), query)
    assert response.status_code == 200
    return str(response.content.decode())


def words(html: str) -> str:
    """The page without its marks."""
    return html.replace("<mark>", "").replace("</mark>", "")


@pytest.fixture
def masked_demand(db: None) -> object:
    demand = DemandFactory(
        published=True, masked=True, title="高盐废水零排放", organisation=OrganisationFactory(name=OWNER)
    )
    DemandFactory(published=True, title="别的需求")
    rebuild("demand")
    return demand


@pytest.mark.parametrize("typed", ["废水處理", "ＰＬＡ", "待处理", "回收硫酸钠"])
def test_an_officer_types_what_the_public_would_type(
    signed_in: SignedIn, county_officer: User, typed: str
) -> None:
    DemandFactory(in_county_review=True, title="印染废水待处理", content="以 PLA 膜回收硫酸钠。")
    rebuild("demand")
    assert "印染" in words(page(signed_in(county_officer), q=typed))


def test_hits_are_marked_and_filters_say_how_many(signed_in: SignedIn, bureau_officer: User) -> None:
    DemandFactory(published=True, title="番茄采摘机器人")
    DemandFactory(expired=True, title="番茄分级")
    rebuild("demand")
    html = page(signed_in(bureau_officer), q="番茄")
    assert "<mark>番茄</mark>分级" in html
    assert 'href="?q=%E7%95%AA%E8%8C%84&amp;status=expired"' in html
    assert "番茄采摘机器人" not in words(page(signed_in(bureau_officer), q="番茄", status="expired"))


def test_somebody_elses_draft_and_another_county_stay_out(signed_in: SignedIn, county_officer: User) -> None:
    DemandFactory(title="番茄草稿")
    DemandFactory(title="番茄本人草稿", created_by=county_officer)
    DemandFactory(published=True, title="番茄外县", division_code=BENGBU_HUAIYUAN)
    rebuild("demand")
    html = page(signed_in(county_officer), q="番茄")
    assert "番茄</mark>本人草稿" in html
    assert "番茄</mark>草稿" not in html
    assert "外县" not in html


def test_a_bureau_officer_does_not_find_drafts_either(signed_in: SignedIn, bureau_officer: User) -> None:
    DemandFactory(title="番茄草稿")
    rebuild("demand")
    assert "没有符合条件的记录" in page(signed_in(bureau_officer), q="番茄")


@pytest.mark.parametrize("typed", ["华昌", OWNER, "华昌 废水", "ahhcfzyxgs"])
def test_his_officer_finds_a_masked_demand_by_its_owner(
    signed_in: SignedIn, county_officer: User, masked_demand: object, typed: str
) -> None:
    html = page(signed_in(county_officer), q=typed)
    assert "零排放" in html
    assert "别的需求" not in html


def test_nobody_else_finds_a_masked_demand_by_its_owner(
    client: Client,
    signed_in: SignedIn,
    other_county_officer: User,
    county_officer: User,
    stranger: User,
    masked_demand: object,
) -> None:
    lists = reverse("market:demand-list")
    for browser in (client, signed_in(stranger), signed_in(other_county_officer)):
        assert "零排放" not in browser.get(lists, {"q": "华昌"}).content.decode()
        assert "高盐废水零排放" in words(browser.get(lists, {"q": "废水"}).content.decode())
    assert "零排放" in signed_in(county_officer).get(lists, {"q": "华昌"}).content.decode()


def test_a_registry_too_long_for_the_database_is_counted_by_the_index(
    signed_in: SignedIn, bureau_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkFactory.create_batch(2, published=True, origin=OriginFactory(), year=2024, done_on=None)
    WorkFactory(withdrawn=True, year=2023, done_on=None)
    rebuild("work")
    monkeypatch.setattr(registers, "_COUNTED_BELOW", 1)
    html = page(signed_in(bureau_officer), "work")
    assert 'href="?status=withdrawn"' in html
    assert 'href="?year=2024"' in html


def test_found_rows_cost_the_same_for_one_and_for_many(
    signed_in: SignedIn, bureau_officer: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(12):
        DemandFactory(published=True, title="番茄", origin=OriginFactory())
    rebuild("demand")
    browser = signed_in(bureau_officer)
    page(browser, q="番茄")
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        page(browser, q="番茄")
