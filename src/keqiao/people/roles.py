"""Giving and taking roles, and the second person that an administrator's role needs (三员分立, 双人复核)."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.people.accounts import checked, lock_user
from keqiao.people.doors import require
from keqiao.people.enums import MEMBERS, STAFF, THREE_ADMINS, Act, Role
from keqiao.people.models import AdminChange, ChangeStatus, Organisation, RoleGrant, User


def forget_grants(user: User) -> None:
    """What was cached about this user's rights no longer holds."""
    user.__dict__.pop("current_grants", None)
    user.__dict__.pop("_scope", None)


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: str,
    by: User | None,
    division_prefix: str = "",
    organisation: Organisation | None = None,
    valid_until: date | None = None,
) -> RoleGrant:
    """Give a role with its area or unit. The three administrators need a second person: `request_admin_change`."""
    require(by, Act.GRANT_ROLE)
    if by is not None and by.pk == user.pk:
        raise NotAllowed("不能给自己授予角色。请由另一名安全管理员办理。", code="grant.own")
    if by is not None and role in THREE_ADMINS:
        raise NotAllowed(
            f"“{Role(role).label}”是三员之一，须由一名管理员申请、另一名复核。请用“申请管理员变更”。",
            code="grant.two_persons",
        )
    return add_grant(
        user=user,
        role=role,
        by=by,
        division_prefix=division_prefix,
        organisation=organisation or (user.organisation if role in MEMBERS else None),
        valid_until=valid_until,
    )


def add_grant(
    *,
    user: User,
    role: str,
    by: User | None,
    division_prefix: str = "",
    organisation: Organisation | None = None,
    valid_until: date | None = None,
) -> RoleGrant:
    """A grant whose right comes from elsewhere: an approved application, an accepted invitation, two administrators."""
    lock_user(user)
    same = user.grants.in_force_on(timezone.localdate()).filter(
        role=role, division_prefix=division_prefix, organisation=organisation
    )
    if same.exists():
        raise NotAllowed(
            f"“{user.display_name}”已有这个角色和范围，不必重复授予。", code="grant.twice", conflict=True
        )
    grant = RoleGrant(
        user=user,
        role=role,
        division_prefix=division_prefix,
        organisation=organisation,
        valid_until=valid_until,
        granted_by=by,
    )
    checked(grant)
    grant.save()
    forget_grants(user)
    where = organisation.name if organisation else division_prefix or "全市"
    level = AuditLevel.CRITICAL if role in STAFF else AuditLevel.IMPORTANT
    audit.record(
        "role.granted",
        by=by,
        target=user,
        changes={"角色": ["", str(Role(role).label)], "范围": ["", where]},
        level=level,
    )
    return grant


@transaction.atomic
def revoke_role(*, grant: RoleGrant, reason: str, by: User | None) -> None:
    """Take a role away at once. The three administrators need a second person."""
    require(by, Act.GRANT_ROLE)
    if by is not None and grant.user_id == by.pk:
        raise NotAllowed("不能收回自己的角色。请由另一名安全管理员办理。", code="grant.own")
    if by is not None and grant.role in THREE_ADMINS:
        raise NotAllowed("收回三员角色须由另一名管理员复核。请用“申请管理员变更”。", code="grant.two_persons")
    _end_grant(grant, reason=reason, by=by)


def _end_grant(grant: RoleGrant, *, reason: str, by: User | None) -> None:
    grant = RoleGrant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    if grant.revoked_at is not None:
        raise NotAllowed("这个角色已经收回。请刷新页面查看最新情况。", code="grant.revoked", conflict=True)
    grant.revoked_at = timezone.now()
    grant.save(update_fields=["revoked_at"])
    forget_grants(grant.user)
    audit.record(
        "role.revoked",
        by=by,
        target=grant.user,
        reason=reason,
        changes={"角色": [str(Role(grant.role).label), ""]},
        level=AuditLevel.CRITICAL if grant.role in STAFF else AuditLevel.IMPORTANT,
    )


@transaction.atomic
def request_admin_change(*, user: User, role: str, is_grant: bool, reason: str, by: User) -> AdminChange:
    """Ask to give or take an administrator's role. Nothing changes until `decide_admin_change`."""
    require(by, Act.GRANT_ROLE)
    if role not in THREE_ADMINS:
        raise BadInput(f"“{Role(role).label}”不是三员角色，可直接授予或收回。", field="role")
    if by.pk == user.pk:
        raise NotAllowed("不能为自己申请管理员角色变更。", code="grant.own")
    if not reason.strip():
        raise BadInput("请写明理由，复核人要据此判断。", field="reason")
    if is_grant:
        checked(RoleGrant(user=user, role=role))
    elif not user.grants.filter(role=role, revoked_at=None).exists():
        raise BadInput(f"“{user.display_name}”现在不是{Role(role).label}，没有可收回的角色。", field="role")
    if AdminChange.objects.filter(user=user, role=role, status=ChangeStatus.WAITING).exists():
        raise NotAllowed(
            "同一人的同一角色已有一件待复核的申请，请先办结。", code="admin_change.twice", conflict=True
        )
    change = AdminChange.objects.create(
        user=user, role=role, is_grant=is_grant, reason=reason, requested_by=by
    )
    audit.record("admin_change.requested", by=by, target=change, reason=reason, level=AuditLevel.CRITICAL)
    return change


@transaction.atomic
def decide_admin_change(*, change: AdminChange, agree: bool, note: str, by: User) -> AdminChange:
    """A second administrator, neither the requester nor the person concerned, confirms or refuses."""
    change = AdminChange.objects.select_for_update(of=("self",)).select_related("user").get(pk=change.pk)
    if not by.is_administrator:
        raise NotAllowed("管理员角色变更由系统、安全或审计管理员复核。", code="people.role")
    if by.pk in (change.requested_by_id, change.user_id):
        raise NotAllowed(
            "申请人和本人都不能复核这件变更，须由另一名管理员办理。", code="admin_change.same_person"
        )
    if change.status != ChangeStatus.WAITING:
        raise NotAllowed(
            f"这件变更{change.get_status_display()}，不必再办。", code="admin_change.decided", conflict=True
        )
    change.status = ChangeStatus.CONFIRMED if agree else ChangeStatus.REFUSED
    change.decided_by, change.decided_at, change.decision_note = by, timezone.now(), note
    change.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    if agree and change.is_grant:
        add_grant(user=change.user, role=change.role, by=by)
    elif agree:
        for grant in change.user.grants.filter(role=change.role, revoked_at=None):
            _end_grant(grant, reason=change.reason, by=by)
    verdict = "confirmed" if agree else "refused"
    audit.record(f"admin_change.{verdict}", by=by, target=change, reason=note, level=AuditLevel.CRITICAL)
    return change
