"""Namesakes: found for an officer, merged and split by him, and everything can go back exactly."""

from typing import Any

import pytest

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.expertise.identity import (
    decide,
    merge_experts,
    merged_away,
    split_expert,
    standing_page,
    undo_move,
)
from keqiao.expertise.models import IdentityMove, NamesakePair, PairState, Proposal
from keqiao.expertise.namesakes import pairs_for, scan
from keqiao.people.access import scope_of
from keqiao.people.models import Organisation, User
from keqiao.people.persons import same_person
from keqiao.registry.expert.models import Expert
from keqiao.registry.records.enums import Status
from keqiao.registry.records.models import Change
from keqiao.registry.work.models import Authorship
from tests.expertise.conftest import expert, signed, work_by
from tests.factories.people import OrganisationFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def university(db: None) -> Organisation:
    return OrganisationFactory(university=True, name="淮河理工大学")


@pytest.fixture
def two(university: Organisation) -> tuple[Expert, Expert]:
    """Two pages of 李文 at one university, with two works and one."""
    one, other = expert("李文", organisation=university), expert("李文", organisation=university)
    work_by(one, year=2020)
    work_by(one, year=2022)
    work_by(other, year=2025)
    return one, other


def works_of(one: Expert) -> set[int]:
    return set(Authorship.objects.filter(expert=one).values_list("work_id", flat=True))


def as_it_is(one: Expert) -> dict[str, Any]:
    """Everything of the row but the moment of its last change."""
    row = Expert.objects.filter(pk=one.pk).values().get()
    return {key: value for key, value in row.items() if key != "updated_at"} | {"works": works_of(one)}


# -- finding ----------------------------------------------------------------------------------------------------


