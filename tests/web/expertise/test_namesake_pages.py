"""重名核对 as officers meet it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.expertise.models import IdentityMove, NamesakePair, PairState
from keqiao.expertise.namesakes import scan
from keqiao.people.models import User
from keqiao.registry.expert.models import Expert
from keqiao.registry.work.models import Authorship
from tests.expertise.conftest import expert, work_by
from tests.factories.people import OrganisationFactory

pytestmark = pytest.mark.django_db
Browser = Callable[[User], Client]


@pytest.fixture
def pair(db: None) -> NamesakePair:
    """Two pages of 李文 at one university, each with works, waiting."""
    university = OrganisationFactory(university=True, name="淮河理工大学")
    for title in ("膜分离装置", "电渗析装置"):
        one = expert("李文", organisation=university, contact_phone="13712345678")
        work_by(one, title=title)
        work_by(one, title=title + "改进")
    scan()
    return NamesakePair.objects.get()


def test_an_officer_goes_from_the_queue_to_the_facts_and_merges(
    signed_in: Browser, bureau_officer: User, pair: NamesakePair
) -> None:
    browser = signed_in(bureau_officer)
    address = reverse("expertise:namesake-pair", args=[pair.public_id])

    assert address in browser.get(reverse("expertise:namesake-list")).content.decode()
    page = browser.get(address).content.decode()
    assert "膜分离装置" in page
    assert "现单位相同" in page
    assert "13712345678" not in page

    browser.post(address, {"state": "same", "reason": "电话核实", "keep": "second", "version": pair.version})
    pair.refresh_from_db()
    assert pair.state == PairState.SAME
    assert IdentityMove.objects.get().target_id == pair.second_id
    assert "撤销合并" in browser.get(address).content.decode()


def test_the_page_of_a_merged_expert_leads_to_the_one_that_stands(
    signed_in: Browser, visitor: Client, bureau_officer: User, pair: NamesakePair
) -> None:
    signed_in(bureau_officer).post(
        reverse("expertise:namesake-pair", args=[pair.public_id]),
        {"state": "same", "reason": "电话核实", "keep": "first", "version": pair.version},
    )

    answer = visitor.get(reverse("market:expert-detail", args=[pair.second.public_id]))

    assert answer.status_code == 302
    assert answer["Location"] == reverse("market:expert-detail", args=[pair.first.public_id])


def test_a_stale_page_is_answered_with_what_was_decided_and_keeps_the_reason(
    signed_in: Browser, bureau_officer: User, county_officer: User, pair: NamesakePair
) -> None:
    address = reverse("expertise:namesake-pair", args=[pair.public_id])
    verdict = {"state": "different", "reason": "两人的电话不同", "version": pair.version}
    signed_in(county_officer).post(address, verdict)

    late = signed_in(bureau_officer).post(address, verdict | {"state": "same"})

    assert late.status_code == 409
    assert "固镇小褚已把这一对定为“不是同一人”" in late.content.decode()
    assert "两人的电话不同" in late.content.decode()


def test_without_a_reason_nothing_is_saved(
    signed_in: Browser, bureau_officer: User, pair: NamesakePair
) -> None:
    answer = signed_in(bureau_officer).post(
        reverse("expertise:namesake-pair", args=[pair.public_id]), {"state": "same", "version": pair.version}
    )

    assert answer.status_code == 422
    assert "请写明合并的依据" in answer.content.decode()


def test_an_officer_splits_off_works_and_takes_it_back(
    signed_in: Browser, bureau_officer: User, pair: NamesakePair
) -> None:
    browser, one = signed_in(bureau_officer), pair.first
    address = reverse("expertise:expert-split", args=[one.public_id])
    [first, *_] = Authorship.objects.filter(expert=one).select_related("work")
    assert first.work.title in browser.get(address).content.decode()

    sent = {
        "works": [str(first.work.public_id)],
        "target": "new",
        "organisation_name": "别的研究所",
        "reason": "本人说明",
    }
    browser.post(address, sent)
    move = IdentityMove.objects.get()
    assert (move.made_target, move.target.organisation_name) == (True, "别的研究所")

    browser.post(reverse("expertise:move-undo", args=[move.public_id]), {"reason": "弄错了"})
    assert Authorship.objects.filter(expert=one).count() == 2


def test_a_name_can_be_looked_up_at_once(
    signed_in: Browser, bureau_officer: User, pair: NamesakePair
) -> None:
    NamesakePair.objects.all().delete()

    page = (
        signed_in(bureau_officer)
        .post(reverse("expertise:namesake-scan"), {"name": "李文"}, follow=True)
        .content.decode()
    )

    assert "有 1 对待核对" in page


@pytest.mark.parametrize("who", ["enterprise_user", "broker", "expert_user"])
def test_members_do_not_see_the_desk(
    who: str, signed_in: Browser, pair: NamesakePair, request: pytest.FixtureRequest
) -> None:
    browser = signed_in(request.getfixturevalue(who))

    for address in (
        reverse("expertise:namesake-list"),
        reverse("expertise:namesake-pair", args=[pair.public_id]),
        reverse("expertise:identity-moves"),
        reverse("expertise:expert-split", args=[Expert.objects.all()[0].public_id]),
    ):
        assert browser.get(address).status_code == 403


def test_the_business_auditor_reads_and_decides_nothing(
    signed_in: Browser, auditor: User, pair: NamesakePair
) -> None:
    browser, address = signed_in(auditor), reverse("expertise:namesake-pair", args=[pair.public_id])

    assert "同一人，合并" not in browser.get(address).content.decode()
    assert browser.post(address, {"state": "same", "reason": "x", "version": pair.version}).status_code == 403


def test_an_empty_desk_says_when_something_will_come(signed_in: Browser, bureau_officer: User) -> None:
    assert (
        "没有待核对的重名"
        in signed_in(bureau_officer).get(reverse("expertise:namesake-list")).content.decode()
    )
