"""Firms are asked what became of a result after 1, 3 and 5 years, once each, and answer on one page without signing in."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from keqiao.contract import followup, registering
from keqiao.contract.actions import submit_contract
from keqiao.contract.ledger import enter
from keqiao.contract.models import ContractRegistration, FollowUp
from keqiao.core.errors import BadInput, NotFound
from keqiao.message.models import Message
from keqiao.people.models import User
from keqiao.verdict.models import PairOutcome
from tests.contract.factories import drafted
from tests.contract.test_registering import SAID
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(institute_user: User, enterprise_user: User, settings: Any) -> ContractRegistration:
    """Registered a year and a day ago, bought by the enterprise."""
    settings.KEQIAO_HOME_DIVISION = "3403"
    registrar = UserFactory(registrar=True)
    contract = submit_contract(contract=drafted(institute_user, buyer=enterprise_user), by=institute_user)
    contract = registering.claim_contract(contract=contract, by=registrar)
    found = registering.register_contract(contract=contract, by=registrar, approved=SAID)
    today = timezone.localdate()
    ContractRegistration.objects.filter(pk=found.pk).update(
        decided_on=followup.due_day(today, -1), buyer_division="340323000000"
    )
    found.refresh_from_db()
    enter(contract, found)
    return found


def test_the_buyer_is_asked_once_on_the_anniversary(
    done: ContractRegistration, enterprise_user: User
) -> None:
    today = timezone.localdate()
    assert followup.ask_due(today) == 1
    assert followup.ask_due(today) == 0
    asked = FollowUp.objects.get()
    assert (asked.after_years, asked.due_on) == (1, today)
    assert Message.objects.filter(user=enterprise_user, kind="contract.follow_up").count() == 1


def test_the_firm_answers_on_one_page_and_may_correct_it(done: ContractRegistration, client: Client) -> None:
    followup.ask_due(timezone.localdate())
    address = followup.link_of(FollowUp.objects.get())
    assert done.contract.project_name in client.get(address).content.decode()
    assert client.post(address, {"sales_yuan": "-1"}).status_code == 422
    sent = {"in_use": "production", "sales_yuan": "3000000", "tax_yuan": "100000", "jobs": "4"}
    assert client.post(address, sent).status_code == 302
    client.post(address, sent | {"jobs": "6"})
    row = followup.outcomes("3403")[0]
    assert (row.asked, row.answered, row.rate, row.in_use, row.jobs) == (1, 1, 1.0, 1, 6)
    assert row.sales_yuan == Decimal(3_000_000)


@pytest.mark.parametrize(
    ("in_use", "proof"), [("production", ["works"]), ("never", ["failed"]), ("trial", [])]
)
def test_what_the_buyer_says_counts_in_matching(
    done: ContractRegistration, enterprise_user: User, in_use: str, proof: list[str]
) -> None:
    demand, achievement = DemandFactory(published=True), AchievementFactory(published=True)
    done.contract.demand_id, done.contract.achievement_id = demand.public_id, achievement.public_id
    done.contract.save(update_fields=["demand_id", "achievement_id"])
    followup.ask_due(timezone.localdate())
    token = followup.token_of(FollowUp.objects.get())

    followup.answer(token=token, in_use=in_use, sales_yuan=None, tax_yuan=None, jobs=None)

    kept = PairOutcome.objects.filter(need_id=demand.pk, offer_id=achievement.pk)
    assert [one.proof for one in kept] == proof
    registrar = UserFactory(registrar=True)
    registering.end_registration(contract=done.contract, by=registrar, move="revoke", reason="虚假合同")
    assert not PairOutcome.objects.exists()


def test_a_link_that_was_not_made_here_opens_nothing(done: ContractRegistration, client: Client) -> None:
    followup.plan(timezone.localdate())
    unasked = FollowUp.objects.get()
    with pytest.raises(NotFound):
        followup.follow_up_of(followup.token_of(unasked))
    assert client.get(reverse("registrar:follow-up", args=[f"{unasked.public_id.hex}:x"])).status_code == 404
    followup.ask_due(timezone.localdate())
    with pytest.raises(BadInput, match="应用情况"):
        followup.answer(
            token=followup.token_of(unasked), in_use="x", sales_yuan=None, tax_yuan=None, jobs=None
        )


def test_a_revoked_contract_is_not_followed_up(done: ContractRegistration) -> None:
    registrar = UserFactory(registrar=True)
    registering.end_registration(contract=done.contract, by=registrar, move="revoke", reason="虚假合同")
    assert followup.ask_due(timezone.localdate()) == 0


@pytest.mark.parametrize(
    ("day", "years", "due"),
    [(date(2024, 2, 29), 1, date(2025, 2, 28)), (date(2024, 2, 29), 4, date(2028, 2, 29)), (date(2026, 3, 9), -1, date(2025, 3, 9))],
)  # fmt: skip
def test_an_anniversary_of_a_leap_day_is_the_28th(day: date, years: int, due: date) -> None:
    assert followup.due_day(day, years) == due


def test_the_desk_sees_the_response_rate_and_the_statistics_count_the_answers(
    done: ContractRegistration, signed_in: Callable[[User], Client]
) -> None:
    followup.ask_due(timezone.localdate())
    followup.answer(
        token=followup.token_of(FollowUp.objects.get()), in_use="production", sales_yuan=Decimal(50_000), tax_yuan=None, jobs=2
    )  # fmt: skip
    browser = signed_in(UserFactory(registrar=True))
    assert "100%" in browser.get(reverse("contract:follow-ups")).content.decode()
    period = {"from": f"{done.decided_on}", "to": f"{done.decided_on}"}
    assert "就业 2 人" in browser.get(reverse("contract:statistics"), period).content.decode()
    page = browser.get(reverse("contract:incentives", args=[done.contract.public_id])).content.decode()
    assert "不是本市的规定" in page
    assert "待核实" in page
