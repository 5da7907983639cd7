"""Milestones, payments, acceptance, agreed changes, and the income approved payment by payment."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from keqiao.contract import performing, registering
from keqiao.contract.actions import submit_contract
from keqiao.contract.enums import IncomeState
from keqiao.contract.models import Contract, ContractRegistration
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.people.models import User
from tests.contract.factories import drafted
from tests.contract.test_registering import registered
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 4, 2)


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


@pytest.fixture
def contract(institute_user: User, registrar: User) -> Contract:
    return registered(institute_user, registrar).contract


def declared(contract: Contract, by: User, amount: int, tech: int, **costs: int) -> Any:
    return performing.declare_income(
        contract=contract, by=by, received_on=DAY, realised_contract=Decimal(amount), realised_tech=Decimal(tech),
        deductions={name: Decimal(cost) for name, cost in costs.items()},
    )  # fmt: skip


def test_a_milestone_is_promised_and_done_and_not_before_its_day(
    contract: Contract, institute_user: User
) -> None:
    made = performing.add_milestone(
        contract=contract, by=institute_user, title="中试完成", due_on=date(2026, 9, 1)
    )
    with pytest.raises(BadInput, match="还没有到"):
        performing.finish_milestone(
            contract=contract,
            by=institute_user,
            pk=made.pk,
            done_on=timezone.localdate() + timedelta(days=1),
        )
    done = performing.finish_milestone(contract=contract, by=institute_user, pk=made.pk, done_on=DAY)
    assert done.done_on == DAY
    with pytest.raises(NotFound):
        performing.finish_milestone(contract=contract, by=institute_user, pk=made.pk + 9, done_on=DAY)


def test_a_payment_is_planned_and_received(contract: Contract, institute_user: User) -> None:
    made = performing.plan_payment(
        contract=contract, by=institute_user, amount=Decimal(300_000), due_on=DAY, condition="生效后"
    )
    paid = performing.receive_payment(
        contract=contract, by=institute_user, pk=made.pk, paid_on=DAY, paid_amount=Decimal(300_000)
    )
    assert paid.paid_amount == 300_000
    with pytest.raises(BadInput, match="大于零"):
        performing.receive_payment(
            contract=contract, by=institute_user, pk=made.pk, paid_on=DAY, paid_amount=Decimal(0)
        )


def test_acceptance_and_agreed_changes_are_kept_with_before_and_after(
    contract: Contract, institute_user: User
) -> None:
    performing.record_acceptance(
        contract=contract, by=institute_user, held_on=DAY, is_passed=True, note="指标达到"
    )
    made = performing.record_amendment(
        contract=contract, by=institute_user, kind="change", agreed_on=DAY, reason="减少一项", after={"total_amount": Decimal(900_000), "end_on": None},
    )  # fmt: skip
    assert (made.before, made.after) == ({"total_amount": "1000000.00"}, {"total_amount": "900000"})
    contract.refresh_from_db()
    assert contract.total_amount == 1_000_000  # what is registered changes by 变更登记 alone
    with pytest.raises(BadInput, match="至少一项"):
        performing.record_amendment(
            contract=contract, by=institute_user, kind="change", agreed_on=DAY, reason="x", after={}
        )


def test_income_is_approved_payment_by_payment_and_adds_up(
    contract: Contract, institute_user: User, registrar: User
) -> None:
    first = declared(contract, institute_user, 400_000, 400_000, 劳务费=50_000)
    second = declared(contract, institute_user, 600_000, 600_000)
    assert (first.seq, first.tech_income, second.seq) == (1, Decimal(350_000), 2)
    performing.approve_income(contract=contract, by=registrar, pk=first.pk)
    performing.approve_income(contract=contract, by=registrar, pk=second.pk)
    assert ContractRegistration.objects.get(contract=contract).tech_income == 950_000
    with pytest.raises(NotAllowed, match="已核定"):
        performing.return_income(contract=contract, by=registrar, pk=first.pk, reason="重填")


def test_more_than_was_registered_is_never_realised(contract: Contract, institute_user: User) -> None:
    declared(contract, institute_user, 700_000, 700_000)
    with pytest.raises(BadInput, match="超过登记的") as refused:
        declared(contract, institute_user, 300_001, 300_000)
    assert refused.value.code == "AMT-07"
    with pytest.raises(BadInput, match="扣除成本"):
        declared(contract, institute_user, 100_000, 50_000, 原材料费=60_000)
    with pytest.raises(BadInput, match="大于本次实现合同交易额"):
        declared(contract, institute_user, 10, 11)


def test_a_returned_form_counts_no_more(contract: Contract, institute_user: User, registrar: User) -> None:
    first = declared(contract, institute_user, 1_000_000, 1_000_000)
    back = performing.return_income(contract=contract, by=registrar, pk=first.pk, reason="缺到账凭证")
    assert back.state == IncomeState.RETURNED
    assert declared(contract, institute_user, 1_000_000, 1_000_000).seq == 2


def test_strangers_and_officers_write_no_performance_and_a_draft_has_no_income(
    contract: Contract, institute_user: User, registrar: User
) -> None:
    for stranger in (UserFactory(enterprise=True), UserFactory(bureau_officer=True), registrar):
        with pytest.raises(NotAllowed, match="双方当事人"):
            performing.add_milestone(contract=contract, by=stranger, title="x", due_on=DAY)
    with pytest.raises(NotAllowed, match="还没有登记"):
        declared(drafted(institute_user), institute_user, 1, 1)
    registering.end_registration(contract=contract, by=registrar, move="deregister", reason="合同解除")
    with pytest.raises(NotAllowed, match="已注销"):
        performing.add_milestone(contract=contract, by=institute_user, title="x", due_on=DAY)


def test_the_buyer_writes_performance_too(
    enterprise_user: User, institute_user: User, registrar: User
) -> None:
    contract = submit_contract(contract=drafted(institute_user, buyer=enterprise_user), by=institute_user)
    assert performing.may_perform(enterprise_user, contract)
    assert not performing.may_perform(UserFactory(enterprise=True), contract)