def test_two_pages_of_one_name_at_one_unit_wait_for_an_officer(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    expert("李文")  # elsewhere, nothing else in common
    expert("张三")

    assert scan() == 1
    [pair] = pairs_for(scope_of(bureau_officer))
    assert {pair.first, pair.second} == set(two)
    assert any("现单位相同" in one["text"] for one in pair.signals)


def test_a_moved_expert_is_found_by_the_people_of_both_pages(bureau_officer: User) -> None:
    friend, other_friend = expert("赵一"), expert("钱二")
    for one in (expert("李文"), expert("李文")):
        work_by(one, friend, other_friend)

    assert scan() == 1


def test_namesakes_in_one_author_list_are_not_asked_about(university: Organisation) -> None:
    one, other = expert("李文", organisation=university), expert("李文", organisation=university)
    work_by(one, other)

    assert scan() == 0


def test_one_sound_with_other_characters_at_one_unit_is_found(university: Organisation) -> None:
    friend = expert("赵一")
    for name in ("李文", "李雯"):
        work_by(expert(name, organisation=university, pinyin="liwen"), friend)

    assert scan() == 1


def test_a_pair_that_was_judged_does_not_come_back(two: tuple[Expert, Expert], bureau_officer: User) -> None:
    scan()
    pair = NamesakePair.objects.get()
    decide(pair=pair, state="different", reason="电话核实", by=bureau_officer, version=pair.version)

    assert scan() == 0
    assert NamesakePair.objects.get().state == PairState.DIFFERENT


def test_an_undecided_pair_keeps_its_place_and_gets_newer_facts(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    scan()
    pair = NamesakePair.objects.get()
    decide(pair=pair, state="undecided", reason="", by=bureau_officer, version=pair.version)
    friend = expert("赵一")
    for one in two:
        work_by(one, friend)
    scan()

    pair.refresh_from_db()
    assert pair.state == PairState.UNDECIDED
    assert any("赵一" in one["text"] for one in pair.signals)


def test_an_open_pair_that_is_alike_no_longer_goes(university: Organisation) -> None:
    expert("李文", organisation=university)
    moved = expert("李文", organisation=university)
    assert scan() == 1
    Expert.objects.filter(pk=moved.pk).update(organisation=OrganisationFactory())

    assert scan() == 0
    assert not NamesakePair.objects.exists()


def test_an_officer_sees_the_pairs_of_his_county(
    two: tuple[Expert, Expert], county_officer: User, other_county_officer: User
) -> None:
    scan()

    assert pairs_for(scope_of(county_officer)).count() == 1
    assert pairs_for(scope_of(other_county_officer)).count() == 0


def test_looking_costs_the_same_queries_for_many_pages_of_a_name(
    university: Organisation, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        work_by(expert("李文", organisation=university))

    with django_assert_max_num_queries(15):
        assert scan() == 66


# -- merging and going back -------------------------------------------------------------------------------------


def test_merging_moves_the_works_and_leaves_a_page_that_leads_on(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    winner, loser = two
    every = works_of(winner) | works_of(loser)
    Change.objects.all().delete()

    merge_experts(winner=winner, loser=loser, reason="电话向本人核实", by=bureau_officer)

    winner.refresh_from_db()
    assert works_of(winner) == every
    assert (winner.work_count, winner.last_work_year) == (3, 2025)
    assert Expert.objects.get(pk=loser.pk).status == Status.ARCHIVED
    assert merged_away(loser.public_id) == winner
    assert set(Change.objects.filter(kind="expert").values_list("record_id", flat=True)) == {
        winner.pk,
        loser.pk,
    }
    assert AuditEntry.objects.get(action="expert.merged").reason == "电话向本人核实"


def test_undoing_gives_both_pages_back_exactly(two: tuple[Expert, Expert], bureau_officer: User) -> None:
    winner, loser = two
    Expert.objects.filter(pk=loser.pk).update(work_count=7, last_work_year=1999)  # as some file once said
    before = as_it_is(winner), as_it_is(loser)
    move = merge_experts(winner=winner, loser=loser, reason="核实", by=bureau_officer)

    left = undo_move(move=move, reason="本人说明不是", by=bureau_officer)

    assert left == 0
    assert (as_it_is(winner), as_it_is(loser)) == before
    assert merged_away(loser.public_id) is None
    assert NamesakePair.objects.get().state == PairState.UNDECIDED


def test_what_came_to_the_winner_after_the_merger_stays_with_him(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    winner, loser = two
    move = merge_experts(winner=winner, loser=loser, reason="核实", by=bureau_officer)
    later = work_by(winner, year=2026)

    undo_move(move=move, reason="本人说明不是", by=bureau_officer)

    winner.refresh_from_db()
    assert later.pk in works_of(winner)
    assert winner.work_count == 3


def test_persons_behind_the_pages_are_merged_and_split_with_them(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    winner, loser = two
    for one in two:
        one.person = PersonFactory(name="李文")
        one.save()
    assert winner.person is not None
    assert loser.person is not None

    move = merge_experts(winner=winner, loser=loser, reason="核实", by=bureau_officer)
    loser.person.refresh_from_db()
    assert same_person(loser.person) == winner.person

    undo_move(move=move, reason="不是", by=bureau_officer)
    loser.person.refresh_from_db()
    assert same_person(loser.person) == loser.person


def test_two_who_signed_one_work_are_not_merged(university: Organisation, bureau_officer: User) -> None:
    one, other = expert("李文", organisation=university), expert("李文", organisation=university)
    work_by(one, other, title="两人的论文")

    with pytest.raises(NotAllowed, match="两人的论文"):
        merge_experts(winner=one, loser=other, reason="核实", by=bureau_officer)


def test_a_chain_of_mergers_leads_to_the_last_page_and_is_undone_from_its_end(
    two: tuple[Expert, Expert], university: Organisation, bureau_officer: User
) -> None:
    third = expert("李文", organisation=university)
    first_move = merge_experts(winner=two[0], loser=two[1], reason="核实", by=bureau_officer)
    second_move = merge_experts(winner=third, loser=two[0], reason="核实", by=bureau_officer)

    assert standing_page(two[1]) == third
    with pytest.raises(NotAllowed, match="请先撤销那一次"):
        undo_move(move=first_move, reason="不是", by=bureau_officer)
    undo_move(move=second_move, reason="不是", by=bureau_officer)
    undo_move(move=first_move, reason="不是", by=bureau_officer)
    assert standing_page(two[1]) == two[1]


def test_undoing_twice_is_refused_with_the_time_of_the_first(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    move = merge_experts(winner=two[0], loser=two[1], reason="核实", by=bureau_officer)
    undo_move(move=move, reason="不是", by=bureau_officer)

    with pytest.raises(NotAllowed, match="已经在") as refusal:
        undo_move(move=move, reason="不是", by=bureau_officer)
    assert refusal.value.conflict


def test_a_proposal_still_tells_who_was_proposed_then(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    line = Proposal.objects.create(
        ask_key="text:1", ask_title="问", expert=two[1], proposed_by=bureau_officer
    )
    merge_experts(winner=two[0], loser=two[1], reason="核实", by=bureau_officer)

    line.refresh_from_db()
    assert line.expert == two[1]


@pytest.mark.parametrize("who", ["enterprise_user", "broker", "auditor", "other_county_officer"])
def test_nobody_merges_but_the_officers_of_the_place(
    who: str, two: tuple[Expert, Expert], request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed):
        merge_experts(winner=two[0], loser=two[1], reason="核实", by=request.getfixturevalue(who))
    assert not IdentityMove.objects.exists()


def test_a_merger_without_a_reason_is_refused(two: tuple[Expert, Expert], bureau_officer: User) -> None:
    with pytest.raises(BadInput, match="依据"):
        merge_experts(winner=two[0], loser=two[1], reason="  ", by=bureau_officer)


# -- two officers at once ---------------------------------------------------------------------------------------


def test_the_second_officer_is_told_what_the_first_decided(
    two: tuple[Expert, Expert], bureau_officer: User, county_officer: User
) -> None:
    scan()
    seen_by_both = NamesakePair.objects.get()
    decide(
        pair=seen_by_both, state="same", reason="电话核实", by=county_officer, version=seen_by_both.version
    )

    with pytest.raises(NotAllowed, match="固镇小褚已把这一对定为“同一人”") as refusal:
        decide(
            pair=seen_by_both,
            state="different",
            reason="不像",
            by=bureau_officer,
            version=seen_by_both.version,
        )
    assert refusal.value.conflict
    assert IdentityMove.objects.filter(undone_at=None).count() == 1


def test_a_page_that_a_colleague_has_just_merged_is_not_merged_again(
    two: tuple[Expert, Expert], university: Organisation, bureau_officer: User, county_officer: User
) -> None:
    third = expert("李文", organisation=university)
    merge_experts(winner=two[0], loser=two[1], reason="核实", by=county_officer)

    with pytest.raises(NotAllowed, match="另一位同事"):
        merge_experts(winner=third, loser=two[1], reason="核实", by=bureau_officer)


# -- splitting --------------------------------------------------------------------------------------------------


def test_chosen_works_go_to_a_new_page_of_the_same_name(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    one, _ = two
    gone = min(works_of(one))
    unit = OrganisationFactory(name="另一家研究所")

    move = split_expert(
        source=one, works=[gone], reason="另一位", by=bureau_officer, values={"organisation": unit}
    )

    assert move.target.title == "李文"
    assert move.target.organisation == unit
    assert works_of(move.target) == {gone}
    assert gone not in works_of(one)
    assert NamesakePair.objects.get(first=one, second=move.target).state == PairState.DIFFERENT


def test_a_split_goes_back_and_the_page_made_for_it_goes(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    one, _ = two
    before = as_it_is(one)
    move = split_expert(source=one, works=[min(works_of(one))], reason="另一位", by=bureau_officer)

    undo_move(move=move, reason="弄错了", by=bureau_officer)

    after = as_it_is(one)
    assert after["works"] == before["works"]
    assert Expert.objects.get(pk=move.target_id).status == Status.ARCHIVED


def test_works_go_to_an_existing_namesake_unless_he_signed_them_too(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    one, other = two
    gone = min(works_of(one))
    split_expert(source=one, works=[gone], target=other, reason="另一位的", by=bureau_officer)
    assert gone in works_of(other)

    both = signed(work_by(title="两人合作"), one, other)
    with pytest.raises(NotAllowed, match="两人合作"):
        split_expert(source=one, works=[both.pk], target=other, reason="另一位的", by=bureau_officer)


def test_a_split_of_nothing_or_of_everything_is_refused(
    two: tuple[Expert, Expert], bureau_officer: User
) -> None:
    one, _ = two
    for works in ([], list(works_of(one))):
        with pytest.raises(BadInput):
            split_expert(source=one, works=works, reason="另一位", by=bureau_officer)
