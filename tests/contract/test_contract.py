"""Drafting, judging and handing in a contract; who sees it."""

from datetime import date
from decimal import Decimal

import pytest

from keqiao.contract.access import contract_for
from keqiao.contract.actions import (
    attach_paper,
    draft_contract,
    judge,
    judge_both,
    keep_judgement,
    save_contract,
    submit_contract,
    withdraw_contract,
)
from keqiao.contract.enums import State
from keqiao.contract.flow import CONTRACT_FLOW
from keqiao.contract.models import Contract
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditEntry
from keqiao.people.models import User
from tests.contract.factories import drafted
from tests.contract.test_reader import as_docx
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 9)


def test_a_good_contract_is_judged_and_the_verdict_is_kept_with_its_book(institute_user: User) -> None:
    contract = drafted(institute_user)
    verdict = judge(contract, on=DAY)
    kept = keep_judgement(contract=contract, verdict=verdict, by=institute_user)
    assert verdict.verdict == "registrable", verdict.findings
    assert (kept.rule_set, kept.result["class"]) == ("CN-2026", "DEV")
    assert kept.inputs["project_name"] == "低温染色工艺研究开发"
    assert len(kept.rule_digest) == 64


def test_both_books_are_read_side_by_side(institute_user: User) -> None:
    both = judge_both(drafted(institute_user), on=DAY)
    assert (both.under_2001.book, both.under_2026.book) == ("CN-2001", "CN-2026")
    assert both.differences


def test_a_contract_with_errors_stays_with_the_seller(institute_user: User) -> None:
    contract = drafted(institute_user, values={"tech_amount": Decimal("2000000.00")})
    with pytest.raises(BadInput, match="没有提交"):
        submit_contract(contract=contract, by=institute_user)
    assert Contract.objects.get(pk=contract.pk).status == State.DRAFT


def test_handing_in_shows_it_to_the_buyer_and_opens_the_registration(institute_user: User) -> None:
    buyer = UserFactory(enterprise=True)
    contract = drafted(institute_user, buyer=buyer)
    with pytest.raises(NotFound):
        contract_for(buyer, contract.public_id)

    submitted = submit_contract(contract=contract, by=institute_user)

    assert submitted.status == State.SUBMITTED
    assert contract_for(buyer, contract.public_id) == contract
    assert submitted.registration.judgement.verdict == "registrable"
    assert AuditEntry.objects.filter(action="contract.submitted").count() == 1
    with pytest.raises(NotAllowed, match="不能修改"):
        save_contract(contract=submitted, by=institute_user, values={"title": "x"}, parties={})


def test_nobody_else_sees_a_contract_and_a_draft_is_the_drafters_alone(institute_user: User) -> None:
    contract = drafted(institute_user)
    others = [
        UserFactory(**{role: True})
        for role in ("enterprise", "registrar", "auditor", "bureau_officer", "system_admin")
    ]
    for other in others:
        with pytest.raises(NotFound):
            contract_for(other, contract.public_id)

    submit_contract(contract=contract, by=institute_user)

    seen = [other for other in others if Contract.objects.visible_to(other).filter(pk=contract.pk).exists()]
    assert {role for one in seen for role in one.roles} == {"registrar", "auditor", "bureau_officer"}


def test_a_registrar_of_another_county_does_not_see_it(institute_user: User) -> None:
    contract = submit_contract(contract=drafted(institute_user), by=institute_user)
    far = UserFactory(registrar=True, division="99")
    assert not Contract.objects.visible_to(far).filter(pk=contract.pk).exists()


def test_two_people_do_not_overwrite_each_other(institute_user: User) -> None:
    contract = drafted(institute_user)
    save_contract(
        contract=contract,
        by=institute_user,
        values={"title": "甲"},
        parties={},
        seen_version=contract.version,
    )
    with pytest.raises(NotAllowed, match="保存过"):
        save_contract(
            contract=contract,
            by=institute_user,
            values={"title": "乙"},
            parties={},
            seen_version=contract.version,
        )


def test_a_second_contract_of_the_same_kind_is_called_a_likely_duplicate(institute_user: User) -> None:
    first = submit_contract(contract=drafted(institute_user), by=institute_user)
    second = drafted(institute_user)
    codes = {one.code: one for one in judge(second, on=DAY).findings}
    assert first.number in codes["TC-06"].message


def test_the_uploaded_text_is_held_against_the_form(institute_user: User) -> None:
    contract = drafted(institute_user)
    attach_paper(contract=contract, by=institute_user, name="合同.docx",
                 content=as_docx(["技术开发合同", "合同总额：90万元（大写：玖拾万元整）"]))  # fmt: skip
    codes = {one.code: one for one in judge(contract, on=DAY).findings}
    assert "900,000.00" in codes["TXT-03"].message


def test_a_submitted_contract_can_be_taken_back_until_it_is_accepted(institute_user: User) -> None:
    contract = submit_contract(contract=drafted(institute_user), by=institute_user)
    assert withdraw_contract(contract=contract, by=institute_user).status == State.DRAFT
    with pytest.raises(NotAllowed, match="草稿"):
        withdraw_contract(contract=contract, by=institute_user)


@pytest.mark.parametrize("role", ["expert", "registrar", "auditor", "system_admin"])
def test_who_drafts_no_contracts_is_told_why(role: str) -> None:
    with pytest.raises(NotAllowed):
        draft_contract(by=UserFactory(**{role: True}), project_name="某项目")


def test_every_state_of_the_flow_can_be_reached() -> None:
    reached = {CONTRACT_FLOW.start} | {one.target for one in CONTRACT_FLOW.moves}
    assert reached == {str(one) for one in State}
