"""The parties' pages, from a new draft to the registrar."""

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keqiao.contract.enums import State
from keqiao.contract.models import Contract
from keqiao.people.models import User
from keqiao.web.contract.forms import initial_of
from tests.contract.factories import drafted
from tests.contract.test_reader import as_docx

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


def url(name: str, contract: Contract) -> str:
    return reverse(f"contract:{name}", args=[contract.public_id])


def form_of(contract: Contract, **changes: Any) -> dict[str, Any]:
    whole = initial_of(contract) | {"version": contract.version} | changes
    return {name: value for name, value in whole.items() if value not in (None, False, "")}


def test_a_new_contract_is_filled_in_checked_and_handed_in(institute_user: User, signed_in: SignedIn) -> None:
    browser = signed_in(institute_user)
    assert browser.post(reverse("contract:contract-new"), {"project_name": "某项目"}).status_code == 302
    contract = drafted(institute_user)
    changed = form_of(
        contract,
        costs="设备，检测设备，120000",
        tech_amount="",
        annexes=["contract_text", "registration_form", "budget"],
    )

    saved = browser.post(url("contract-edit", contract), changed | {"action": "check"})
    page = browser.get(saved["Location"]).content.decode()

    assert "880,000" in page
    assert "2000年管理办法" in page
    assert "待核实" in page
    assert browser.post(url("contract-submit", contract), follow=True).status_code == 200
    assert Contract.objects.get(pk=contract.pk).status == State.SUBMITTED
    detail = browser.get(url("contract-detail", contract)).content.decode()
    assert "已提交" in detail
    assert "撤回到草稿" in detail


def test_a_form_that_cannot_be_read_names_the_line(institute_user: User, signed_in: SignedIn) -> None:
    contract = drafted(institute_user)
    answer = signed_in(institute_user).post(
        url("contract-edit", contract), form_of(contract, costs="设备，机器，十二万")
    )
    assert answer.status_code == 422
    assert "第 1 行的金额“十二万”" in answer.content.decode()


def test_writing_saves_by_itself_and_a_second_writer_is_told(
    institute_user: User, signed_in: SignedIn
) -> None:
    browser, contract = signed_in(institute_user), drafted(institute_user)
    sent = form_of(contract, content="低温助剂")
    first = browser.post(url("contract-autosave", contract), sent)
    assert first.json()["fields"]["version"] == contract.version + 1
    assert browser.post(url("contract-autosave", contract), sent).status_code == 409


def test_a_contract_with_a_ground_of_refusal_is_not_handed_in(
    institute_user: User, signed_in: SignedIn
) -> None:
    contract = drafted(institute_user, values={"form": "oral"})
    page = signed_in(institute_user).post(url("contract-submit", contract), follow=True).content.decode()
    assert "口头合同" in page
    assert Contract.objects.get(pk=contract.pk).status == State.DRAFT


def test_the_text_is_uploaded_and_its_disagreement_shown(institute_user: User, signed_in: SignedIn) -> None:
    contract = drafted(institute_user)
    paper = SimpleUploadedFile("合同.docx", as_docx(["技术开发合同", "合同总额：玖拾万元整"]))
    page = (
        signed_in(institute_user)
        .post(url("paper-attach", contract), {"file": paper}, follow=True)
        .content.decode()
    )
    assert "900,000.00" in page


def test_a_file_that_is_no_contract_is_refused_in_words(institute_user: User, signed_in: SignedIn) -> None:
    paper = SimpleUploadedFile("合同.docx", b"MZ not a document")
    page = signed_in(institute_user).post(
        url("paper-attach", drafted(institute_user)), {"file": paper}, follow=True
    )
    assert "请确认选对了文件" in page.content.decode()


def test_the_draft_is_a_word_file_with_both_names(institute_user: User, signed_in: SignedIn) -> None:
    answer = signed_in(institute_user).get(url("draft-download", drafted(institute_user)))
    text = "\n".join(one.text for one in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert "示例印染有限公司" in text
    assert "壹佰万元整" in text


@pytest.mark.parametrize("name", ["contract-detail", "contract-edit", "contract-check", "draft-download"])
def test_a_stranger_gets_the_answer_of_an_absent_contract(
    name: str, institute_user: User, stranger: User, signed_in: SignedIn
) -> None:
    assert signed_in(stranger).get(url(name, drafted(institute_user))).status_code == 404


def test_the_list_finds_by_words_and_costs_the_same_for_many(
    institute_user: User, signed_in: SignedIn
) -> None:
    for _ in range(3):
        drafted(institute_user)
    browser = signed_in(institute_user)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(reverse("contract:contract-list"), {"q": "低温"}).content.decode()
    ours = [
        one["sql"]
        for one in asked
        if 'FROM "contract_' in one["sql"] or "FROM (SELECT DISTINCT" in one["sql"]
    ]
    assert len(ours) == 3  # how many, the page, their parties; the rail's counts are other rooms'
    assert page.count("低温染色工艺研究开发") >= 3
    assert "没有符合条件" in browser.get(reverse("contract:contract-list"), {"q": "没有的"}).content.decode()


def test_contacts_and_accounts_are_kept_encrypted_and_come_back_into_the_owners_form(
    institute_user: User, signed_in: SignedIn
) -> None:
    contract, browser = drafted(institute_user), signed_in(institute_user)
    sent = form_of(contract, buyer_contact="王小明", buyer_contact_phone="13812345678", buyer_account_number="6222 0000 1111",
                   buyer_representative="李四")  # fmt: skip
    assert browser.post(url("contract-edit", contract), sent).status_code == 302
    party = contract.parties.get(side="buyer")
    assert (party.contact_phone, party.account_number) == ("13812345678", "622200001111")
    assert party.account_hash
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact, contact_phone, account_number FROM contract_contractparty WHERE id = %s",
            [party.pk],
        )
        raw = " ".join(cursor.fetchone())
    assert "13812345678" not in raw
    assert "王小明" not in raw
    assert 'value="13812345678"' in browser.get(url("contract-edit", contract)).content.decode()
    assert "13812345678" not in browser.get(url("contract-detail", contract)).content.decode()
