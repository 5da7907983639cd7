"""Who gives which right to whom: three administrators, two persons, nobody for himself."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.factories.people import PASSWORD, OrganisationFactory, UserFactory

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.people import actions
from keqiao.people.access import acts_of, scope_of
from keqiao.people.enums import THREE_ADMINS, Act, Role
from keqiao.people.models import AdminChange, ChangeStatus, DisabledReason, RoleGrant, User


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("first", sorted(THREE_ADMINS))
@pytest.mark.parametrize("second", sorted(THREE_ADMINS))
def test_nobody_holds_two_of_the_three_administrators(first: str, second: str) -> None:
    user = UserFactory(**{first: True})

    with pytest.raises(ValidationError, match="三员分立"):
        RoleGrant(user=user, role=second).full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["bureau_officer", "enterprise", "auditor"])
def test_an_administrator_has_no_business_role_beside(role: str) -> None:
    with pytest.raises(ValidationError, match="不能兼任"):
        RoleGrant(user=UserFactory(**{role: True}), role=Role.AUDIT_ADMIN).full_clean()


def test_administrators_see_no_business_content(
    system_admin: User, security_admin: User, audit_admin: User
) -> None:
    for admin in (system_admin, security_admin, audit_admin):
        assert Act.VIEW not in acts_of(admin)
        assert not scope_of(admin).sees_all
        assert not scope_of(admin).prefixes


def test_the_system_administrator_makes_an_account_without_any_right(system_admin: User) -> None:
    user, password = actions.create_account(username="newcomer", name="新同事", by=system_admin)

    assert acts_of(user) == frozenset()
    assert user.must_change_password
    assert user.check_password(password)


@pytest.mark.parametrize("actor", ["security_admin", "bureau_officer", "enterprise_user", "audit_admin"])
def test_nobody_else_makes_accounts(actor: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed, match=r"建立账号.*系统管理员"):
        actions.create_account(username="newcomer", name="新同事", by=request.getfixturevalue(actor))


def test_the_security_administrator_grants_a_role_with_its_area(security_admin: User) -> None:
    user = UserFactory()

    actions.grant_role(user=user, role=Role.COUNTY_OFFICER, division_prefix="340323", by=security_admin)

    assert scope_of(fresh(user)).prefixes == ("340323",)
    entry = AuditEntry.objects.get(action="role.granted")
    assert (entry.level, entry.changes) == (
        "critical",
        {"角色": ["", "县区科技局人员"], "范围": ["", "340323"]},
    )


@pytest.mark.parametrize("actor", ["system_admin", "audit_admin", "bureau_officer", "enterprise_user"])
def test_nobody_else_grants_roles(actor: str, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(actor)

    with pytest.raises(NotAllowed, match="授予角色"):
        actions.grant_role(user=UserFactory(), role=Role.BUREAU_OFFICER, by=by)


def test_a_county_officer_without_a_county_is_refused(security_admin: User) -> None:
    with pytest.raises(BadInput, match="须指明辖区"):
        actions.grant_role(user=UserFactory(), role=Role.COUNTY_OFFICER, by=security_admin)


def test_nobody_grants_or_revokes_the_own_roles(security_admin: User) -> None:
    with pytest.raises(NotAllowed, match="不能给自己授予"):
        actions.grant_role(user=security_admin, role=Role.BUREAU_OFFICER, by=security_admin)
    with pytest.raises(NotAllowed, match="不能收回自己的"):
        actions.revoke_role(grant=security_admin.current_grants[0], reason="不干了", by=security_admin)


def test_a_revoked_role_is_gone_at_once(security_admin: User, bureau_officer: User) -> None:
    actions.revoke_role(grant=bureau_officer.current_grants[0], reason="调离", by=security_admin)

    assert fresh(bureau_officer).roles == frozenset()


def test_a_grant_ends_with_its_last_day(security_admin: User) -> None:
    user = UserFactory()
    grant = actions.grant_role(
        user=user, role=Role.BUREAU_OFFICER, valid_until=timezone.localdate(), by=security_admin
    )
    assert fresh(user).roles == {Role.BUREAU_OFFICER}

    RoleGrant.objects.filter(pk=grant.pk).update(valid_until=timezone.localdate() - timedelta(days=1))

    assert fresh(user).roles == frozenset()


# ── two persons ──


@pytest.fixture
def wanted(security_admin: User) -> AdminChange:
    """The security administrator wants somebody to become an audit administrator."""
    return actions.request_admin_change(
        user=UserFactory(), role=Role.AUDIT_ADMIN, is_grant=True, reason="老秦退休", by=security_admin
    )


def test_one_person_alone_cannot_make_an_administrator(security_admin: User) -> None:
    with pytest.raises(NotAllowed, match="另一名复核"):
        actions.grant_role(user=UserFactory(), role=Role.AUDIT_ADMIN, by=security_admin)


def test_a_second_administrator_makes_the_change_happen(wanted: AdminChange, system_admin: User) -> None:
    assert fresh(wanted.user).roles == frozenset()

    actions.decide_admin_change(change=wanted, agree=True, note="属实", by=system_admin)

    assert fresh(wanted.user).roles == {Role.AUDIT_ADMIN}


def test_a_refused_change_changes_nothing(wanted: AdminChange, audit_admin: User) -> None:
    actions.decide_admin_change(change=wanted, agree=False, note="理由不足", by=audit_admin)

    wanted.refresh_from_db()
    assert wanted.status == ChangeStatus.REFUSED
    assert fresh(wanted.user).roles == frozenset()
    with pytest.raises(NotAllowed, match="不必再办"):
        actions.decide_admin_change(change=wanted, agree=True, note="", by=audit_admin)


def test_neither_the_requester_nor_the_person_concerned_confirms(
    wanted: AdminChange, security_admin: User
) -> None:
    with pytest.raises(NotAllowed, match="申请人和本人"):
        actions.decide_admin_change(change=wanted, agree=True, note="", by=security_admin)
    with pytest.raises(NotAllowed, match="系统、安全或审计管理员复核"):
        actions.decide_admin_change(change=wanted, agree=True, note="", by=wanted.user)


def test_the_database_itself_refuses_one_person_as_both(wanted: AdminChange, security_admin: User) -> None:
    wanted.status, wanted.decided_by, wanted.decided_at = (
        ChangeStatus.CONFIRMED,
        security_admin,
        timezone.now(),
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        wanted.save()


def test_an_administrators_role_is_taken_away_by_two_persons(
    security_admin: User, system_admin: User, audit_admin: User
) -> None:
    with pytest.raises(NotAllowed, match="另一名管理员复核"):
        actions.revoke_role(grant=audit_admin.current_grants[0], reason="调离", by=security_admin)

    change = actions.request_admin_change(
        user=audit_admin, role=Role.AUDIT_ADMIN, is_grant=False, reason="调离", by=security_admin
    )
    with pytest.raises(NotAllowed, match="申请人和本人"):
        actions.decide_admin_change(change=change, agree=True, note="", by=audit_admin)
    actions.decide_admin_change(change=change, agree=True, note="", by=system_admin)

    assert fresh(audit_admin).roles == frozenset()


# ── disabling, resetting ──


def test_a_disabled_account_can_be_enabled_and_a_closed_one_not(
    system_admin: User, enterprise_user: User, stranger: User
) -> None:
    actions.disable_account(user=enterprise_user, reason="离职", by=system_admin)
    actions.enable_account(user=enterprise_user, by=system_admin)
    actions.close_account(by=stranger)

    assert fresh(enterprise_user).is_active
    with pytest.raises(NotAllowed, match="不能恢复"):
        actions.enable_account(user=stranger, by=system_admin)


def test_a_closed_account_keeps_no_personal_data(enterprise_user: User) -> None:
    actions.correct_account(by=enterprise_user, name="周小敏", phone="13812345678", email="zhou@example.cn")

    actions.close_account(by=enterprise_user)

    closed = fresh(enterprise_user)
    assert (closed.name, closed.phone, closed.phone_hash, closed.email) == ("已注销", "", "", "")
    assert not closed.has_usable_password()
    assert closed.roles == frozenset()
    trail = "".join(str(entry.changes) for entry in AuditEntry.objects.all())
    assert "13812345678" not in trail
    assert "138****5678" in trail


def test_accounts_that_nobody_uses_are_disabled_and_an_officers_reset_brings_them_back(
    county_officer: User,
) -> None:
    user = UserFactory(enterprise=True, last_seen_at=timezone.now() - timedelta(days=91))
    UserFactory(last_seen_at=timezone.now() - timedelta(days=89))

    assert actions.disable_unused_accounts(on=timezone.localdate()) == [user]
    assert fresh(user).disabled_reason == DisabledReason.UNUSED
    actions.issue_reset(user=user, by=county_officer, address_of=lambda token: token.token)

    assert fresh(user).is_active


def test_one_person_alone_cannot_take_over_an_administrators_account(
    security_admin: User, audit_admin: User
) -> None:
    with pytest.raises(NotAllowed, match="keqiao account reset"):
        actions.issue_reset(user=audit_admin, by=security_admin, address_of=lambda token: token.token)
    with pytest.raises(NotAllowed, match="keqiao account reset"):
        actions.remove_second_factor(user=audit_admin, by=security_admin, reason="丢了手机")


# ── keqiao account ──


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("account", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_first_administrator_comes_from_the_command_line() -> None:
    printed = run("create", "admin1", "--name", "老朱", "--role", "security_admin")

    user = User.objects.get(username="admin1")
    assert user.roles == {Role.SECURITY_ADMIN}
    assert user.must_change_password
    assert user.check_password(printed.splitlines()[-1])


@pytest.mark.django_db
@pytest.mark.parametrize("division", ["340323", "安徽省蚌埠市固镇县", "固镇县"])
def test_a_county_officer_is_made_with_the_county(division: str) -> None:
    run("create", "officer1", "--name", "小褚", "--role", "县区科技局人员", "--division", division)

    assert scope_of(User.objects.get()).prefixes == ("340323",)


@pytest.mark.django_db
def test_a_member_is_made_with_the_organisation() -> None:
    unit = OrganisationFactory(name="晨光纺织厂")

    run("create", "firm1", "--name", "小周", "--role", "enterprise", "--organisation", "晨光纺织厂")

    assert scope_of(User.objects.get()).organisations == {unit.pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("create", "x1x", "--name", "x", "--role", "king"), "没有角色“king”"),
        (("create", "x1x", "--name", "x", "--role", "county_officer"), "须指明辖区"),
        (
            ("create", "x1x", "--name", "x", "--role", "county_officer", "--division", "鼓楼区"),
            "不是唯一的区划",
        ),
        (("create", "x1x", "--name", "x", "--role", "enterprise"), "须指明所属单位"),
        (("reset", "nobody"), "没有账号“nobody”"),
    ],
)
def test_a_wrong_command_says_what_to_mend_and_makes_nothing(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
    assert not User.objects.exists()


def test_a_reset_on_the_server_gives_a_new_password_once(audit_admin: User) -> None:
    password = run("reset", audit_admin.username).splitlines()[-1]

    user = fresh(audit_admin)
    assert user.check_password(password)
    assert not user.check_password(PASSWORD)
    assert user.must_change_password
