"""The access door: what a user may do, and where. Rooms ask `scope_of` for rows and `may` for acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keqiao.people.enums import MEMBERS, Act, Role

_OWN = frozenset(
    {Act.VIEW, Act.VIEW_PERSONAL, Act.CREATE, Act.EDIT, Act.SUBMIT, Act.WITHDRAW, Act.RENEW, Act.CLOSE}
)
_OFFICER = _OWN | {Act.RETAG, Act.INTAKE, Act.EXPORT, Act.MATCH, Act.APPROVE_ORGANISATION}

GRANTS: Mapping[str, frozenset[str]] = {
    Role.ENTERPRISE: _OWN | {Act.INVITE},
    Role.INSTITUTE: _OWN | {Act.INVITE, Act.INTAKE},
    Role.BROKER: frozenset({Act.VIEW, Act.CREATE, Act.EDIT, Act.SUBMIT, Act.RENEW}),
    Role.EXPERT: frozenset({Act.VIEW, Act.EDIT}),
    Role.COUNTY_OFFICER: _OFFICER | {Act.REVIEW_COUNTY},
    Role.BUREAU_OFFICER: _OFFICER | {Act.REVIEW_COUNTY, Act.REVIEW, Act.PUBLISH_LIST, Act.KEEP_RULES},
    Role.REGISTRAR: frozenset({Act.VIEW, Act.VIEW_PERSONAL, Act.EXPORT}),
    Role.AUDITOR: frozenset({Act.VIEW}),
    Role.SYSTEM_ADMIN: frozenset({Act.CREATE_ACCOUNT, Act.SET_PARAMETERS, Act.BACKUP}),
    Role.SECURITY_ADMIN: frozenset({Act.GRANT_ROLE, Act.UNLOCK, Act.READ_AUDIT}),
    Role.AUDIT_ADMIN: frozenset({Act.READ_AUDIT, Act.EXPORT_AUDIT}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows a user reaches. sees_all: everywhere. prefixes: division prefixes. organisations: own units' ids."""

    user_id: int | None = None
    roles: frozenset[str] = frozenset()
    sees_all: bool = False
    prefixes: tuple[str, ...] = ()
    organisations: frozenset[int] = frozenset()

    @property
    def is_visitor(self) -> bool:
        return self.user_id is None

    @property
    def is_member(self) -> bool:
        """A signed-in person of an enterprise, institute, a broker or an expert."""
        return bool(self.roles & MEMBERS)

    def covers(self, division_code: str) -> bool:
        """Whether an officer's area includes this division. A record without a place belongs to the city."""
        return self.sees_all or (division_code != "" and division_code.startswith(self.prefixes))


VISITOR = Scope()


def scope_of(user: Any) -> Scope:
    """The rows that `user` reaches by the grants in force; VISITOR for nobody. Cached on the user for a request."""
    if user is None or not getattr(user, "is_authenticated", False) or not user.is_active:
        return VISITOR
    cached = user.__dict__.get("_scope")
    if isinstance(cached, Scope):
        return cached
    prefixes: list[str] = []
    organisations: set[int] = set()
    sees_all = False
    for grant in user.current_grants:
        if grant.role in (Role.BUREAU_OFFICER, Role.COUNTY_OFFICER, Role.REGISTRAR, Role.AUDITOR):
            sees_all |= grant.division_prefix == ""
            if grant.division_prefix:
                prefixes.append(grant.division_prefix)
        elif grant.role in MEMBERS and grant.organisation_id is not None:
            organisations.add(grant.organisation_id)
    scope = Scope(user.pk, user.roles, sees_all, tuple(prefixes), frozenset(organisations))
    user.__dict__["_scope"] = scope
    return scope


def acts_of(user: Any) -> frozenset[str]:
    """Every act that some role in force permits; where, is another question."""
    roles = scope_of(user).roles
    return frozenset().union(*(GRANTS.get(role, frozenset()) for role in roles)) if roles else frozenset()


def may_act(user: Any, act: str) -> str | None:
    """None when some role permits `act` at all; otherwise the reason, for people."""
    if act in acts_of(user):
        return None
    label = Act(act).label
    if scope_of(user).is_visitor:
        return f"“{label}”需要先登录。请登录后再试，还没有账号可以先注册单位。"
    able = "、".join(str(Role(role).label) for role, acts in GRANTS.items() if act in acts)
    return f"您的角色不能“{label}”，这项工作由{able}办理。如需办理，请联系安全管理员调整角色。"
