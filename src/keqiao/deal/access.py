"""The door to a case: who gets it, what he is in it, and what he may know of the two sides."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from keqiao.core.errors import NotAllowed, NotFound
from keqiao.core.masks import mask_email, mask_name, mask_phone
from keqiao.deal.enums import Purpose, Side
from keqiao.deal.models import Case, CaseConsent, CaseFile, CaseQuerySet, Party
from keqiao.people.access import scope_of
from keqiao.people.enums import OFFICERS, Role
from keqiao.people.models import User
from keqiao.registry.records.disclosure import Contact

NOUN = "对接事项"


@dataclass(frozen=True, slots=True)
class Seat:
    """What a user is in a case. is_desk: officer of its area, owner or broker. sides: those he speaks for."""

    is_desk: bool
    is_officer: bool
    sides: frozenset[str]

    @property
    def is_participant(self) -> bool:
        return self.is_desk or bool(self.sides)

    @property
    def side(self) -> str:
        """The one side he speaks for, "" for the desk."""
        return "" if self.is_desk or not self.sides else sorted(self.sides)[0]


def is_officer_of(user: Any, division_code: str) -> bool:
    """Whether an officer's grant of this user covers the place."""
    return any(
        grant.role in OFFICERS
        and (grant.division_prefix == "" or (division_code or "-").startswith(grant.division_prefix))
        for grant in user.current_grants
    )


def cases_of(user: Any) -> CaseQuerySet:
    """Every case that this user may see, with owner and broker."""
    found = Case.objects.visible_to(scope_of(user), getattr(user, "person_id", None))
    return found.select_related("owner", "broker", "demand")


def case_for(user: Any, public_id: UUID | str, *, to_work: bool = False) -> Case:
    """The case. NotFound when absent or hidden (one answer); with to_work, NotAllowed for those who only read it."""
    try:
        wanted = public_id if isinstance(public_id, UUID) else UUID(str(public_id))
    except ValueError:
        raise NotFound(NOUN) from None
    found = cases_of(user).filter(public_id=wanted).first()
    if found is None:
        raise NotFound(NOUN)
    if to_work:
        require_desk(user, found)
    return found


def seat_of(user: Any, case: Case) -> Seat:
    """What the user is in this case. One query."""
    roles = scope_of(user).roles
    officer = is_officer_of(user, case.division_code)
    holds = user.pk in (case.owner_id, case.broker_id) and bool(roles & (OFFICERS | {Role.BROKER}))
    mine = Party.objects.of(scope_of(user), user.person_id).filter(case=case).values_list("side", flat=True)
    return Seat(officer or holds, officer, frozenset(mine))


def require_desk(user: User | None, case: Case) -> None:
    """Passes for those who work on the case and for the system (None). Raises NotAllowed with the reason."""
    if user is None or seat_of(user, case).is_desk:
        return
    raise NotAllowed(
        f"{case.number} 由承办的科技局人员和技术经理人办理，您可以查看、发消息和答复。需要推进请在消息里告诉承办人。",
        code="case.desk",
    )


def require_side(user: User, case: Case, side: str) -> Seat:
    """Passes for those who speak for `side`, and for the desk that writes down what it was told."""
    seat = seat_of(user, case)
    if seat.is_desk or side in seat.sides:
        return seat
    raise NotAllowed(
        f"这一步由{Side(side).label}自己办理，您不代表这一方。请用该单位的账号登录后办理。", code="case.side"
    )


@dataclass(frozen=True, slots=True)
class Trust:
    """What the two sides have agreed to. both: names and contacts are open between them. secrets: and an NDA is signed."""

    sides: frozenset[str]
    has_nda: bool

    @property
    def both(self) -> bool:
        return len(self.sides) == 2

    @property
    def secrets(self) -> bool:
        return self.both and self.has_nda


def trust_of(case: Case) -> Trust:
    """The consents in force. One query."""
    given = CaseConsent.objects.filter(party__case=case, withdrawn_at=None).values_list(
        "party__side", flat=True
    )
    return Trust(frozenset(given), case.nda_signed_on is not None)


@dataclass(frozen=True, slots=True)
class PartyView:
    """A side as one reader may see it. contact: in clear, in stars, or blank. can_reveal: an officer may ask for it."""

    party: Party
    name: str
    is_masked: bool
    contact: Contact
    is_contact_clear: bool
    can_reveal: bool
    is_mine: bool


def party_view(party: Party, seat: Seat, trust: Trust) -> PartyView:
    """The side as this seat may see it: name and contact open to the other side only when both agreed."""
    mine = party.side in seat.sides
    agreed = trust.both or (seat.is_desk and party.side in trust.sides)
    knows_name = mine or seat.is_officer or agreed or party.is_name_public or not seat.is_participant
    clear = mine or agreed
    contact = Contact(party.contact_name, party.contact_phone, party.contact_email)
    if not clear:
        stars = Contact(mask_name(contact.name), mask_phone(contact.phone), mask_email(contact.email))
        contact = stars if seat.is_officer else Contact()
    return PartyView(
        party=party,
        name=(party.organisation_name or party.contact_name) if knows_name else party.masked_name,
        is_masked=not knows_name,
        contact=contact,
        is_contact_clear=clear,
        can_reveal=seat.is_officer and not clear and bool(party.contact_phone or party.contact_email),
        is_mine=mine,
    )


def may_read_file(file: CaseFile, seat: Seat, trust: Trust) -> bool:
    """Officers and the side that brought it always; the other side after consent; secret papers after the NDA."""
    if not seat.is_participant or file.removed_at is not None:
        return False
    if seat.is_desk or (file.side and file.side in seat.sides) or file.purpose == Purpose.NDA:
        return True
    return trust.secrets if file.purpose == Purpose.SECRET else trust.both


def file_for(user: Any, public_id: UUID | str) -> CaseFile:
    """The file, for those who may read it now. NotFound otherwise, whatever the reason."""
    try:
        wanted = UUID(str(public_id))
    except ValueError:
        raise NotFound("附件") from None
    found = CaseFile.objects.select_related("case").filter(public_id=wanted).first()
    if found is None:
        raise NotFound("附件")
    case = cases_of(user).filter(pk=found.case_id).first()
    if case is None or not may_read_file(found, seat_of(user, case), trust_of(case)):
        raise NotFound("附件")
    return found
