"""Namesakes are different people until somebody shows that they are one."""

import pytest
from tests.factories.people import OrganisationFactory, PersonFactory

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.people import actions
from keqiao.people.models import Person, User
from keqiao.people.persons import same_person

pytestmark = pytest.mark.django_db
ID, OTHER_ID = "11010519491231002X", "440524188001010014"


def find(name: str = "王伟", **facts: object):
    return actions.create_or_find_person(name=name, by=None, **facts)


def test_two_namesakes_at_different_units_are_two_people() -> None:
    first = find(organisation=OrganisationFactory())

    second = find(organisation=OrganisationFactory())

    assert second.is_new
    assert second.namesakes == (first.person,)


def test_the_same_name_at_the_same_unit_is_the_same_person() -> None:
    unit = OrganisationFactory()

    assert find(organisation=unit).person == find("王 伟", organisation=unit).person


def test_namesakes_at_one_unit_are_told_apart_by_identity_number_or_phone() -> None:
    unit = OrganisationFactory()
    first = find(organisation=unit, identity_number=ID, phone="13812345678").person

    assert find(organisation=unit, identity_number=OTHER_ID).is_new
    assert find(organisation=unit, phone="13900001111").is_new
    assert [find(organisation=unit).is_new for _ in range(2)] == [
        True,
        False,
    ]  # a second load makes nobody new
    assert find(organisation=OrganisationFactory(), identity_number=ID.lower()).person == first


def test_an_identity_number_is_never_stored() -> None:
    person = find(identity_number=ID).person

    assert ID not in str(Person.objects.filter(pk=person.pk).values().get())
    assert len(person.identity_hash) == 64


def test_a_person_may_belong_to_several_units() -> None:
    person = find(phone="13812345678", organisation=OrganisationFactory()).person
    find(phone="13812345678", organisation=OrganisationFactory())

    assert person.affiliations.count() == 2
    assert person.affiliations.filter(is_main=True).count() == 1


def test_a_merger_of_persons_can_be_undone(bureau_officer: User) -> None:
    winner, loser = PersonFactory(name="王伟"), PersonFactory(name="王伟")

    actions.merge_persons(winner=winner, loser=loser, reason="证件一致", by=bureau_officer)
    loser.refresh_from_db()
    assert same_person(loser) == winner
    actions.split_person(person=loser, reason="证件不一致", by=bureau_officer)

    loser.refresh_from_db()
    assert same_person(loser) == loser
    trail = AuditEntry.objects.filter(action__startswith="person.").order_by("seq")
    assert [(entry.action, entry.reason) for entry in trail] == [
        ("person.merged", "证件一致"),
        ("person.split", "证件不一致"),
    ]
    assert "王伟" not in str(trail[0].changes)


def test_persons_of_different_identity_numbers_are_not_merged(bureau_officer: User) -> None:
    first, second = find(identity_number=ID).person, find(identity_number=OTHER_ID).person

    with pytest.raises(NotAllowed, match="不是同一个人"):
        actions.merge_persons(winner=first, loser=second, reason="同名", by=bureau_officer)


def test_a_merger_needs_a_reason_and_two_persons(bureau_officer: User) -> None:
    person = PersonFactory()
    with pytest.raises(BadInput, match="依据"):
        actions.merge_persons(winner=person, loser=PersonFactory(), reason="", by=bureau_officer)
    with pytest.raises(BadInput, match="另一个人"):
        actions.merge_persons(winner=person, loser=person, reason="同一人", by=bureau_officer)
