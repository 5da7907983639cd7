"""One message to the owner when refusals of his record have gathered; the rest waits for him on the record's page."""

from django.urls import reverse

from keqiao.message.actions import send
from keqiao.people.enums import Role
from keqiao.people.models import User
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Record
from keqiao.registry.records.nouns import noun_of
from keqiao.verdict.advice import advice_for
from keqiao.verdict.rules import rules

_MOST_READERS = 5


def owners_of(record: Record) -> list[User]:
    """The active accounts that speak for the record as its owner: of its unit, or the expert himself."""
    if record.organisation_id is not None:
        return list(
            User.objects.filter(
                organisation_id=record.organisation_id,
                is_active=True,
                grants__revoked_at=None,
                grants__role__in=[Role.ENTERPRISE, Role.INSTITUTE],
            ).distinct()[:_MOST_READERS]
        )
    person = getattr(record, "person_id", None)
    return list(User.objects.filter(person_id=person, is_active=True)[:1]) if person else []


def tell_owner(record: Record, *, by: User) -> int:
    """Queue the message when the number of refusals is one of `tell_at` (rules.yaml). Gives how many were queued.

    A number that is reached again after an undone answer is not told again.
    """
    if record.status != Status.PUBLISHED:
        return 0
    advice = advice_for(record)
    refusals = advice.total - advice.yes if advice else 0
    if advice is None or refusals not in rules()["tell_at"]:
        return 0
    first, queued = advice.lines[0], 0
    for reader in owners_of(record):
        send(
            to=reader,
            kind="verdict",
            subject=f"{noun_of(record.KIND)}“{record.title}”：{advice.total} 个答复里 {refusals} 个不合适",
            text=f"{advice.headline}。下一步：{first.step}",
            link=reverse("desk:record", args=[record.KIND, record.public_id]) + "#advice",
            key=f"{record.KIND} {record.pk} {refusals}",
            by=by,
        )
        queued += 1
    return queued
