"""Answering on the pages: a button, 已记下, 撤销."""

import pytest
from django.urls import reverse

from keqiao.verdict.actions import give_answer
from keqiao.verdict.models import Answer
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def demand(enterprise_user):
    return DemandFactory(published=True, organisation=enterprise_user.organisation)


@pytest.fixture
def achievement(db):
    return AchievementFactory(published=True)


def address(source, target):
    return reverse("verdict:answer", args=[source.KIND, source.public_id, target.KIND, target.public_id])


def page_of(browser, record):
    return browser.get(reverse(f"market:{record.KIND}-detail", args=[record.public_id])).content.decode()


def test_the_owner_sees_buttons_on_the_matches_and_a_stranger_none(
    signed_in, enterprise_user, stranger, visitor, demand, achievement, indexed
):
    indexed()
    post = address(demand, achievement)

    assert post in page_of(signed_in(enterprise_user), demand)
    assert "联系不上" in page_of(signed_in(enterprise_user), demand)
    assert post not in page_of(signed_in(stranger), demand)
    assert post not in page_of(visitor, demand)


def test_one_click_answers_and_one_takes_it_back(signed_in, enterprise_user, demand, achievement):
    browser = signed_in(enterprise_user)

    said = browser.post(address(demand, achievement), {"answer": "too_early"}, headers=HTMX).content.decode()
    assert "已记下：<b>不合适 · 太早期</b>" in said
    assert "撤销" in said
    assert "<html" not in said

    undone = browser.post(address(demand, achievement), {"answer": "undo"}, headers=HTMX).content.decode()
    assert "已记下" not in undone
    assert "这一条对您有用吗" in undone
    assert not Answer.objects.current().exists()


def test_without_scripts_the_page_comes_back_with_a_word(signed_in, enterprise_user, demand, achievement):
    here = reverse("market:demand-detail", args=[demand.public_id])

    response = signed_in(enterprise_user).post(
        address(demand, achievement), {"answer": "yes", "next": here}, follow=True
    )

    assert response.redirect_chain[0][0] == f"{here}#answer-achievement-{achievement.public_id}"
    assert "已记下：合适" in response.content.decode()


def test_an_answer_leads_nowhere_outside(signed_in, enterprise_user, demand, achievement):
    response = signed_in(enterprise_user).post(
        address(demand, achievement), {"answer": "yes", "next": "https://example.com/"}
    )

    assert response["Location"].startswith("/demands/")


def test_other_without_words_says_what_is_missing_beside_the_buttons(
    signed_in, enterprise_user, demand, achievement
):
    response = signed_in(enterprise_user).post(
        address(demand, achievement), {"answer": "other"}, headers=HTMX
    )

    assert response.status_code == 422
    assert "用一句话写明原因" in response.content.decode()


def test_a_changed_mind_that_lacks_its_words_finds_the_field_open(
    signed_in, enterprise_user, demand, achievement
):
    client, where = signed_in(enterprise_user), address(demand, achievement)
    client.post(where, {"answer": "price"}, headers=HTMX)

    page = client.post(where, {"answer": "other"}, headers=HTMX).content.decode()

    assert '<details class="again" open>' in page, "the question names a field that must be in sight"
    assert 'aria-invalid="true"' in page


def test_a_stranger_may_not_answer_and_a_hidden_record_is_not_found(signed_in, stranger, demand, achievement):
    assert signed_in(stranger).post(address(demand, achievement), {"answer": "yes"}).status_code == 403
    hidden = AchievementFactory(published=True, closed_tier=True)
    assert signed_in(stranger).post(address(demand, hidden), {"answer": "yes"}).status_code == 404
    assert not Answer.objects.exists()


def test_what_was_refused_stands_in_a_fold_with_its_way_back(
    signed_in, enterprise_user, demand, achievement, indexed
):
    indexed()
    give_answer(source=demand, target=achievement, is_yes=False, reason="price", by=enterprise_user)

    page = page_of(signed_in(enterprise_user), demand)

    assert "已答复不合适的 1 项" in page
    assert page.count(f'id="answer-achievement-{achievement.public_id}"') == 1


def test_an_officer_answers_for_the_unit_from_the_desk(
    signed_in, county_officer, demand, achievement, indexed
):
    indexed()
    page = signed_in(county_officer).get(
        reverse("desk:record", args=["demand", demand.public_id]) + "?tab=matches"
    )

    assert "代该单位答复" in page.content.decode()
