"""Writing persons: namesakes are different rows until somebody shows that they are one."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from keqiao.core import audit
from keqiao.core.crypto import lookup_hash
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.masks import mask_name
from keqiao.core.models import AuditLevel
from keqiao.people.doors import require
from keqiao.people.enums import Act
from keqiao.people.models import Affiliation, Organisation, Person, User
from keqiao.people.organisations import pinyin_of


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """What `create_or_find_person` came to. namesakes: others of that name, kept apart."""

    person: Person
    is_new: bool
    namesakes: tuple[Person, ...] = ()


def same_person(person: Person) -> Person:
    """The person that this row has been merged into; itself when it stands for itself."""
    seen = {person.pk}
    while person.merged_into is not None and person.merged_into.pk not in seen:
        person = person.merged_into
        seen.add(person.pk)
    return person


@transaction.atomic
def create_or_find_person(
    *,
    name: str,
    by: User | None,
    organisation: Organisation | None = None,
    title: str = "",
    identity_number: str = "",
    phone: str = "",
    email: str = "",
    is_sample: bool = False,
) -> FoundPerson:
    """The person with this identity number, or this phone, or of this name at this organisation; else a new one.

    A namesake whose known identity number or phone differs is somebody else, even at the same organisation.
    The identity number itself is never stored, only its keyed hash.
    """
    name = "".join(name.split())
    if not name:
        raise BadInput("姓名不能为空。", field="name")
    identity, number = lookup_hash(identity_number.upper()), lookup_hash(phone)
    namesakes = list(Person.objects.filter(name=name).select_related("merged_into").order_by("pk"))
    chosen = _known(namesakes, identity, number, organisation)
    is_new = chosen is None
    person = (
        same_person(chosen)
        if chosen is not None
        else Person(name=name, pinyin=pinyin_of(name, 120), is_sample=is_sample)
    )
    person.identity_hash = person.identity_hash or identity
    if phone and not person.phone:
        person.phone, person.phone_hash = phone, number
    person.email = person.email or email
    person.save()
    if organisation is not None:
        Affiliation.objects.get_or_create(
            person=person,
            organisation=organisation,
            defaults={"title": title, "is_main": not person.affiliations.filter(ended_on=None).exists()},
        )
    if is_new:
        audit.record("person.created", by=by, changes={"姓名": ["", mask_name(name)]})
    others = {one.pk: one for one in map(same_person, namesakes) if one.pk != person.pk}
    return FoundPerson(person, is_new, tuple(others.values()))


def _known(
    namesakes: list[Person], identity: str, number: str, organisation: Organisation | None
) -> Person | None:
    for attribute, value in (("identity_hash", identity), ("phone_hash", number)):
        if value:
            found = next((one for one in namesakes if getattr(one, attribute) == value), None)
            if found is not None:
                return found
    if organisation is None:
        return None
    here = set(
        Affiliation.objects.filter(organisation=organisation, person__in=namesakes).values_list(
            "person_id", flat=True
        )
    )
    there = {same_person(one).pk: same_person(one) for one in namesakes if one.pk in here}
    if len(there) == 1:
        only = next(iter(there.values()))
        is_other = (identity and only.identity_hash not in ("", identity)) or (
            number and only.phone_hash not in ("", number)
        )
        return None if is_other else only
    # Several namesakes at one unit: the name alone says nothing. Only a row that knows as little goes to the one
    # that nobody knows more about, so that loading a file twice makes nobody new.
    unknown = [one for one in there.values() if not (one.identity_hash or one.phone_hash)]
    return unknown[0] if len(unknown) == 1 and not (identity or number) else None


@transaction.atomic
def merge_persons(*, winner: Person, loser: Person, reason: str, by: User | None) -> None:
    """Two rows are one human being. Nothing is moved: readers follow `same_person`, so `split_person` undoes it."""
    require(by, Act.APPROVE_ORGANISATION)
    if not reason.strip():
        raise BadInput("请写明依据，例如证件核对一致、本人确认。", field="reason")
    held = {
        one.pk: one
        for one in Person.objects.select_for_update(of=("self",)).filter(Q(pk=winner.pk) | Q(pk=loser.pk))
    }
    winner, loser = same_person(held[winner.pk]), held[loser.pk]
    if winner.pk == loser.pk:
        raise BadInput("请选择另一个人：不能并入自己。", field="loser")
    if loser.merged_into_id is not None:
        raise NotAllowed(f"“{loser}”已经并入另一个人，请先拆分。", code="person.merged", conflict=True)
    if winner.identity_hash and loser.identity_hash and winner.identity_hash != loser.identity_hash:
        raise NotAllowed(
            f"两位“{winner}”登记的证件号码不同，不是同一个人，不能合并。请核对证件。", code="person.identity"
        )
    loser.merged_into = winner
    loser.save(update_fields=["merged_into"])
    audit.record(
        "person.merged", by=by, target=winner, reason=reason, level=AuditLevel.IMPORTANT,
        changes={"并入": [f"{mask_name(loser.name)} #{loser.pk}", f"{mask_name(winner.name)} #{winner.pk}"]},
    )  # fmt: skip


@transaction.atomic
def split_person(*, person: Person, reason: str, by: User | None) -> None:
    """The merger was a mistake: the row stands for itself again, with all that it had."""
    require(by, Act.APPROVE_ORGANISATION)
    if not reason.strip():
        raise BadInput("请写明拆分的理由，例如证件核对不一致。", field="reason")
    person = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if person.merged_into_id is None:
        raise NotAllowed(f"“{person}”没有并入别人，不需要拆分。", code="person.not_merged", conflict=True)
    was = person.merged_into_id
    person.merged_into = None
    person.save(update_fields=["merged_into"])
    audit.record(
        "person.split", by=by, target=person, reason=reason, level=AuditLevel.IMPORTANT,
        changes={"拆分自": [f"#{was}", f"#{person.pk}"]},
    )  # fmt: skip
