"""One door per noun: what is absent and what is hidden answer alike; a refusal has a reason."""

from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import acts_of, may_act, scope_of
from keqiao.people.enums import Act
from keqiao.people.models import (
    AdminChange,
    Invitation,
    Organisation,
    OrganisationApplication,
    Person,
    RoleGrant,
    User,
    UserSession,
)


def require(by: User | None, *acts: str) -> None:
    """Pass when a role of `by` permits one of `acts`, or when the system itself acts (None). Raises NotAllowed."""
    if by is None or acts_of(by) & set(acts):
        return
    raise NotAllowed(may_act(by, acts[0]) or "", code="people.role")


def user_for(by: User, public_id: UUID | str) -> User:
    """The account, for those who look after it. NotFound when absent or none of theirs."""
    user: User | None = (
        User.objects.manageable_by(by).select_related("organisation").filter(public_id=public_id).first()
    )
    if user is None:
        raise NotFound("账号")
    return user


def application_for(by: User, public_id: UUID | str) -> OrganisationApplication:
    """The application, for the officers of its area. NotFound when absent or elsewhere."""
    require(by, Act.APPROVE_ORGANISATION)
    found: OrganisationApplication | None = (
        OrganisationApplication.objects.for_officer(by).filter(public_id=public_id).first()
    )
    if found is None:
        raise NotFound("注册申请")
    return found


def organisation_for(by: User, public_id: UUID | str, act: str = Act.VIEW) -> Organisation:
    """The unit. Looking needs a sign-in; keeping its identity (APPROVE_ORGANISATION) an officer of its area."""
    found: Organisation | None = (
        Organisation.objects.select_related("parent", "merged_into").filter(public_id=public_id).first()
    )
    if found is None:
        raise NotFound("单位")
    if act == Act.APPROVE_ORGANISATION:
        require(by, act)
        if not scope_of(by).covers(found.division_code):
            raise NotAllowed(
                f"“{found.name}”不在您的辖区内，由所在县区或市科技局办理。可以查看，不能修改。",
                code="people.area",
            )
    return found


def own_organisation(by: User) -> Organisation:
    """The unit that `by` is a member of. NotFound when there is none."""
    if by.organisation is None or by.organisation_id not in scope_of(by).organisations:
        raise NotFound("您所属的单位")
    return by.organisation


def invitation_for(by: User, pk: int) -> Invitation:
    """An invitation of the own organisation."""
    found = Invitation.objects.filter(organisation=own_organisation(by), pk=pk).first()
    if found is None:
        raise NotFound("邀请")
    return found


def person_for(by: User, public_id: UUID | str) -> Person:
    """The person, for officers who keep namesakes apart."""
    require(by, Act.APPROVE_ORGANISATION)
    found: Person | None = Person.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("人员")
    return found


def grant_for(by: User, pk: int) -> RoleGrant:
    """A grant in force, for the security administrator."""
    require(by, Act.GRANT_ROLE)
    found = RoleGrant.objects.select_related("user", "organisation").filter(pk=pk, revoked_at=None).first()
    if found is None:
        raise NotFound("授权")
    return found


def admin_change_for(by: User, public_id: UUID | str) -> AdminChange:
    """A change of an administrator's role, for administrators."""
    if not by.is_administrator:
        raise NotFound("管理员变更申请")
    found = AdminChange.objects.select_related("user", "requested_by").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("管理员变更申请")
    return found


def session_for(by: User, public_id: UUID | str) -> UserSession:
    """One of the own sessions."""
    found = by.sessions.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("登录会话")
    return found
