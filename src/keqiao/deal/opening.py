"""How a case begins: from a match, from somebody's enquiry, or by an officer's hand."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.numbers import next_number
from keqiao.deal.access import is_officer_of
from keqiao.deal.enums import Answer, Opening, Side, Stage, StepKind
from keqiao.deal.models import Case, Party
from keqiao.deal.rules import promise_of
from keqiao.deal.steps import keep_step, open_title, tell_side, told
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.records import disclosure
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.models import Contactable, Record
from keqiao.registry.records.nouns import noun_of
from keqiao.registry.records.terms import add_workdays

SERIES = "对接"
SUPPLY_KINDS = ("achievement", "expert", "work", "resource")


@dataclass(frozen=True, slots=True)
class Enquirer:
    """Who asks, when the records do not say it: his unit and how to reach him."""

    organisation_name: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    user: User | None = None

    def user_unit(self) -> str:
        """The unit of his account, "" without one."""
        return self.user.unit_name if self.user is not None else ""


@transaction.atomic
def open_case(
    *, opening: Opening, by: User | None, demand: Demand | None = None, other: Record | None = None, wish: str = "",
    title: str = "", enquirer: Enquirer | None = None, enquirer_side: Side = Side.DEMAND, grade: str = "",
    evidence: Sequence[dict[str, str]] = (), division_code: str = "", is_sample: bool = False,
) -> Case:  # fmt: skip
    """Begin a case under the next number, at 发现. A pair that is already being followed is refused with its number.

    An officer or broker who opens it holds it; an enquiry waits for the office of its place. Raises BadInput when there
    is nothing to follow.
    """
    wish = told(wish, "wish", 2000)
    if demand is None and other is None:
        raise BadInput(
            "请至少选定一条需求或一项成果、专家、资源，对接才有对象。", code="case.nothing", field="demand"
        )
    if other is not None and other.KIND not in SUPPLY_KINDS:
        raise BadInput(
            f"{noun_of(other.KIND)}不能作为供给方。请选成果、专家、科研产出或资源。", field="other"
        )
    refuse_double(demand, other)
    today = timezone.localdate()
    place = (
        (demand.division_code if demand else "") or division_code or (other.division_code if other else "")
    )
    holder = by if by is not None and _works_here(by, place) else None
    is_broker = holder is not None and not is_officer_of(holder, place)
    case = Case.objects.create(
        number=next_number(SERIES, today.year), opening=opening, demand=demand,
        title=(title or (demand.title if demand else "") or (other.title if other else ""))[:300], wish=wish,
        other_kind=other.KIND if other else "", other_id=other.pk if other else None,
        other_title=other.title if other else "", grade=grade, evidence=list(evidence)[:6], division_code=place,
        field=_field(demand, other), owner=None if is_broker else holder, broker=holder if is_broker else None,
        due_on=promised_on(Stage.DISCOVER, today), next_step="核对需求，决定跟进办法", opened_by=by,
        is_sample=is_sample or bool(demand and demand.is_sample),
    )  # fmt: skip
    demand_side = make_party(case, Side.DEMAND, demand, enquirer if enquirer_side == Side.DEMAND else None)
    supply_side = make_party(case, Side.SUPPLY, other, enquirer if enquirer_side == Side.SUPPLY else None)
    asked = (
        {Side.DEMAND: demand_side, Side.SUPPLY: supply_side}[enquirer_side]
        if opening == Opening.ENQUIRY
        else None
    )
    if asked is not None:
        asked.asked_at = asked.answered_at = timezone.now()
        asked.answer = Answer.YES
        asked.save(update_fields=["asked_at", "answered_at", "answer"])
    keep_step(
        case, StepKind.OPENED, f"{Opening(opening).label}：{case.title}", by=by, moved=("", Stage.DISCOVER)
    )
    if demand_side is not None and opening != Opening.ENQUIRY:
        tell_side(
            case, Side.DEMAND, by=by, key="opened", subject=f"您的需求已建立对接事项 {case.number}",
            text=f"“{open_title(case)}”已由科技局建立对接事项 {case.number} 跟进。您可以随时查看谁在办、下一步和承诺日期。"
            "在您同意之前，您的名称（未公开的）和联系方式不会提供给对方。",
        )  # fmt: skip
    return case


def promised_on(stage: str, day: dt.date) -> dt.date | None:
    """The last promised day of a stage entered on `day`; None for an ended case."""
    promise = promise_of(stage)
    return add_workdays(day, promise.days) if promise else None


def may_open(user: Any) -> bool:
    """Whether this user works at the desk: officers and brokers open cases by hand or from a match."""
    return bool(scope_of(user).roles & (OFFICERS | {Role.BROKER}))


def require_opener(user: Any) -> None:
    """Raises NotAllowed with the way that is open instead."""
    if not may_open(user):
        raise NotAllowed(
            "对接事项由科技局人员和技术经理人建立。您可以在成果、专家或需求页面点“我要对接”，承办人会联系您。",
            code="case.open",
        )


def _works_here(user: User, place: str) -> bool:
    return is_officer_of(user, place) or Role.BROKER in user.roles


def refuse_double(demand: Demand | None, other: Record | None) -> None:
    if demand is None or other is None:
        return
    twin = Case.objects.open().filter(demand=demand, other_kind=other.KIND, other_id=other.pk).first()
    if twin is not None:
        raise NotAllowed(
            f"这一对已经在对接：{twin.number}（{twin.get_stage_display()}）。请直接在那件事项里跟进，不用重复建立。",
            code="case.twice",
            conflict=True,
        )


def _field(demand: Demand | None, other: Record | None) -> str:
    for one in (demand, other):
        tags = (one.tags or {}).get("field11", ()) if one is not None else ()
        if tags:
            return str(tags[0]["code"])
    return ""


def make_party(case: Case, side: Side, record: Record | None, enquirer: Enquirer | None) -> Party | None:
    if record is None and enquirer is None:
        return None
    party = Party(case=case, side=side)
    if record is not None:
        party.organisation, party.organisation_name = (
            record.organisation,
            record.organisation_name or (record.organisation.name if record.organisation else ""),
        )
        if record.KIND == "expert":
            party.person_id = getattr(record, "person_id", None)
            party.organisation_name = (
                f"{record.title}（{party.organisation_name}）" if party.organisation_name else record.title
            )
        party.masked_name = disclosure.masked_name(record)
        party.is_name_public = record.disclosure == Disclosure.PUBLIC
        if isinstance(record, Contactable):
            party.contact_name, party.contact_phone = record.contact_name, record.contact_phone
            party.contact_email = record.contact_email
    if enquirer is not None:
        party.user = enquirer.user
        if enquirer.user is not None and party.organisation is None:
            party.organisation = enquirer.user.organisation
        party.organisation_name = (
            enquirer.organisation_name or party.organisation_name or enquirer.user_unit()
        )
        party.masked_name = party.masked_name or ("某企业" if side == Side.DEMAND else "某单位")
        party.contact_name = enquirer.name or party.contact_name
        party.contact_phone = enquirer.phone or party.contact_phone
        party.contact_email = enquirer.email or party.contact_email
    party.save()
    return party
