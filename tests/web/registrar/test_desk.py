"""The registrar's pages and the public page of a certificate."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.contract.enums import State
from keqiao.contract.models import Contract, ContractRegistration
from keqiao.people.models import User
from tests.contract.test_registering import claimed, handed_in, registered
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


def url(contract: Contract, what: str = "") -> str:
    return (
        reverse("registrar:act", args=[contract.public_id, what])
        if what
        else reverse("registrar:work", args=[contract.public_id])
    )


def test_a_contract_is_accepted_and_registered_and_its_certificate_verified(
    institute_user: User, registrar: User, signed_in: SignedIn, client: Client
) -> None:
    contract, browser = handed_in(institute_user), signed_in(registrar)
    assert contract.number in browser.get(reverse("registrar:queue"), {"heap": "new"}).content.decode()
    page = browser.post(url(contract, "claim"), follow=True).content.decode()
    assert "还有 15 个工作日" in page
    assert "登记并编号" in page
    sent = {"register-class_code": "DEV", "register-subclass": "DEV-ENTRUST", "register-total_amount": "1000000",
            "register-tech_amount": "1000000"}  # fmt: skip

    page = browser.post(url(contract, "register"), sent, follow=True).content.decode()

    done = ContractRegistration.objects.get(contract=contract)
    assert done.reg_no in page
    paper = browser.get(reverse("registrar:certificate", args=[contract.public_id]))
    assert paper.content.startswith(b"PK")
    public = client.get(reverse("registrar:verify", args=[done.certificate_no]))
    assert "证明真实有效" in public.content.decode()


def test_a_form_sent_empty_keeps_the_page_and_says_what_is_missing(
    institute_user: User, registrar: User, signed_in: SignedIn
) -> None:
    contract, browser = claimed(institute_user, registrar), signed_in(registrar)
    answer = browser.post(url(contract, "return"), {"return-reason": "缺附件"})
    assert answer.status_code == 422
    assert "缺附件" in answer.content.decode()
    sent = {"register-class_code": "DEV", "register-total_amount": "1000000", "register-tech_amount": "1"}
    answer = browser.post(url(contract, "register"), sent)
    assert answer.status_code == 422
    assert "请写明理由" in answer.content.decode()


def test_a_contract_is_returned_and_leaves_the_queue(
    institute_user: User, registrar: User, signed_in: SignedIn
) -> None:
    contract, browser = claimed(institute_user, registrar), signed_in(registrar)
    browser.post(url(contract, "return"), {"return-reason_code": "R09", "return-reason": "缺专利证书"})
    assert Contract.objects.get(pk=contract.pk).status == State.RETURNED
    assert url(contract) not in browser.get(reverse("registrar:queue")).content.decode()
    seller = signed_in(institute_user).get(reverse("contract:contract-detail", args=[contract.public_id]))
    assert "缺专利证书（R09" in seller.content.decode()


def test_the_registrars_inbox_and_rail_name_what_waits(
    institute_user: User, registrar: User, signed_in: SignedIn
) -> None:
    contract = handed_in(institute_user)
    page = signed_in(registrar).get(reverse("desk:inbox")).content.decode()
    assert "技术合同登记" in page
    assert contract.number in page
    assert reverse("registrar:queue") in page


def test_the_parties_take_their_certificate_from_the_contracts_page(
    institute_user: User, registrar: User, signed_in: SignedIn
) -> None:
    done = registered(institute_user, registrar)
    paper = reverse("registrar:certificate", args=[done.contract.public_id])
    browser = signed_in(institute_user)
    page = browser.get(reverse("contract:contract-detail", args=[done.contract.public_id])).content.decode()
    assert paper in page
    assert browser.get(paper).content.startswith(b"PK")


def test_a_case_that_is_not_mine_opens_no_contract(institute_user: User, signed_in: SignedIn) -> None:
    browser = signed_in(institute_user)
    address = reverse("contract:contract-new")
    assert browser.get(address, {"case": "383506e0-81d8-4274-8329-a38e03d2c240"}).status_code == 404
    assert browser.get(address, {"case": "x"}).status_code == 404


def test_nobody_but_registrars_sits_at_the_desk(
    institute_user: User, registrar: User, signed_in: SignedIn
) -> None:
    contract = handed_in(institute_user)
    for user in (institute_user, UserFactory(bureau_officer=True)):
        assert signed_in(user).get(url(contract)).status_code == 403
        assert signed_in(user).post(url(contract, "claim")).status_code == 403
    far = UserFactory(registrar=True, division="99")
    assert signed_in(far).get(url(contract)).status_code == 404


def test_a_stranger_with_a_wrong_code_learns_nothing(client: Client) -> None:
    answer = client.get(reverse("registrar:verify", args=["2026340301000001-0123456789ab"]))
    assert answer.status_code == 404
    assert "没有查到这份证明" in answer.content.decode()
    assert client.get(reverse("registrar:verify-form"), {"code": "123"}).status_code == 302


def test_a_revoked_certificate_says_so_and_is_no_longer_given_out(
    institute_user: User, registrar: User, signed_in: SignedIn, client: Client
) -> None:
    done = registered(institute_user, registrar)
    browser = signed_in(registrar)
    browser.post(url(done.contract, "revoke"), {"revoke-reason": "虚假合同"})
    page = client.get(reverse("registrar:verify", args=[done.certificate_no])).content.decode()
    assert "登记已经失效" in page
    assert browser.get(reverse("registrar:certificate", args=[done.contract.public_id])).status_code == 404
