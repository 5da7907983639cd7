"""The ground under every write: the locked case, the step that is kept, and who is told."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.urls import reverse
from django.utils import timezone

from keqiao.core.audit import record
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditLevel
from keqiao.deal.enums import Opening, Side, StepKind
from keqiao.deal.models import Case, CaseStep, Party
from keqiao.message.actions import send
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.registry.records import disclosure
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.wording import contact_details


class StaleCase(NotAllowed):
    """Somebody worked on the case since the page was opened. steps: what was done, newest first."""

    def __init__(self, case: Case, steps: list[CaseStep]) -> None:
        who = "、".join(dict.fromkeys(str(one.by) for one in steps if one.by)) or "系统"
        did = "；".join(f"{one.get_kind_display()}：{one.text}" for one in steps[:3])
        super().__init__(
            f"您打开页面后，{who} 已经办理了这件事（{did or '内容有变动'}）。您填的内容还在下面，请看过最新情况后再提交。",
            code="case.stale",
            conflict=True,
        )
        self.case = case
        self.steps = steps


def locked(case: Case, version: int | None = None) -> Case:
    """The row, locked and fresh. Raises StaleCase when `version` is given and no longer holds."""
    fresh = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if version is not None and version != fresh.version:
        since = list(fresh.steps.select_related("by")[: max(1, fresh.version - version)])
        raise StaleCase(fresh, since)
    return fresh


def saved(case: Case, *fields: str) -> None:
    """Write these columns and count the version up."""
    case.version += 1
    case.save(update_fields=[*fields, "version"])


def keep_step(
    case: Case, kind: StepKind, text: str, *, by: User | None, side: str = "", moved: tuple[str, str] = ("", ""),
    internal: bool = False, changes: dict[str, Any] | None = None, level: str = AuditLevel.NORMAL,
) -> CaseStep:  # fmt: skip
    """Keep what was done, credit the broker who did it, and write the audit entry."""
    is_broker = by is not None and Role.BROKER in by.roles
    step = CaseStep.objects.create(
        case=case, by=by, kind=kind, text=text[:600], side=side, from_stage=moved[0], to_stage=moved[1],
        is_internal=internal, broker=by if is_broker else None, at=timezone.now(),
    )  # fmt: skip
    record(f"case.{kind}", by=by, target=case, changes=changes, reason=text, level=level)
    return step


def told(text: str, field: str, most: int = 500, *, required: str = "") -> str:
    """A typed text in one piece. Raises BadInput when it is too long, or blank and `required` says why it is needed."""
    text = " ".join(text.split())
    if required and not text:
        raise BadInput(required, code="case.text", field=field)
    if len(text) > most:
        raise BadInput(f"写了 {len(text)} 字，最多 {most} 字。请写短一些。", code="case.text", field=field)
    return text


def open_title(case: Case) -> str:
    """The title as it may leave the house: without the name of a unit that wants to stay unnamed, without numbers."""
    record = case.demand
    text = case.title
    if record is not None and record.disclosure != Disclosure.PUBLIC:
        text = disclosure.without_names(record, text)
    return without_contacts(text)


def open_wish(case: Case) -> str:
    """What the enquirer wrote, as it may leave the house."""
    text = case.wish
    if case.demand is not None and case.demand.disclosure != Disclosure.PUBLIC:
        text = disclosure.without_names(case.demand, text)
    for party in case.parties.all():
        if party.organisation_name and not party.is_name_public:
            text = text.replace(party.organisation_name, party.masked_name)
    return without_contacts(text)


def without_contacts(text: str) -> str:
    """Telephone numbers, addresses of mail and chat accounts replaced by stars of the same meaning."""
    for found in contact_details(text):
        text = text.replace(found, "［联系方式，双方同意后可见］")
    return text


def link_of(case: Case) -> str:
    """The case's page."""
    return reverse("deal:case", args=[case.public_id])


def readers_of(party: Party) -> list[User | str]:
    """Who is written to for a side: its account, else the accounts of its unit, else the contact's address."""
    if party.user is not None and party.user.is_active:
        return [party.user]
    if party.organisation_id:
        users = User.objects.filter(
            organisation_id=party.organisation_id, is_active=True, grants__revoked_at=None,
            grants__role__in=[Role.ENTERPRISE, Role.INSTITUTE],
        ).distinct()[:5]  # fmt: skip
        if users:
            return list(users)
    if party.person_id:
        own = list(User.objects.filter(person_id=party.person_id, is_active=True)[:1])
        if own:
            return list(own)
    address = party.contact_email or party.contact_phone
    return [address] if address else []


def tell(
    to: Iterable[User | str], *, case: Case, subject: str, text: str, key: str = "", kind: str = "deal",
    by: User | None = None, outside: str = "",
) -> int:  # fmt: skip
    """Send the same words to each; an address that cannot be written to is left out. Returns how many went.

    outside: the page for a reader without an account, who could not open the case's.
    """
    count = 0
    for reader in to:
        if isinstance(reader, User) and by is not None and reader.pk == by.pk:
            continue
        link = link_of(case) if isinstance(reader, User) or not outside else outside
        words = f"{case.number} {key}" if key else ""
        # A contact written as “见附件” is no address: the count tells the desk that nobody could be written to
        with suppress(BadInput):
            send(to=reader, kind=kind, subject=subject, text=text, link=link, key=words, by=by)
            count += 1
    return count


def tell_side(
    case: Case, side: str, *, subject: str, text: str, key: str, by: User | None, kind: str = "deal"
) -> int:
    """Tell one side; the supply side hears nothing before it was asked. Returns how many readers it has."""
    party = case.parties.select_related("user").filter(side=side).first()
    if party is None or (side == Side.SUPPLY and party.asked_at is None):
        return 0
    asked_first = Side.DEMAND if case.other_id else Side.SUPPLY
    outside = (
        reverse("deal:enquiry", args=[case.token])
        if case.opening == Opening.ENQUIRY and side == asked_first
        else ""
    )
    return tell(
        readers_of(party), case=case, subject=subject, text=text, key=key, by=by, kind=kind, outside=outside
    )


def tell_desk(case: Case, *, subject: str, text: str, key: str, by: User | None) -> int:
    """Tell owner and broker, each once."""
    desk = [user for user in dict.fromkeys((case.owner, case.broker)) if user is not None and user.is_active]
    return tell(desk, case=case, subject=subject, text=text, key=key, by=by)


def side_word(side: str) -> str:
    """需求方, 供给方; 科技局 for the desk."""
    return str(Side(side).label) if side else "科技局"
