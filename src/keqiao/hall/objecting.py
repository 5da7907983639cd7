"""Objections: signed, kept secret, they stop the clock until they are decided and the decision is public."""

import re
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.core.numbers import next_number
from keqiao.deal.access import is_officer_of
from keqiao.hall.access import require_officer
from keqiao.hall.enums import Decision, EventKind, NoticeKind, Objector, State
from keqiao.hall.listing import end_listing
from keqiao.hall.log import locked, log_event, moment_after, publish_notice, reading_of, told
from keqiao.hall.models import Notice, Objection
from keqiao.message.actions import send
from keqiao.people.enums import OFFICERS
from keqiao.people.models import User

SERIES = "异议"
_PHONE = re.compile(r"\+?[0-9][0-9 -]{6,18}\Z")
_NOT_A_NAME = re.compile(r"匿名|无名|某|先生$|女士$|群众|知情人|不愿|保密|路人|\*|[0-9]")
_MOST_OPEN = 20  # of one notice; more are a flood


@transaction.atomic
def object_to(
    *, notice: Notice, by_whom: str, name: str, phone: str, text: str, contact_name: str = "",
    now: datetime | None = None,
) -> Objection:  # fmt: skip
    """Take an objection in; the clock stops today. Raises BadInput for an anonymous one, with the reason.

    A person signs with the real name and a telephone, a unit with its name and a contact. NotAllowed after the last day.
    """
    listing = locked(notice.listing)
    now = moment_after(listing, now)
    day = timezone.localdate(now)
    reading = reading_of(notice, day)
    if listing.state != State.PUBLISHED or reading is None:
        raise NotAllowed(
            f"{notice.number} 没有在公示，不再受理异议。可以直接联系科技局反映。",
            code="hall.not_public",
            conflict=True,
        )
    if reading.is_over:
        raise NotAllowed(
            f"{notice.number} 的公示期已于 {reading.ends_on} 结束，不再受理异议。仍有问题可以直接向科技局反映。",
            code="hall.objection_late", conflict=True,
        )  # fmt: skip
    values = _signed(by_whom, name, phone, contact_name)
    body = text.strip()
    if len(body) < 10:
        raise BadInput("请写清异议的事项和依据，至少 10 个字，否则无法核查。", field="text")
    if len(body) > 4000:
        raise BadInput(f"写了 {len(body)} 字，最多 4000 字。请写要点，材料可以另行寄送。", field="text")
    if Objection.objects.filter(notice=notice).open().count() >= _MOST_OPEN:
        raise NotAllowed(
            "这份公告待处理的异议已经很多，暂不再收。请直接联系科技局。", code="hall.flood", conflict=True
        )
    objection = Objection.objects.create(
        number=next_number(SERIES, day.year),
        notice=notice,
        by_whom=by_whom,
        text=body,
        came_at=now,
        came_on=day,
        **values,
    )
    log_event(listing, EventKind.OBJECTION, {"objection": objection.number, "notice": notice.number}, now)
    record("objection.received", target=objection, level=AuditLevel.IMPORTANT)  # says nobody's name
    _tell_officers(objection)
    return objection


def _signed(by_whom: str, name: str, phone: str, contact_name: str) -> dict[str, str]:
    """The objector's own words, checked. Source of the rule: 实名异议, the notice says so."""
    if by_whom not in Objector.values:
        raise BadInput("请选以个人还是单位名义提出。", field="by_whom")
    is_unit = by_whom == Objector.UNIT
    name = told(name, "name", 120)
    why = "匿名的异议不予受理：无法核实，也无法告知结果。您的身份只有办理人员能看到，不会公开，也不会告诉转让方。"
    if not name or (not is_unit and (_NOT_A_NAME.search(name) or len(name) < 2)):
        raise BadInput(
            f"{why}请写{'单位全称' if is_unit else '真实姓名'}。", code="hall.anonymous", field="name"
        )
    contact_name = told(contact_name, "contact_name", 60)
    if is_unit and (not contact_name or _NOT_A_NAME.search(contact_name)):
        raise BadInput("单位提出异议须写明联系人的真实姓名。", code="hall.anonymous", field="contact_name")
    phone = phone.strip()
    if not _PHONE.match(phone):
        raise BadInput(
            f"{why}请留能打通的电话，现在写的是“{phone[:30]}”。", code="hall.anonymous", field="phone"
        )
    return {"name": name, "contact_name": contact_name if is_unit else "", "phone": phone}


