"""Who may answer for a record, who may read the quality page, who may switch rankings."""

from typing import Any

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.people.access import Scope, scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import noun_of
from keqiao.verdict.enums import Side, Speaker

NEEDS = ("demand", "enterprise")
OFFERS = ("achievement", "expert", "work", "resource")
_RANK = {Speaker.OWNER: 0, Speaker.BROKER: 1, Speaker.OFFICER: 2}
READERS = OFFICERS | {Role.AUDITOR}


def speaker_for(user: Any, record: Record) -> Speaker | None:
    """As whom `user` may answer on this record's side; None when he may not. No query beyond the user's grants."""
    if scope_of(user).is_visitor:
        return None
    found: list[Speaker] = []
    for grant in user.current_grants:
        in_unit = grant.organisation_id is not None and grant.organisation_id == record.organisation_id
        wrote = record.created_by_id == user.pk
        if grant.role in (Role.ENTERPRISE, Role.INSTITUTE) and (in_unit or wrote):
            found.append(Speaker.OWNER)
        elif grant.role == Role.EXPERT:
            person = getattr(record, "person_id", None)
            if wrote or (person is not None and person == user.person_id):
                found.append(Speaker.OWNER)
        elif grant.role == Role.BROKER:
            found.append(Speaker.BROKER)  # works for the whole market, his own agency's records are few
        elif grant.role in OFFICERS and (
            grant.division_prefix == ""
            or (record.division_code and record.division_code.startswith(grant.division_prefix))
        ):
            found.append(Speaker.OFFICER)
    return min(found, key=lambda one: _RANK[one], default=None)


def require_speaker(user: Any, record: Record) -> Speaker:
    """As whom `user` answers for `record`. NotAllowed with the reason."""
    found = speaker_for(user, record)
    if found is None:
        noun = noun_of(record.KIND)
        raise NotAllowed(
            f"只有这条{noun}的所属单位、辖区科技局人员和技术经理人能答复它的匹配。"
            f"您如果属于这个单位，请让单位管理员邀请您加入。",
            code="verdict.speaker",
        )
    return found


def side_of(record: Record, other: Record) -> Side:
    """Which end of the pair `record` is. BadInput when the two kinds do not answer each other."""
    if record.KIND in NEEDS and other.KIND in OFFERS:
        return Side.NEED
    if record.KIND in OFFERS and other.KIND in NEEDS:
        return Side.OFFER
    raise BadInput(
        f"{noun_of(record.KIND)}和{noun_of(other.KIND)}之间不收答复。请在需求与成果、专家、产出或资源的匹配上答复。",
        code="verdict.kinds",
    )


def are_pair(kind: str, other: str) -> bool:
    """Whether matches between these kinds can be answered."""
    return (kind in NEEDS and other in OFFERS) or (kind in OFFERS and other in NEEDS)


def require_reader(user: Any) -> Scope:
    """The scope of an officer or auditor. NotAllowed for others."""
    scope = scope_of(user)
    if not scope.roles & READERS:
        raise NotAllowed("匹配质量由科技局工作人员和业务审计员查看。", code="quality.role")
    return scope


def can_judge(user: Any) -> bool:
    return bool(scope_of(user).roles & OFFICERS)


def require_judge(user: Any) -> None:
    """NotAllowed for everybody but officers."""
    if not can_judge(user):
        raise NotAllowed("盲评由县区和市科技局工作人员办理，业务审计员只能查看。", code="quality.judge")


def can_rank(user: Any) -> bool:
    return Role.BUREAU_OFFICER in scope_of(user).roles


def require_ranker(user: Any) -> None:
    """NotAllowed for everybody but officers of the bureau; None acts as the system (the command line)."""
    if user is not None and not can_rank(user):
        raise NotAllowed(
            "训练、启用和退回排序模型由市科技局人员办理，因为它改变全市的匹配顺序。", code="ranking.role"
        )
