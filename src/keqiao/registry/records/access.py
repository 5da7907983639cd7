"""The door of the registries: which record a user gets, what he may do with it, and why not."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from keqiao.core.audit import record as record_audit
from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.core.models import AuditLevel
from keqiao.people.access import GRANTS, Scope, may_act, scope_of
from keqiao.people.enums import OFFICERS, Act, Role
from keqiao.people.models import RoleGrant
from keqiao.registry.records import disclosure
from keqiao.registry.records.disclosure import Contact, Shown
from keqiao.registry.records.enums import OPENLY_LISTED, Disclosure, Status
from keqiao.registry.records.models import Contactable, Record
from keqiao.registry.records.nouns import flow_of, has_gate, model_of, noun_of

OWNER_EDITS = frozenset({Status.DRAFT, Status.RETURNED, Status.WITHDRAWN})
REVIEW_ACT: Mapping[str, Act] = {Status.COUNTY_REVIEW: Act.REVIEW_COUNTY, Status.CITY_REVIEW: Act.REVIEW}
_READING = frozenset({Act.VIEW, Act.VIEW_PERSONAL, Act.EXPORT})
# The move by which an act shows in the flow; an act without one is not bound to a state
_MOVES: Mapping[str, tuple[str, ...]] = {
    Act.SUBMIT: ("submit",),
    Act.WITHDRAW: ("withdraw", "restore"),
    Act.RENEW: ("renew",),
    Act.CLOSE: ("close", "archive", "reopen"),
}


def is_visible(record: Record, scope: Scope) -> bool:
    """The same question as `visible_to`, for a record at hand."""
    if scope.sees_all:
        return True
    if record.status == Status.PUBLISHED:
        if record.disclosure in OPENLY_LISTED:
            return True
        if record.disclosure == Disclosure.DIRECTED and scope.is_member:
            return True
    if record.organisation_id in scope.organisations:
        return True
    if record.status != Status.DRAFT and any(
        record.division_code.startswith(prefix) for prefix in scope.prefixes
    ):
        return True
    return scope.user_id is not None and record.created_by_id == scope.user_id


def _reaches(grant: RoleGrant, record: Record, user: Any) -> bool:
    """Whether this grant's own area or organisation holds the record. Each role is judged by its own reach."""
    if grant.role in (Role.ENTERPRISE, Role.INSTITUTE):
        mine = grant.organisation_id is not None and grant.organisation_id == record.organisation_id
        return mine or record.created_by_id == user.pk
    if grant.role == Role.BROKER:
        return record.created_by_id == user.pk or (
            grant.organisation_id is not None and grant.organisation_id == record.organisation_id
        )
    if grant.role == Role.EXPERT:
        person = getattr(record, "person_id", None)
        return record.created_by_id == user.pk or (person is not None and person == user.person_id)
    return grant.division_prefix == "" or (
        record.division_code != "" and record.division_code.startswith(grant.division_prefix)
    )


def _grants_reaching(user: Any, act: str, record: Record) -> list[RoleGrant]:
    return [g for g in user.current_grants if act in GRANTS.get(g.role, ()) and _reaches(g, record, user)]


def may(user: Any, act: str, record: Record) -> str | None:
    """None when `user` may do `act` with `record` now; otherwise the reason, for people."""
    noun = noun_of(record.KIND)
    if act == Act.VIEW:
        return None if is_visible(record, scope_of(user)) else f"这条{noun}不在您的可见范围内。"
    if refusal := may_act(user, act):
        return refusal
    reaching = _grants_reaching(user, act, record)
    if not reaching:
        place = "您的辖区" if scope_of(user).roles & OFFICERS else "您的单位"
        return f"这条{noun}不属于{place}，不能“{Act(act).label}”。请联系{noun}所属的单位或县区办理。"
    if act in _READING:
        return None
    by_officer = any(g.role in OFFICERS for g in reaching)
    if act in (Act.EDIT, Act.RETAG):
        return _may_edit(record, by_officer=by_officer, is_creator=record.created_by_id == user.pk)
    if act in REVIEW_ACT.values():
        return _may_review(user, act, record)
    return _may_move(act, record)