def _tell_officers(objection: Objection) -> None:
    listing = objection.notice.listing
    found = User.objects.filter(
        is_active=True, grants__revoked_at=None, grants__role__in=OFFICERS
    ).distinct()[:200]
    for user in found:
        if is_officer_of(user, listing.division_code):
            send(to=user, kind="notice", subject=f"{listing.number} 收到异议 {objection.number}",
                 text="公示期已从今天起暂停，请核查并办理；办结前不能确认结果、不能签约。",
                 link=reverse("hall:objection", args=[objection.public_id]), key=objection.number)  # fmt: skip


def read_objection(objection: Objection, by: User) -> Objection:
    """An officer reads who objects: allowed, and each time one audit entry."""
    require_officer(by, objection.notice.listing)
    record("objection.read", by=by, target=objection, level=AuditLevel.IMPORTANT)
    return objection


@transaction.atomic
def decide_objection(
    *,
    objection: Objection,
    decision: str,
    public_subject: str,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> Notice:
    """Decide with reasons and publish the outcome without the objector; the clock goes on tomorrow.

    Upheld: the listing ends. Raises BadInput when the public text names the objector.
    """
    listing = locked(objection.notice.listing)
    require_officer(by, listing)
    objection = (
        Objection.objects.select_for_update(of=("self",)).select_related("notice").get(pk=objection.pk)
    )
    if not objection.is_open:
        raise NotAllowed(
            f"{objection.number} 已经办结：{objection.get_decision_display()}。",
            code="hall.decided",
            conflict=True,
        )
    if decision not in Decision.values:
        raise BadInput("请选处理结果。", field="decision")
    subject = told(
        public_subject, "public_subject", 300, required="请用一句话写异议针对什么，公告里公开，不要写异议人。"
    )
    reason = told(reason, "reason", 600, required="请写处理的理由和依据，公告里公开。")
    for field, words in (("public_subject", subject), ("reason", reason)):
        for secret in filter(None, (objection.name, objection.contact_name, objection.phone)):
            if secret in words:
                raise BadInput(
                    f"这段文字会公开，里面有异议人的信息“{secret}”。请删去。", code="hall.secret", field=field
                )
    at = moment_after(listing, now)
    objection.decision, objection.public_subject, objection.decision_reason = decision, subject, reason
    objection.decided_on, objection.decided_at, objection.decided_by = timezone.localdate(at), at, by
    objection.save(
        update_fields=[
            "decision",
            "public_subject",
            "decision_reason",
            "decided_on",
            "decided_at",
            "decided_by",
        ]
    )
    label = str(Decision(decision).label)
    notice = publish_notice(
        listing, NoticeKind.OBJECTION, f"异议处理结果：{listing.title}",
        [("挂牌编号", listing.number or ""), ("异议编号", objection.number), ("针对的公告", objection.notice.number),
         ("收到日期", str(objection.came_on)), ("异议事项", subject), ("处理结果", label), ("理由", reason)],
        by, at,
    )  # fmt: skip
    log_event(
        listing,
        EventKind.DECIDED,
        {"objection": objection.number, "decision": decision, "notice": notice.number},
        at,
    )
    record(
        "objection.decided",
        by=by,
        target=objection,
        changes={"decision": ["", label]},
        level=AuditLevel.IMPORTANT,
    )
    if decision == Decision.UPHELD:
        end_listing(listing, f"异议 {objection.number} 成立：{reason}"[:500], by, at)
    return notice
