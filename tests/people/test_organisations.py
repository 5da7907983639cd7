"""One unit keeps one identity, whatever it is called and whatever it joins."""

import pytest
from tests.factories.people import OrganisationFactory, PersonFactory, UserFactory

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.people import actions
from keqiao.people.enums import OrganisationKind
from keqiao.people.models import Affiliation, Organisation, User
from keqiao.people.organisations import Identity, in_force, organisation_merged
from keqiao.registry.demand.models import Demand

CODE, OTHER_CODE = "91512081MA62K0260E", "9131000063159284XQ"
pytestmark = pytest.mark.django_db


def find(name: str, **facts: str):
    return actions.create_or_find(name=name, by=None, **({"kind": OrganisationKind.ENTERPRISE} | facts))


@pytest.mark.parametrize(
    "spelling",
    ["固镇县晨光纺织(集团)有限公司", " 固镇县晨光纺织（集团）有限公司 ", "固镇县 晨光纺织（集团）有限公司"],
)
def test_a_name_is_found_however_it_is_spelt(spelling: str) -> None:
    first = find("固镇县晨光纺织（集团）有限公司")

    again = find(spelling)

    assert (first.is_new, again.is_new) == (True, False)
    assert again.organisation == first.organisation


def test_the_code_decides_over_the_name() -> None:
    unit = find("晨光纺织厂", uscc=CODE).organisation

    assert find("晨光纺织有限公司", uscc=CODE).organisation == unit


def test_a_namesake_with_another_code_is_another_unit() -> None:
    first = find("晨光纺织厂", uscc=CODE)

    second = find("晨光纺织厂", uscc=OTHER_CODE)

    assert second.is_new
    assert second.namesakes == (first.organisation,)


def test_a_name_alone_is_not_guessed_between_namesakes_and_loading_twice_changes_nothing() -> None:
    find("晨光纺织厂", uscc=CODE)
    find("晨光纺织厂", uscc=OTHER_CODE)

    unsure = find("晨光纺织厂")
    again = find("晨光纺织厂")

    assert unsure.is_new
    assert len(unsure.namesakes) == 2
    assert not again.is_new
    assert again.organisation == unsure.organisation


def test_the_division_decides_between_namesakes() -> None:
    here = find("晨光纺织厂", uscc=CODE, division_code="340323000000").organisation
    find("晨光纺织厂", uscc=OTHER_CODE, division_code="340321000000")

    assert find("晨光纺织厂", division_code="340323102000").organisation == here


def test_a_unit_without_a_code_gets_the_code_that_comes_later() -> None:
    unit = find("晨光纺织厂").organisation

    assert find("晨光纺织厂", uscc=CODE).organisation == unit
    unit.refresh_from_db()
    assert unit.uscc == CODE


def test_a_hospital_is_not_taken_for_a_firm_of_the_same_name() -> None:
    find("康宁", kind=OrganisationKind.HOSPITAL)

    assert find("康宁", kind=OrganisationKind.ENTERPRISE).is_new


def test_a_renamed_unit_is_found_by_both_names(bureau_officer: User) -> None:
    unit = find("晨光纺织厂").organisation

    actions.rename_organisation(
        organisation=unit, name="晨光新材料有限公司", by=bureau_officer, note="执照变更"
    )

    assert find("晨光纺织厂").organisation == unit
    assert find("晨光新材料有限公司").organisation == unit
    assert unit.names.get().is_former
    entry = AuditEntry.objects.get(action="organisation.renamed")
    assert entry.changes == {"名称": ["晨光纺织厂", "晨光新材料有限公司"]}


def test_of_two_officers_the_second_sees_the_firsts_change(
    bureau_officer: User, county_officer: User
) -> None:
    unit = OrganisationFactory()
    actions.rename_organisation(organisation=unit, name="晨光新材料", by=bureau_officer, version=1)

    with pytest.raises(NotAllowed, match="已被别人改过") as refusal:
        actions.correct_organisation(
            organisation=unit, identity=Identity(kind="hospital"), by=county_officer, version=1
        )

    assert refusal.value.conflict
    unit.refresh_from_db()
    assert (unit.name, unit.kind) == ("晨光新材料", "enterprise")


