"""The lines of this room in the rail of the working side."""

from keqiao.people.enums import THREE_ADMINS, Act
from keqiao.people.models import AdminChange, ChangeStatus, OrganisationApplication, User
from keqiao.web.desk.rail import RailItem


def waiting_applications(user: User) -> int:
    """Applications that this officer may decide."""
    return OrganisationApplication.objects.for_officer(user).waiting().count()


def waiting_changes(user: User) -> int:
    """Changes of administrators that wait for somebody else than the requester and the person concerned."""
    waiting = AdminChange.objects.filter(status=ChangeStatus.WAITING)
    return waiting.exclude(requested_by=user).exclude(user=user).count()


RAIL_TITLE = "管理"
RAIL: list[RailItem] = [
    RailItem(
        "单位注册", "administration:application-list", (Act.APPROVE_ORGANISATION,), waiting_applications
    ),
    RailItem("单位", "administration:organisation-list", (Act.APPROVE_ORGANISATION,)),
    RailItem("人员", "administration:person-list", (Act.APPROVE_ORGANISATION,)),
    RailItem(
        "账号", "administration:user-list", (Act.CREATE_ACCOUNT, Act.GRANT_ROLE, Act.APPROVE_ORGANISATION)
    ),
    RailItem("锁定", "administration:lock-list", (Act.UNLOCK,)),
    RailItem(
        "管理员变更",
        "administration:admin-change-list",
        (),
        waiting_changes,
        roles=frozenset(map(str, THREE_ADMINS)),
    ),
    RailItem("角色与权限", "administration:role-list", (Act.CREATE_ACCOUNT, Act.GRANT_ROLE, Act.READ_AUDIT)),
    RailItem("审计", "administration:audit-list", (Act.READ_AUDIT,)),
]
