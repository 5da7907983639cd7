"""A unit asks, an officer decides, a member brings colleagues."""

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.factories.people import PASSWORD, OrganisationFactory, UserFactory

from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditEntry
from keqiao.people import actions
from keqiao.people.enums import OrganisationKind, Role
from keqiao.people.models import ApplicationStatus, Organisation, OrganisationApplication, User

GOOD_CODE = "91512081MA62K0260E"


def ask(**other: str) -> OrganisationApplication:
    facts = {
        "name": "固镇县晨光纺织有限公司",
        "kind": OrganisationKind.ENTERPRISE,
        "uscc": GOOD_CODE,
        "division_code": "340323000000",
        "contact_name": "周小敏",
        "contact_phone": "13812345678",
        "username": "chenguang",
        "password": PASSWORD,
    }
    return actions.apply_for_organisation(**(facts | other))


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (OrganisationKind.ENTERPRISE, Role.ENTERPRISE),
        (OrganisationKind.UNIVERSITY, Role.INSTITUTE),
        (OrganisationKind.HOSPITAL, Role.INSTITUTE),
        (OrganisationKind.SERVICE, Role.BROKER),
    ],
)
def test_an_approved_unit_exists_and_its_first_user_has_the_role_of_its_kind(
    county_officer: User, kind: str, role: str
) -> None:
    user = actions.approve_application(application=ask(kind=kind), by=county_officer)

    assert user.roles == {role}
    assert user.check_password(PASSWORD)
    assert user.organisation.uscc == GOOD_CODE
    assert user.organisation.is_verified
    assert user.consents.get().scene == "register"
    application = OrganisationApplication.objects.get()
    assert (application.status, application.password) == (ApplicationStatus.APPROVED, "")


def test_a_unit_that_is_known_by_its_code_is_joined_not_made_twice(county_officer: User) -> None:
    known = OrganisationFactory(uscc=GOOD_CODE, name="晨光纺织厂", is_verified=False)

    user = actions.approve_application(application=ask(), by=county_officer)

    known.refresh_from_db()
    assert user.organisation == known
    assert known.is_verified
    assert Organisation.objects.filter(uscc=GOOD_CODE).count() == 1


def test_a_wrong_check_digit_is_a_warning_and_a_wrong_letter_an_error(db: None) -> None:
    application = ask(uscc="91310115MA1G4L1WXK")

    assert "第 18 位" in application.uscc_warning
    with pytest.raises(BadInput, match="第 3 位“O”不可用"):
        ask(uscc="91O10115MA1G4L1WXK", username="another")


def test_the_officer_of_another_county_cannot_decide(other_county_officer: User) -> None:
    application = ask()

    with pytest.raises(NotAllowed, match="不在您的辖区"):
        actions.approve_application(application=application, by=other_county_officer)

    application.refresh_from_db()
    assert application.status == ApplicationStatus.WAITING


def test_nobody_approves_the_own_application(db: None) -> None:
    officer = UserFactory(county_officer=True, phone="13812345678", phone_hash=lookup_hash("13812345678"))

    with pytest.raises(NotAllowed, match="不能审核自己的申请"):
        actions.approve_application(application=ask(), by=officer)


def test_of_two_officers_the_second_learns_that_it_is_decided(
    county_officer: User, bureau_officer: User
) -> None:
    application = ask()
    actions.return_application(
        application=application, reason="名称与执照不一致，请改为全称", by=county_officer
    )

    with pytest.raises(NotAllowed, match="已退回") as refusal:
        actions.approve_application(application=application, by=bureau_officer)

    assert refusal.value.conflict
    assert not User.objects.filter(username="chenguang").exists()


def test_after_a_return_the_same_user_name_may_be_asked_for_again(county_officer: User) -> None:
    actions.return_application(application=ask(), reason="请补信用代码", by=county_officer)

    assert ask().status == ApplicationStatus.WAITING


def test_a_return_without_a_reason_is_refused(county_officer: User) -> None:
    with pytest.raises(BadInput, match="退回的原因"):
        actions.return_application(application=ask(), reason="  ", by=county_officer)


@pytest.mark.parametrize("taken_by", ["account", "closed account", "waiting application"])
def test_a_user_name_is_never_given_out_twice(taken_by: str, db: None) -> None:
    if taken_by == "waiting application":
        ask()
    else:
        user = UserFactory(enterprise=True, username="ChenGuang")
        if taken_by == "closed account":
            actions.close_account(by=user)

    with pytest.raises(BadInput, match="已有人使用"):
        ask(uscc="9131000063159284XQ")


def test_a_weak_password_is_refused_at_its_field(db: None) -> None:
    with pytest.raises(BadInput) as refusal:
        ask(password="chenguang#7A")
    assert refusal.value.field == "password"


# ── invitations ──


def accept(token: str, **other: str) -> User:
    return actions.accept_invitation(
        token=token, **({"username": "colleague", "name": "吴小华", "password": PASSWORD} | other)
    )


def test_an_invited_colleague_joins_the_same_unit_once(enterprise_user: User) -> None:
    _, token = actions.invite_colleague(name="吴小华", by=enterprise_user)

    colleague = accept(token)

    assert colleague.organisation == enterprise_user.organisation
    assert colleague.roles == {Role.ENTERPRISE}
    assert colleague.consents.get().scene == "invitation"
    with pytest.raises(NotFound):
        accept(token, username="third")


def test_an_invitation_dies_after_seven_days_or_when_withdrawn(enterprise_user: User) -> None:
    old, old_token = actions.invite_colleague(name="吴小华", by=enterprise_user)
    old.expires_at = timezone.now() - timedelta(seconds=1)
    old.save()
    withdrawn, withdrawn_token = actions.invite_colleague(name="郑小强", by=enterprise_user)
    actions.revoke_invitation(invitation=withdrawn, by=enterprise_user)

    for token in (old_token, withdrawn_token, "forged"):
        with pytest.raises(NotFound, match="没有找到"):
            accept(token)


def test_the_token_of_an_invitation_is_not_kept(enterprise_user: User) -> None:
    invitation, token = actions.invite_colleague(name="吴小华", by=enterprise_user)

    assert token not in str(invitation.__dict__)
    assert not AuditEntry.objects.filter(changes__icontains=token).exists()
    assert AuditEntry.objects.get(action="invitation.sent").changes == {"受邀人": ["", "吴*华"]}


def test_an_expert_cannot_invite(expert_user: User) -> None:
    with pytest.raises(NotAllowed, match="邀请同事"):
        actions.invite_colleague(name="吴小华", by=expert_user)
