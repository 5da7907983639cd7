"""A contract is filled from its case once both sides agreed to be named, and its registration is written back."""

from typing import Any

import pytest

from keqiao.contract import registering
from keqiao.contract.access import may_edit
from keqiao.contract.actions import draft_contract, save_contract, submit_contract
from keqiao.contract.registering import Approved
from keqiao.core.errors import NotAllowed
from keqiao.deal.actions import move_case
from keqiao.deal.models import Case
from keqiao.people.models import User
from tests.contract.factories import GOOD
from tests.contract.test_registering import SAID
from tests.factories.deal import a_case, agree
from tests.factories.people import UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(county_officer: User, enterprise_user: User, institute_user: User) -> Case:
    return a_case(
        county_officer, demand=DemandFactory(published=True, organisation=enterprise_user.organisation),
        other=AchievementFactory(published=True, organisation=institute_user.organisation),
    )  # fmt: skip


def signing(case: Case, officer: User) -> Case:
    agree(case, officer)
    for move in ("screen", "dock", "talk", "sign"):
        case = move_case(case=case, move=move, by=officer)
    return case


def test_names_cross_over_only_after_both_agreed(
    case: Case, county_officer: User, institute_user: User, enterprise_user: User
) -> None:
    early = draft_contract(by=institute_user, project_name="染色废水回用", case=case)
    assert early.parties.get(side="buyer").name == ""
    agree(case, county_officer)
    later = draft_contract(by=institute_user, project_name="染色废水回用", case=case)
    assert later.parties.get(side="buyer").organisation == enterprise_user.organisation
    assert later.parties.get(side="seller").organisation == institute_user.organisation
    assert (later.case_id, later.demand_id) == (
        case.public_id,
        case.demand.public_id if case.demand else None,
    )


def test_a_broker_of_no_unit_drafts_for_the_seller_of_a_case_and_for_nobody_else(
    case: Case, county_officer: User, institute_user: User
) -> None:
    broker = UserFactory(broker=True, organisation=None)
    with pytest.raises(NotAllowed, match="没有所属单位"):
        draft_contract(by=broker, project_name="染色废水回用")
    agree(case, county_officer)
    made = draft_contract(by=broker, project_name="染色废水回用", case=case)
    assert made.owner == institute_user.organisation
    assert may_edit(broker, made)
    assert may_edit(institute_user, made)


def test_registering_moves_the_case_on_and_revoking_takes_the_mark_away(
    case: Case, county_officer: User, institute_user: User, settings: Any
) -> None:
    settings.KEQIAO_HOME_DIVISION = "3403"
    registrar = UserFactory(registrar=True)
    case = signing(case, county_officer)
    made = draft_contract(by=institute_user, project_name="染色废水回用", case=case)
    save_contract(contract=made, by=institute_user, values=GOOD, parties={})
    contract = registering.claim_contract(
        contract=submit_contract(contract=made, by=institute_user), by=registrar
    )

    done = registering.register_contract(contract=contract, by=registrar, approved=SAID)

    case.refresh_from_db()
    assert (case.stage, case.contract_number, case.is_registered) == ("perform", done.reg_no, True)
    registering.end_registration(contract=contract, by=registrar, move="revoke", reason="合同无效")
    case.refresh_from_db()
    assert not case.is_registered


def test_a_case_that_has_not_come_so_far_is_left_and_the_trail_says_so(
    case: Case, institute_user: User, settings: Any
) -> None:
    settings.KEQIAO_HOME_DIVISION = "3403"
    registrar = UserFactory(registrar=True)
    made = draft_contract(by=institute_user, project_name="染色废水回用", case=case)
    save_contract(
        contract=made, by=institute_user, values=GOOD, parties={"buyer": {"name": "示例印染有限公司"}}
    )
    contract = registering.claim_contract(
        contract=submit_contract(contract=made, by=institute_user), by=registrar
    )
    done = registering.register_contract(
        contract=contract,
        by=registrar,
        approved=Approved("DEV", "DEV-ENTRUST", SAID.total_amount, SAID.tech_amount),
    )
    case.refresh_from_db()
    assert done.reg_no
    assert not case.is_registered
