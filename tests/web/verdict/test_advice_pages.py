"""Advice on the owner's pages; statistics for everybody."""

import pytest
from django.urls import reverse

from keqiao.verdict.actions import give_answer
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(bureau_officer, institute_user):
    achievement = AchievementFactory(published=True, organisation=institute_user.organisation)
    for text in ("无中试数据", "", ""):
        demand = DemandFactory(published=True, tags={"field11": [{"code": "07", "by": "person"}]})
        give_answer(
            source=demand, target=achievement, is_yes=False, reason="too_early", text=text, by=bureau_officer
        )
    return achievement


def test_the_owner_finds_the_advice_in_the_inbox_and_on_the_page_and_marks_it_read(
    signed_in, institute_user, refused
):
    browser = signed_in(institute_user)
    inbox = browser.get(reverse("desk:inbox")).content.decode()
    assert "3 个答复里 3 个不合适" in inbox
    assert (
        "无中试数据"
        in browser.get(reverse("desk:record", args=["achievement", refused.public_id])).content.decode()
    )

    done = browser.post(
        reverse("verdict:advice-read", args=["achievement", refused.public_id]),
        {"next": "inbox"},
        follow=True,
    )

    assert "3 个答复里 3 个不合适" not in done.content.decode()


def test_a_stranger_reads_no_advice(visitor, signed_in, stranger, refused):
    address = reverse("market:achievement-detail", args=[refused.public_id])
    for browser in (visitor, signed_in(stranger)):
        assert "无中试数据" not in browser.get(address).content.decode()
    assert (
        signed_in(stranger)
        .post(reverse("verdict:advice-read", args=["achievement", refused.public_id]))
        .status_code
        == 403
    )


def test_anybody_reads_the_statistics(visitor, refused):
    page = visitor.get(reverse("verdict:refusals")).content.decode()

    assert "环境" in page
    assert 'id="refusals-chart"' in page


def test_before_anybody_answered_the_page_says_how_it_will_fill(visitor):
    assert "还没有可以公开的答复" in visitor.get(reverse("verdict:refusals")).content.decode()
