"""An organisation asks for an account; an officer decides; a member asks colleagues in."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from keqiao.core import audit
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.masks import mask_name
from keqiao.core.models import AuditLevel
from keqiao.people.access import scope_of
from keqiao.people.accounts import checked, username_is_free
from keqiao.people.doors import require
from keqiao.people.enums import Act, OrganisationKind, Role
from keqiao.people.models import ApplicationStatus, Invitation, Organisation, OrganisationApplication, User
from keqiao.people.notice import record_consent
from keqiao.people.organisations import create_or_find, plain_name, usable_code
from keqiao.people.roles import add_grant

INVITATION_DAYS = 7

ROLE_OF_KIND = {
    OrganisationKind.ENTERPRISE: Role.ENTERPRISE,
    OrganisationKind.UNIVERSITY: Role.INSTITUTE,
    OrganisationKind.INSTITUTE: Role.INSTITUTE,
    OrganisationKind.HOSPITAL: Role.INSTITUTE,
    OrganisationKind.SERVICE: Role.BROKER,
    OrganisationKind.DEPARTMENT: Role.ENTERPRISE,  # a department may post a demand of its own, like a firm
    OrganisationKind.OTHER: Role.ENTERPRISE,
}


def require_free_username(username: str) -> None:
    """Raises BadInput when the name is taken, was taken, or waits in an application."""
    waiting = OrganisationApplication.objects.waiting().filter(username__iexact=username.strip())
    if not username_is_free(username) or waiting.exists():
        raise BadInput(f"用户名“{username}”已有人使用。请换一个，例如加上单位简称。", field="username")


@transaction.atomic
def apply_for_organisation(
    *,
    name: str,
    kind: str,
    uscc: str,
    division_code: str,
    contact_name: str,
    contact_phone: str,
    username: str,
    password: str,
    contact_email: str = "",
    note: str = "",
    shown_at: datetime | None = None,
    ip: str = "",
) -> OrganisationApplication:
    """Somebody who is not signed in asks for an account of a unit, having agreed to the privacy notice.

    Raises BadInput at the field at fault. The password is kept as a hash only.
    """
    require_free_username(username)
    name, code = plain_name(name), usable_code(uscc)
    applicant = User(username=username.strip(), name=contact_name, phone=contact_phone, email=contact_email)
    applicant.organisation = Organisation(name=name)
    try:
        validate_password(password, applicant)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), field="password") from error
    application = OrganisationApplication.objects.create(
        name=name,
        kind=kind,
        uscc=code.value,
        uscc_warning=code.warning,
        division_code=division_code,
        contact_name=contact_name.strip(),
        contact_phone=contact_phone,
        contact_email=contact_email,
        username=username.strip(),
        password=make_password(password),
        note=note,
    )
    record_consent(scene="register", application=application, shown_at=shown_at, ip=ip)
    audit.record("application.submitted", by=username.strip(), target=application)
    return application


def _undecided(application: OrganisationApplication, by: User) -> OrganisationApplication:
    """Read again and held, after the checks that both decisions share."""
    require(by, Act.APPROVE_ORGANISATION)
    held: OrganisationApplication = OrganisationApplication.objects.select_for_update(of=("self",)).get(
        pk=application.pk
    )
    if not scope_of(by).covers(held.division_code):
        raise NotAllowed(f"“{held.name}”不在您的辖区内，由所在县区或市科技局审核。", code="application.area")
    if by.phone_hash and by.phone_hash == lookup_hash(held.contact_phone):
        raise NotAllowed(
            "申请联系人的电话就是您本人的电话：申请人不能审核自己的申请，请由另一位同事办理。",
            code="application.own",
        )
    if held.status != ApplicationStatus.WAITING:
        who = held.decided_by.display_name if held.decided_by else "系统"
        raise NotAllowed(
            f"这件申请{held.get_status_display()}（{who}，{timezone.localtime(held.decided_at):%m月%d日 %H:%M}），不必再办。",
            code="application.decided",
            conflict=True,
        )
    return held


@transaction.atomic
def approve_application(*, application: OrganisationApplication, by: User, note: str = "") -> User:
    """The unit exists from now on (or is found by its code or name), and its first user may sign in."""
    application = _undecided(application, by)
    if not username_is_free(application.username):
        raise NotAllowed(
            f"用户名“{application.username}”在申请之后已被别人取用，请退回并请对方换一个用户名。",
            code="application.username",
        )
    found = create_or_find(
        name=application.name,
        kind=application.kind,
        uscc=application.uscc,
        division_code=application.division_code,
        is_verified=True,
        by=by,
    )
    organisation = found.organisation
    if not organisation.is_verified:
        organisation.is_verified = True
        organisation.division_code = organisation.division_code or application.division_code
        organisation.save(update_fields=["is_verified", "division_code", "updated_at"])
    user = User(
        username=application.username,
        name=application.contact_name,
        phone=application.contact_phone,
        phone_hash=lookup_hash(application.contact_phone),
        email=application.contact_email,
        organisation=organisation,
        password=application.password,
        must_change_password=False,  # the applicant chose it under the rules
    )
    checked(user)
    user.save()
    application.consents.update(user=user)
    role = ROLE_OF_KIND[OrganisationKind(application.kind)]
    add_grant(user=user, role=role, by=by, organisation=organisation)
    _decide(application, ApplicationStatus.APPROVED, by=by, reason=note, organisation=organisation)
    audit.record("application.approved", by=by, target=application, reason=note, level=AuditLevel.IMPORTANT)
    return user


@transaction.atomic
def return_application(*, application: OrganisationApplication, reason: str, by: User) -> None:
    """Back to the applicant with what must be mended; they may apply again under the same user name."""
    if not reason.strip():
        raise BadInput("请写明退回的原因和怎样改，申请人凭查询链接能看到。", field="reason")
    application = _undecided(application, by)
    _decide(application, ApplicationStatus.RETURNED, by=by, reason=reason.strip(), organisation=None)
    audit.record("application.returned", by=by, target=application, reason=reason)


def _decide(
    application: OrganisationApplication,
    status: str,
    *,
    by: User,
    reason: str,
    organisation: Organisation | None,
) -> None:
    application.status, application.decided_by, application.decided_at = status, by, timezone.now()
    application.reason, application.organisation = reason[:300], organisation
    application.password = ""  # it has moved to the account, or is needed no longer
    application.save(
        update_fields=["status", "decided_by", "decided_at", "reason", "organisation", "password"]
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite_colleague(*, name: str, by: User) -> tuple[Invitation, str]:
    """A one-time link for a colleague, 7 days. Returns the invitation and the token, which is not stored."""
    require(by, Act.INVITE)
    grant = next((g for g in by.current_grants if g.role in (Role.ENTERPRISE, Role.INSTITUTE)), None)
    if grant is None or grant.organisation is None:
        raise NotAllowed(
            "您的账号没有所属单位，不能邀请同事。请联系安全管理员核对角色。", code="invitation.organisation"
        )
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=grant.organisation,
        role=grant.role,
        name=name.strip(),
        token_hash=_hash(token),
        invited_by=by,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    audit.record(
        "invitation.sent", by=by, target=grant.organisation, changes={"受邀人": ["", mask_name(name)]}
    )
    return invitation, token


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link. NotFound when it is unknown, used, withdrawn or too old: one answer."""
    found = (
        Invitation.objects.select_related("organisation", "invited_by")
        .filter(token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if found is None:
        raise NotFound("这份邀请（可能已用过、已撤销或超过 7 天，请向邀请您的同事再要一次）")
    return found


@transaction.atomic
def accept_invitation(
    *,
    token: str,
    username: str,
    name: str,
    password: str,
    phone: str = "",
    email: str = "",
    shown_at: datetime | None = None,
    ip: str = "",
) -> User:
    """The colleague makes the own account in the inviting organisation; the link is spent."""
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=open_invitation(token).pk)
    if invitation.accepted_at is not None:
        raise NotFound("这份邀请")
    require_free_username(username)
    user = User(
        username=username.strip(),
        name=name.strip(),
        phone=phone,
        phone_hash=lookup_hash(phone),
        email=email,
        organisation=invitation.organisation,
        must_change_password=False,
    )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), field="password") from error
    user.set_password(password)
    checked(user)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise BadInput(f"用户名“{username}”刚刚被别人取用，请换一个。", field="username") from error
    add_grant(user=user, role=invitation.role, by=invitation.invited_by, organisation=invitation.organisation)
    invitation.accepted_by, invitation.accepted_at = user, timezone.now()
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    record_consent(scene="invitation", by=user, shown_at=shown_at, ip=ip)
    audit.record("invitation.accepted", by=user, target=invitation.organisation)
    return user


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User) -> None:
    """The link stops working."""
    require(by, Act.INVITE)
    if invitation.accepted_at is not None:
        raise NotAllowed(
            f"“{invitation.name}”已接受邀请，不能撤销。", code="invitation.accepted", conflict=True
        )
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    audit.record(
        "invitation.revoked",
        by=by,
        target=invitation.organisation,
        changes={"受邀人": [mask_name(invitation.name), ""]},
    )
