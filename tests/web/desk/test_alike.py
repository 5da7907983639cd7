"""What looks alike is put before an officer once, with the difference, and stays decided."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.matching import pairs
from keqiao.matching.index import rebuild
from keqiao.matching.models import AlikePair
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Status
from keqiao.web.desk.inbox import inbox_of
from tests.factories.registry import BENGBU_HUAIYUAN, DemandFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
TEXT = "现有番茄采摘全靠人工，每亩用工成本高，希望研制能识别成熟度的采摘机器人，损伤率低于百分之二。"


@pytest.fixture
def pair(db: None) -> AlikePair:
    first = DemandFactory(published=True, title="番茄采摘机器人研制", content=TEXT, budget_yuan=None)
    DemandFactory(
        in_city_review=True, title="番茄采摘机器人的研制", content=TEXT, budget_yuan=500_000,
        organisation=first.organisation,
    )  # fmt: skip
    DemandFactory(title="番茄采摘机器人研制（草稿）", content=TEXT)
    DemandFactory(published=True, title="高盐废水回收硫酸钠", content="另一件事。")
    rebuild("demand")
    pairs.note("demand", Demand.objects.values_list("pk", flat=True))
    while pairs.look():
        pass
    return AlikePair.objects.get()


def heaps(user: User) -> dict[str, int]:
    user.__dict__.pop("_scope", None)
    return {heap.key: heap.total for heap in inbox_of(user)}


def decide(browser: Client, pair: AlikePair, verdict: str) -> int:
    return browser.post(reverse("desk:alike-decide", args=[pair.public_id]), {"verdict": verdict}).status_code


def test_a_pair_waits_for_the_officers_of_its_place(
    signed_in: SignedIn, county_officer: User, other_county_officer: User, stranger: User, pair: AlikePair
) -> None:
    assert heaps(county_officer)["alike"] == 1
    assert "alike" not in heaps(other_county_officer)
    assert "alike" not in heaps(stranger)
    url = reverse("desk:alike-pair", args=[pair.public_id])
    html = signed_in(county_officer).get(url).content.decode()
    assert "这两条是同一件事吗" in html
    assert "<ins>" in html or '<mark class="ins">' in html
    assert (
        "番茄采摘机器人的研制" in signed_in(county_officer).get(reverse("desk:alike-list")).content.decode()
    )
    assert signed_in(other_county_officer).get(url).status_code == 404
    assert signed_in(stranger).get(url).status_code == 404


def test_not_the_same_does_not_come_back(signed_in: SignedIn, bureau_officer: User, pair: AlikePair) -> None:
    assert decide(signed_in(bureau_officer), pair, "different") == 302
    pairs.note("demand", [pair.first_id, pair.second_id])
    while pairs.look():
        pass
    assert "alike" not in heaps(bureau_officer)
    assert AlikePair.objects.count() == 1
    assert decide(signed_in(bureau_officer), pair, "merge:first") == 409


def test_later_is_later(signed_in: SignedIn, bureau_officer: User, pair: AlikePair) -> None:
    assert decide(signed_in(bureau_officer), pair, "later") == 302
    assert "alike" not in heaps(bureau_officer)
    pair.refresh_from_db()
    assert AlikePair.objects.waiting_on(pair.later_until).exists()


def test_merged_the_one_is_completed_and_the_other_is_archived(
    signed_in: SignedIn, bureau_officer: User, pair: AlikePair
) -> None:
    assert decide(signed_in(bureau_officer), pair, "merge:first") == 302
    kept, gone = Demand.objects.get(pk=pair.first_id), Demand.objects.get(pk=pair.second_id)
    assert kept.status == Status.PUBLISHED
    assert kept.budget_yuan == 500_000
    assert gone.status == Status.ARCHIVED


def test_nonsense_decides_nothing(signed_in: SignedIn, bureau_officer: User, pair: AlikePair) -> None:
    assert decide(signed_in(bureau_officer), pair, "perhaps") == 422
    assert decide(signed_in(bureau_officer), pair, "merge:both") == 422
    assert heaps(bureau_officer)["alike"] == 1


def test_a_pair_across_counties_is_the_citys(
    county_officer: User, bureau_officer: User, pair: AlikePair
) -> None:
    AlikePair.objects.update(area=BENGBU_HUAIYUAN[:4])
    assert "alike" not in heaps(county_officer)
    assert heaps(bureau_officer)["alike"] == 1
