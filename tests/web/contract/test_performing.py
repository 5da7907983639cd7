"""The performance page for both sides, the registrar's moves after registration."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from keqiao.contract.enums import State
from keqiao.contract.models import Contract, ContractRegistration
from keqiao.people.models import User
from tests.contract.test_registering import registered
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


@pytest.fixture
def registrar(settings: Any) -> User:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return UserFactory(registrar=True)


@pytest.fixture
def done(institute_user: User, registrar: User) -> ContractRegistration:
    return registered(institute_user, registrar)


def act(contract: Contract, what: str) -> str:
    return reverse("contract:performance-act", args=[contract.public_id, what])


def test_the_seller_declares_income_and_the_registrar_approves_it(
    done: ContractRegistration, institute_user: User, registrar: User, signed_in: SignedIn
) -> None:
    seller, desk = signed_in(institute_user), signed_in(registrar)
    sent = {
        "received_on": "2026-04-02",
        "realised_contract": "400000",
        "realised_tech": "400000",
        "cost_0": "50000",
    }
    page = seller.post(act(done.contract, "income"), sent, follow=True).content.decode()
    assert "350,000.00" in page
    assert "核定</button>" not in page
    form = done.contract.income_forms.get()
    assert '<span class="n amber">1</span>' in desk.get(reverse("registrar:work", args=[done.contract.public_id])).content.decode()  # fmt: skip
    page = desk.post(act(done.contract, "approve"), {"row": form.pk}, follow=True).content.decode()
    assert "已核定 <b>350,000.00</b> 元" in page
    paper = seller.get(reverse("contract:income-form", args=[done.contract.public_id, 1]))
    assert paper.content.startswith(b"%PDF")


def test_a_refused_step_keeps_its_words_and_says_why(
    done: ContractRegistration, institute_user: User, signed_in: SignedIn
) -> None:
    browser = signed_in(institute_user)
    answer = browser.post(act(done.contract, "milestone"), {"title": "中试完成"})
    assert answer.status_code == 422
    assert 'value="中试完成"' in answer.content.decode()
    over = {"received_on": "2026-04-02", "realised_contract": "1000001", "realised_tech": "1"}
    answer = browser.post(act(done.contract, "income"), over)
    assert answer.status_code == 422
    assert "超过登记的" in answer.content.decode()
    assert browser.post(act(done.contract, "nonsense")).status_code == 404


def test_only_the_parties_find_forms_on_the_page(done: ContractRegistration, signed_in: SignedIn) -> None:
    address = reverse("contract:performance", args=[done.contract.public_id])
    officer = signed_in(UserFactory(bureau_officer=True))
    assert "加一个节点" not in officer.get(address).content.decode()
    assert officer.post(act(done.contract, "milestone"), {"title": "x", "due_on": "2026-09-01"}).status_code == 409  # fmt: skip
    assert signed_in(UserFactory(enterprise=True)).get(address).status_code == 404


def test_a_change_agreed_by_the_parties_reaches_the_registrar_and_the_public_page(
    done: ContractRegistration, institute_user: User, registrar: User, signed_in: SignedIn, client: Client
) -> None:
    seller, desk = signed_in(institute_user), signed_in(registrar)
    agreed = {
        "kind": "change",
        "agreed_on": "2026-05-06",
        "reason": "减少一项内容",
        "total_amount": "900000",
    }
    assert seller.post(act(done.contract, "amendment"), agreed).status_code == 302
    page = desk.get(reverse("registrar:work", args=[done.contract.public_id])).content.decode()
    assert "减少一项内容" in page
    sent = {
        "change-project_name": done.contract.project_name, "change-class_code": "DEV", "change-subclass": "DEV-ENTRUST",
        "change-total_amount": "900000", "change-tech_amount": "900000", "change-reason": "补充协议",
    }  # fmt: skip
    page = desk.post(reverse("registrar:act", args=[done.contract.public_id, "change"]), sent, follow=True)
    assert "已变更登记" in page.content.decode()
    public = client.get(reverse("registrar:verify", args=[done.certificate_no])).content.decode()
    assert "内容已变更" in public


def test_an_objection_passes_to_another_registrar_and_back_to_genuine(
    done: ContractRegistration, institute_user: User, registrar: User, signed_in: SignedIn, client: Client
) -> None:
    seller, other = signed_in(institute_user), signed_in(UserFactory(registrar=True))
    seller.post(act(done.contract, "object"), {"reason": "技术交易额少算"})
    public = reverse("registrar:verify", args=[done.certificate_no])
    assert "正在复核" in client.get(public).content.decode()
    work = reverse("registrar:act", args=[done.contract.public_id, "take"])
    refused = signed_in(registrar).post(work, {"take-reason": "我来"})
    assert "另一位登记员" in refused.content.decode()
    assert other.post(work, {"take-reason": "复核"}).status_code == 302
    sent = {"register-class_code": "DEV", "register-subclass": "DEV-ENTRUST", "register-total_amount": "1000000",
            "register-tech_amount": "1000000"}  # fmt: skip
    other.post(reverse("registrar:act", args=[done.contract.public_id, "register"]), sent)
    assert Contract.objects.get(pk=done.contract_id).status == State.REGISTERED
    assert "真实有效" in client.get(public).content.decode()


def test_the_papers_come_as_pdf_to_whoever_may_read(
    done: ContractRegistration, institute_user: User, signed_in: SignedIn
) -> None:
    browser = signed_in(institute_user)
    for name in ("registrar:certificate-pdf", "contract:registration-form"):
        assert browser.get(reverse(name, args=[done.contract.public_id])).content.startswith(b"%PDF")
    stranger = signed_in(UserFactory(enterprise=True))
    assert (
        stranger.get(reverse("contract:registration-form", args=[done.contract.public_id])).status_code == 404
    )
