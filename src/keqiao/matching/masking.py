"""What a reader may know of a record's owner, for results and documents; the rules are `registry.records.disclosure`'s."""

from dataclasses import dataclass

from keqiao.people.access import Scope
from keqiao.registry.records import disclosure
from keqiao.registry.records.enums import Disclosure
from keqiao.registry.records.models import Record


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner as this reader may know it. public_id: of the organisation's page, "" when there is none to show."""

    name: str
    is_masked: bool
    public_id: str = ""


def knows_owner(record: Record, scope: Scope) -> bool:
    """Whether the tier hides nothing, or the reader works on the record (its officer, its own unit, its author)."""
    return record.disclosure != Disclosure.MASKED or scope.sees_all or disclosure.is_own(record, scope)


def owner_of(record: Record, scope: Scope) -> Owner:
    """The owner's name, or the masked one. Costs nothing when `organisation` was selected with the record."""
    organisation = record.organisation
    if not knows_owner(record, scope):
        return Owner(disclosure.masked_name(record), True)
    name = record.organisation_name or (organisation.name if organisation else "")
    return Owner(name, False, str(organisation.public_id) if organisation else "")


def hide_owner(record: Record, text: str) -> str:
    """`text` of a masked record without its owner's name, in full or in short; of any other record as it is."""
    return disclosure.without_names(record, text) if text and record.disclosure == Disclosure.MASKED else text


def shown_texts(record: Record, scope: Scope) -> list[tuple[str, str]]:
    """(Chinese field name, text) of the record as this reader may read it."""
    if knows_owner(record, scope):
        return record.texts()
    return [(label, hide_owner(record, text)) for label, text in record.texts()]


def shown_title(record: Record, scope: Scope) -> str:
    """The title as this reader may read it."""
    return record.title if knows_owner(record, scope) else hide_owner(record, record.title)