def test_a_code_of_another_unit_is_refused_with_its_name(bureau_officer: User) -> None:
    other, unit = OrganisationFactory(uscc=CODE), OrganisationFactory()

    with pytest.raises(BadInput, match=other.name):
        actions.correct_organisation(
            organisation=unit, identity=Identity(kind=unit.kind, uscc=CODE), by=bureau_officer
        )


def test_after_a_merger_everything_points_at_the_winner(bureau_officer: User) -> None:
    winner, loser = OrganisationFactory(name="晨光新材料"), OrganisationFactory(name="晨光纺织厂", uscc=CODE)
    actions.rename_organisation(organisation=loser, name="晨光集团", by=bureau_officer)
    user = UserFactory(enterprise=True, organisation=loser)
    demand = Demand.objects.create(title="印染废水回用", organisation=loser)
    shared, only = PersonFactory(), PersonFactory()
    for person, unit in ((shared, winner), (shared, loser), (only, loser)):
        Affiliation.objects.create(person=person, organisation=unit)
    heard: list[Organisation] = []
    organisation_merged.connect(
        lambda sender, winner, **_: heard.append(winner), weak=False, dispatch_uid="test"
    )

    moved = actions.merge_organisations(winner=winner, loser=loser, reason="吸收合并", by=bureau_officer)

    organisation_merged.disconnect(dispatch_uid="test")
    for row in (user, demand, winner, loser):
        row.refresh_from_db()
    assert user.organisation == demand.organisation == winner
    assert user.grants.get().organisation == winner
    assert winner.uscc == CODE
    assert in_force(loser) == winner
    assert {a.person for a in winner.affiliations.all()} == {shared, only}
    assert {name.name for name in winner.names.all()} == {"晨光集团", "晨光纺织厂"}
    assert moved["demand.Demand.organisation"] == 1
    assert heard == [winner]
    for name in ("晨光集团", "晨光纺织厂", "晨光新材料"):
        assert find(name).organisation == winner
    assert find("别的名字", uscc=CODE).organisation == winner


def test_a_chain_of_mergers_ends_at_the_last_winner(bureau_officer: User) -> None:
    first, second, third = (OrganisationFactory() for _ in range(3))
    actions.merge_organisations(winner=second, loser=first, reason="合并", by=bureau_officer)
    actions.merge_organisations(winner=third, loser=second, reason="合并", by=bureau_officer)

    first.refresh_from_db()
    assert in_force(first) == third
    with pytest.raises(NotAllowed, match="已并入"):
        actions.rename_organisation(organisation=second, name="新名", by=bureau_officer)


def test_a_unit_is_not_merged_into_itself_nor_without_a_reason(bureau_officer: User) -> None:
    unit, other = OrganisationFactory(), OrganisationFactory()
    with pytest.raises(BadInput, match="不能并入自己"):
        actions.merge_organisations(winner=unit, loser=unit, reason="合并", by=bureau_officer)
    with pytest.raises(BadInput, match="依据"):
        actions.merge_organisations(winner=unit, loser=other, reason=" ", by=bureau_officer)


def test_parents_make_no_circle(bureau_officer: User) -> None:
    school, college = OrganisationFactory(university=True), OrganisationFactory(university=True)
    actions.set_parent(organisation=college, parent=school, by=bureau_officer)
    school.refresh_from_db()
    college.refresh_from_db()

    with pytest.raises(BadInput, match="上级"):
        actions.set_parent(organisation=school, parent=college, by=bureau_officer)


def test_a_member_cannot_rename_a_unit(enterprise_user: User) -> None:
    with pytest.raises(NotAllowed):
        actions.rename_organisation(
            organisation=enterprise_user.organisation, name="新名", by=enterprise_user
        )


@pytest.mark.parametrize("text", ["晨光", "chenguang", "9151", "旧名纺织"])
def test_a_unit_is_found_by_part_of_a_name_by_pinyin_code_or_former_name(
    text: str, bureau_officer: User
) -> None:
    unit = find("旧名纺织厂", uscc=CODE).organisation
    actions.rename_organisation(organisation=unit, name="晨光纺织厂", by=bureau_officer)

    assert list(Organisation.objects.matching(text)) == [unit]
