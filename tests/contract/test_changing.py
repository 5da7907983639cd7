"""A registered contract changes, is objected to, is reviewed: the number stays, the certificate has versions."""

from decimal import Decimal
from typing import Any

import pytest

from keqiao.contract import registering
from keqiao.contract.certificate import verify
from keqiao.contract.changing import change_registration, object_to, take_objection
from keqiao.contract.enums import State
from keqiao.contract.models import Contract, ContractRegistration, LedgerEntry
from keqiao.contract.registering import Approved
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.models import User
from tests.contract.test_registering import SAID, claimed, registered
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
LESS = Approved("DEV", "DEV-ENTRUST", Decimal("900000.00"), Decimal("800000.00"))


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


@pytest.fixture
def done(institute_user: User, registrar: User) -> ContractRegistration:
    return registered(institute_user, registrar)


def fresh(done: ContractRegistration) -> ContractRegistration:
    return ContractRegistration.objects.select_related("contract").get(pk=done.pk)


def test_a_change_keeps_the_number_and_gives_a_new_version(
    done: ContractRegistration, registrar: User
) -> None:
    old = done.certificate_no

    now = change_registration(
        contract=done.contract, by=registrar, approved=LESS, reason="补充协议减少一项内容"
    )

    assert (now.reg_no, now.version) == (done.reg_no, 2)
    assert fresh(done).contract.status == State.CHANGED
    assert (verify(old).key, verify(now.certificate_no).key) == ("older", "genuine")
    assert "捌拾万元整" in dict(verify(now.certificate_no).lines)["技术交易额"]
    assert LedgerEntry.objects.get().tech_fen == 80_000_000


def test_a_change_that_changes_nothing_or_says_no_reason_is_refused(
    done: ContractRegistration, registrar: User
) -> None:
    with pytest.raises(BadInput, match="没有改动"):
        change_registration(contract=done.contract, by=registrar, approved=SAID, reason="核对")
    with pytest.raises(BadInput, match="理由"):
        change_registration(contract=done.contract, by=registrar, approved=LESS, reason=" ")
    with pytest.raises(NotAllowed, match="登记员"):
        change_registration(
            contract=done.contract, by=UserFactory(bureau_officer=True), approved=LESS, reason="x"
        )


def test_an_objection_is_seen_by_whoever_verifies_and_another_registrar_reviews_it(
    done: ContractRegistration, registrar: User, institute_user: User
) -> None:
    with pytest.raises(NotAllowed, match="当事人"):
        object_to(contract=done.contract, by=UserFactory(enterprise=True), reason="有误")
    object_to(contract=done.contract, by=institute_user, reason="技术交易额少算了培训费")
    assert verify(done.certificate_no).key == "objected"
    with pytest.raises(NotAllowed, match="另一位登记员"):
        take_objection(contract=done.contract, by=registrar, reason="我来复核")
    other = UserFactory(registrar=True)
    taken = take_objection(contract=done.contract, by=other, reason="三日内复核")
    assert taken.status == State.REVIEW

    kept = registering.register_contract(contract=taken, by=other, approved=SAID)

    assert (kept.reg_no, kept.version, kept.decided_on) == (done.reg_no, 1, done.decided_on)
    assert verify(done.certificate_no).key == "genuine"


def test_a_review_may_correct_the_sums_under_the_same_number(
    done: ContractRegistration, institute_user: User
) -> None:
    other = UserFactory(registrar=True)
    object_to(contract=done.contract, by=institute_user, reason="金额有误")
    taken = take_objection(contract=done.contract, by=other, reason="复核")
    now = registering.register_contract(contract=taken, by=other, approved=LESS, reason="复核后更正")
    assert (now.reg_no, now.version) == (done.reg_no, 2)
    assert verify(done.certificate_no).key == "older"


def test_a_review_that_finds_no_technology_contract_ends_the_registration(
    done: ContractRegistration, institute_user: User
) -> None:
    other = UserFactory(registrar=True)
    object_to(contract=done.contract, by=other, reason="税务部门提出：实为设备买卖")
    taken = take_objection(contract=done.contract, by=other, reason="复核")
    registering.refuse_contract(contract=taken, by=other, reason_code="R02", reason="实为设备买卖")
    assert fresh(done).ended_on is not None
    assert fresh(done).reg_no == done.reg_no
    assert verify(done.certificate_no).key == "ended"
    assert LedgerEntry.objects.get().ended_on is not None


def test_a_refused_contract_may_be_objected_to_and_registered_after_all(
    institute_user: User, registrar: User
) -> None:
    refused = registering.refuse_contract(
        contract=claimed(institute_user, registrar), by=registrar, reason_code="R02", reason="看不出创新"
    )
    object_to(contract=refused, by=institute_user, reason="附件三有创新点说明")
    other = UserFactory(registrar=True)
    taken = take_objection(contract=Contract.objects.get(pk=refused.pk), by=other, reason="复核")
    now = registering.register_contract(contract=taken, by=other, approved=SAID)
    assert now.reg_no is not None
    assert verify(now.certificate_no).key == "genuine"