def _may_edit(record: Record, *, by_officer: bool, is_creator: bool) -> str | None:
    noun, state = noun_of(record.KIND), Status(record.status)
    if state == Status.ARCHIVED:
        return f"这条{noun}已归档，只能查看。需要更正请联系市科技局。"
    if not has_gate(record.KIND):
        return None
    if state in OWNER_EDITS:
        if state == Status.DRAFT and by_officer and not is_creator:
            return f"这条{noun}还是草稿，没有提交，只有填报单位能修改。"
        return None
    if not by_officer:
        if state in REVIEW_ACT:
            return f"这条{noun}正在{state.label}，暂时不能修改。需要修改请先撤回，改好后重新提交。"
        if state == Status.PUBLISHED:
            return f"这条{noun}已发布，不能直接修改。请先撤回，改好后重新提交审核。"
        return f"这条{noun}{state.label}，不能修改。可以续期或重新填报。"
    if state == Status.CLOSED:
        return f"这条{noun}已关闭，不能修改。可以先重新填报。"
    return None


def _may_review(user: Any, act: str, record: Record) -> str | None:
    noun = noun_of(record.KIND)
    wanted = REVIEW_ACT.get(record.status)
    if wanted is None:
        return f"这条{noun}的状态是“{Status(record.status).label}”，现在没有需要审核的内容。请刷新页面查看最新状态。"
    if wanted != act:
        return f"这条{noun}正在{Status(record.status).label}环节，不由您这一级办理。"
    if record.created_by_id is not None and record.created_by_id == user.pk:
        return f"这条{noun}是您本人填报的，审核须由另一位工作人员办理。"
    return None


def _may_move(act: str, record: Record) -> str | None:
    moves = _MOVES.get(act)
    if not moves:
        return None
    flow = flow_of(record.KIND)
    possible = flow.moves_from(record.status)
    if any(move.name in moves for move in possible):
        return None
    labels = "、".join(move.label for move in possible) or "没有可办的操作"
    noun = noun_of(record.KIND)
    return f"这条{noun}的状态是“{Status(record.status).label}”，不能“{Act(act).label}”。现在可以：{labels}。"


def may_create(user: Any, kind: str) -> str | None:
    """None when `user` may enter a new record of this kind; otherwise the reason."""
    if refusal := may_act(user, Act.CREATE):
        return refusal
    if not has_gate(kind) and not any(
        grant.role in OFFICERS and Act.CREATE in GRANTS[grant.role] for grant in user.current_grants
    ):
        return (
            f"{noun_of(kind)}由县区和市科技局登记，您可以修改本单位已登记的内容。如需新登记，请联系科技局。"
        )
    return None


def record_for(user: Any, kind: str, public_id: UUID | str, act: str = Act.VIEW) -> Record:
    """The record, if `user` may do `act`. NotFound when absent or hidden (one answer); NotAllowed with the reason.

    An act that the state forbids is a conflict (409): the page that offered it was old.
    """
    try:
        wanted = public_id if isinstance(public_id, UUID) else UUID(str(public_id))
    except ValueError:
        raise NotFound(noun_of(kind)) from None
    found = (
        model_of(kind)
        .objects.visible_to(scope_of(user))
        .filter(public_id=wanted)
        .select_related("organisation", "origin", "created_by")
        .first()
    )
    if found is None:
        raise NotFound(noun_of(kind))
    check(user, act, found)
    return found  # type: ignore[no-any-return]  # the shared queryset is typed for every kind


def check(user: Any, act: str, record: Record) -> None:
    """Raises NotAllowed with the reason when `user` may not do `act` with `record`. None acts as the system."""
    if user is None:
        return
    if refusal := may(user, act, record):
        conflict = (
            may_act(user, act) is None
            and bool(_grants_reaching(user, act, record))
            and act not in REVIEW_ACT.values()
        )
        raise NotAllowed(refusal, code=f"{record.KIND}.{act}", conflict=conflict)


def shown(record: Record, user: Any) -> Shown:
    """The record as `user` (or a Scope) sees it: names and contacts masked as its tier asks."""
    if isinstance(user, Scope):
        return disclosure.shown(record, user)
    can_reveal = (
        isinstance(record, Contactable)
        and bool(scope_of(user).user_id)
        and may(user, Act.VIEW_PERSONAL, record) is None
    )
    return disclosure.shown(record, scope_of(user), can_reveal=can_reveal)


def reveal_contact(*, record: Record, by: Any, reason: str) -> Contact:
    """The full contact, for a stated reason; each time one audit entry. NotAllowed for other units and areas."""
    check(by, Act.VIEW_PERSONAL, record)
    if not reason.strip():
        raise BadInput(
            "请写明查看完整联系方式的用途，例如“电话核对技术指标”。", code="contact.reason", field="reason"
        )
    if not isinstance(record, Contactable):
        raise BadInput(f"{noun_of(record.KIND)}没有登记联系方式。", code="contact.none")
    record_audit("contact.revealed", target=record, by=by, reason=reason, level=AuditLevel.IMPORTANT)
    return Contact(record.contact_name, record.contact_phone, record.contact_email)
