"""Whose rows somebody may import: a bureau all, a county its own area, an institute its own unit's."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from keqiao.codes import divisions
from keqiao.core.errors import NotAllowed, NotFound
from keqiao.people.access import GRANTS, may_act, scope_of
from keqiao.people.enums import OFFICERS, Act, Role
from keqiao.people.models import Organisation, OrganisationName, User
from keqiao.registry.intake.kinds import KINDS as FORMS
from keqiao.registry.intake.models import IntakeRun
from keqiao.registry.intake.problems import Problem, error
from keqiao.registry.intake.writer import Bound
from keqiao.registry.kinds import KINDS
from keqiao.registry.records.access import may
from keqiao.registry.records.enums import Status

_COUNTY_KINDS = tuple(key for key in FORMS if key != "institution")
_INSTITUTE_KINDS = ("achievement", "work", "expert")

LANDINGS: dict[str, str] = {
    Status.PUBLISHED: "直接发布",
    Status.COUNTY_REVIEW: "进入审核（先由县区初审）",
    Status.CITY_REVIEW: "进入审核（由市科技局审核）",
    Status.DRAFT: "存为草稿",
}
"""Where written rows may land, in words; which of them somebody may choose: `landings_for`."""


@dataclass(frozen=True)
class Reach:
    """prefixes: division prefixes of an officer; organisations: own units; both empty and `is_everywhere` False:
    nothing. user None: the command line or the system, which reaches everything."""

    user: User | None
    is_everywhere: bool
    prefixes: tuple[str, ...] = ()
    organisations: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()

    def settle(self, kind: str, bound: Bound) -> Problem | None:
        """None when the row may be written. A row without a place is taken for the county officer's own county."""
        if self.is_everywhere:
            return None
        place = str(bound.values.get("division_code") or "")
        if len(self.prefixes) == 1 and not place and "division_code" in bound.values:
            home = divisions.full_code(self.prefixes[0])
            bound.values["division_code"] = place = home
            if bound.owner and not bound.owner.division_code:
                bound.owner = replace(bound.owner, division_code=home)
        if self.prefixes and place.startswith(self.prefixes):
            return None
        if self.organisations and bound.owner and bound.owner.name in self.names:
            return None
        return self._outside(kind, bound, place)

    def _outside(self, kind: str, bound: Bound, place: str) -> Problem:
        noun = FORMS[kind].label
        if self.prefixes:
            mine = "、".join(_place(prefix) for prefix in self.prefixes)
            if not place:
                return error(
                    "reach.place",
                    f"没有填所在县区，分不清属于{mine}中的哪一个。请补上所在县区。",
                    field="division",
                )
            return error(
                "reach.division",
                f"这条{noun}在{_place(place)}，不属于您的辖区{mine}，没有写入。"
                "请核对所在县区；确实是外地的，请交当地或市科技局导入。",
                value=_place(place),
                field="division",
            )
        unit = bound.owner.name if bound.owner else ""
        return error(
            "reach.organisation",
            f"这条{noun}的单位是“{unit or '（空）'}”，不是您所在的单位“{_first(self.names)}”，没有写入。"
            "请核对单位名称（须与本站登记的全称一致）；是别的单位的，请由该单位导入。",
            value=unit,
            field="organisation",
        )

    def overwrites(self, kind: str, bound: Bound) -> Problem | None:
        """Why the record that this row would change may not be changed by this person; None when it may.

        Costs one query, only for people of limited reach.
        """
        if self.is_everywhere or self.user is None:
            return None
        known = KINDS[kind].model.objects.filter(match_key=bound.key).select_related("organisation").first()
        if known is None or known.content_hash == bound.content_hash:
            return None
        if (refusal := may(self.user, Act.EDIT, known)) is None:
            return None
        seen = known.number if may(self.user, Act.VIEW, known) is None else ""
        named = f"（{seen}）" if seen else ""
        return error("reach.record", f"库中已有同一条{named}，内容不同，没有覆盖。{refusal}")


def _place(code: str) -> str:
    row = divisions.division(code)
    return row.full_name if row else code


def _first(names: frozenset[str]) -> str:
    return min(names, default="（未登记）")


EVERYTHING = Reach(None, True)


def reach_of(user: User | None) -> Reach:
    """What this person may import, by the grants that permit it."""
    if user is None:
        return EVERYTHING
    prefixes: list[str] = []
    units: set[int] = set()
    for grant in user.current_grants:
        if Act.INTAKE not in GRANTS.get(grant.role, ()):
            continue
        if grant.role in OFFICERS:
            if not grant.division_prefix:
                return Reach(user, True)
            prefixes.append(grant.division_prefix)
        elif grant.organisation_id is not None:
            units.add(grant.organisation_id)
    names = set(Organisation.objects.filter(pk__in=units).values_list("name", flat=True))
    names |= set(OrganisationName.objects.filter(organisation_id__in=units).values_list("name", flat=True))
    return Reach(user, False, tuple(prefixes), frozenset(units), frozenset(names))


def kinds_for(user: User) -> tuple[str, ...]:
    """The kinds of record that this person may import, in the order of the forms."""
    reach = reach_of(user)
    if reach.is_everywhere:
        return tuple(FORMS)
    if reach.prefixes:
        return _COUNTY_KINDS
    return _INSTITUTE_KINDS if reach.organisations else ()


def require_kind(user: User | None, kind: str) -> None:
    """Raises NotAllowed when this person may not import this kind."""
    if user is None:
        return
    if refusal := may_act(user, Act.INTAKE):
        raise NotAllowed(refusal, code="intake.role")
    allowed = kinds_for(user)
    if kind not in FORMS:
        raise NotFound("类型", kind)
    if kind not in allowed:
        able = "、".join(FORMS[key].label for key in allowed) or "（无）"
        raise NotAllowed(
            f"{FORMS[kind].label}由科技局导入，您可以导入的是：{able}。请换一个类型，或把文件交科技局办理。",
            code="intake.kind",
        )


def landings_for(user: User | None, kind: str) -> tuple[str, ...]:
    """Where this person's rows may land, the usual one first. Registries without a review publish at once."""
    if kind not in KINDS or KINDS[kind].flow is None:
        return (Status.PUBLISHED,)
    if user is None or Role.BUREAU_OFFICER in scope_of(user).roles:
        return (Status.PUBLISHED, Status.CITY_REVIEW, Status.DRAFT)
    return (Status.CITY_REVIEW, Status.DRAFT)


def runs_of(user: User) -> "QuerySet[IntakeRun]":
    """The runs that this person may look at: a bureau officer all, others their own. NotAllowed without the act."""
    if refusal := may_act(user, Act.INTAKE):
        raise NotAllowed(refusal, code="intake.role")
    runs = IntakeRun.objects.select_related("origin", "by", "by__organisation")
    return runs if reach_of(user).is_everywhere else runs.filter(by=user)


def run_for(user: User, public_id: Any) -> IntakeRun:
    """The run, if this person may look at it. NotFound when absent or somebody else's (one answer)."""
    found = runs_of(user).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("导入批次")
    return found
