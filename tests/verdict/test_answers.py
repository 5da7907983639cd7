"""Who may answer a match, what is kept of it, and how it is changed and undone."""

import pytest

from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.matching.matches import matches_for
from keqiao.matching.runs import run_matching
from keqiao.people.access import VISITOR, scope_of
from keqiao.verdict.actions import give_answer, undo_answer
from keqiao.verdict.models import Answer
from tests.factories.people import PersonFactory
from tests.factories.registry import AchievementFactory, DemandFactory, ExpertFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def demand(enterprise_user):
    return DemandFactory(
        published=True,
        organisation=enterprise_user.organisation,
        tags={"field11": [{"code": "07", "by": "person"}]},
    )


@pytest.fixture
def achievement(institute_user):
    return AchievementFactory(published=True, organisation=institute_user.organisation)


def test_the_owner_refuses_with_a_reason_and_the_match_is_kept_as_it_stood(
    enterprise_user, demand, achievement, indexed
):
    indexed()

    answer = give_answer(
        source=demand,
        target=achievement,
        is_yes=False,
        reason="too_early",
        text="还没有 中试数据",
        by=enterprise_user,
    )

    assert answer.words == "不合适 · 太早期"
    assert (answer.side, answer.speaker, answer.field) == ("need", "owner", "07")
    assert answer.engine.startswith("keqiao_match")
    assert answer.rank == 1
    assert 0 < answer.score < 1
    assert all(0 <= value <= 1 for value in answer.parts.values())
    assert AuditEntry.objects.filter(action="answer.given", object_id=str(answer.pk)).exists()


def test_a_pair_is_the_same_from_both_pages_and_each_side_has_its_own_answer(
    enterprise_user, institute_user, demand, achievement
):
    theirs = give_answer(source=demand, target=achievement, is_yes=True, by=enterprise_user)
    ours = give_answer(
        source=achievement, target=demand, is_yes=False, reason="unreachable", by=institute_user
    )

    assert theirs.pair == ours.pair
    assert (theirs.side, ours.side) == ("need", "offer")
    assert Answer.objects.current().count() == 2


def test_changing_keeps_the_earlier_answer_and_undoing_brings_it_back(enterprise_user, demand, achievement):
    first = give_answer(source=demand, target=achievement, is_yes=True, by=enterprise_user)
    second = give_answer(source=demand, target=achievement, is_yes=False, reason="price", by=enterprise_user)
    assert [one.pk for one in Answer.objects.current()] == [second.pk]

    assert undo_answer(source=demand, target=achievement, by=enterprise_user) == first
    assert [one.pk for one in Answer.objects.current()] == [first.pk]

    assert undo_answer(source=demand, target=achievement, by=enterprise_user) is None
    assert not Answer.objects.current().exists()
    assert {one.ending for one in Answer.objects.all()} == {"undone"}


def test_the_same_answer_twice_is_one(enterprise_user, demand, achievement):
    for _ in range(2):
        give_answer(source=demand, target=achievement, is_yes=True, by=enterprise_user)

    assert Answer.objects.count() == 1


def test_undoing_what_is_not_there_is_refused(enterprise_user, demand, achievement):
    with pytest.raises(NotAllowed, match="没有答复"):
        undo_answer(source=demand, target=achievement, by=enterprise_user)


@pytest.mark.parametrize(
    "who", ["stranger", "institute_user", "other_county_officer", "auditor", "registrar"]
)
def test_who_does_not_speak_for_the_demand_is_refused(request, who, demand, achievement):
    with pytest.raises(NotAllowed, match="所属单位"):
        give_answer(source=demand, target=achievement, is_yes=True, by=request.getfixturevalue(who))


@pytest.mark.parametrize(
    ("who", "speaker"), [("broker", "broker"), ("county_officer", "officer"), ("bureau_officer", "officer")]
)
def test_brokers_and_officers_answer_on_behalf_until_the_owner_speaks(
    request, who, speaker, demand, achievement, enterprise_user
):
    helper = request.getfixturevalue(who)
    answer = give_answer(source=demand, target=achievement, is_yes=True, by=helper)
    assert answer.speaker == speaker

    give_answer(source=demand, target=achievement, is_yes=False, reason="solved", by=enterprise_user)
    with pytest.raises(NotAllowed, match="已由所属单位自己答复"):
        give_answer(source=demand, target=achievement, is_yes=True, by=helper)
    with pytest.raises(NotAllowed, match="已由所属单位自己答复"):
        undo_answer(source=demand, target=achievement, by=helper)


@pytest.mark.parametrize(
    ("reason", "text", "said"),
    [
        ("", "", "要选一个原因"),
        ("ugly", "", "ugly"),
        ("other", " ", "用一句话"),
        ("price", "贵" * 201, "201 字"),
    ],
)
def test_a_refusal_without_a_usable_reason_is_sent_back(
    enterprise_user, demand, achievement, reason, text, said
):
    with pytest.raises(BadInput, match=said):
        give_answer(
            source=demand, target=achievement, is_yes=False, reason=reason, text=text, by=enterprise_user
        )


def test_two_demands_do_not_answer_each_other(enterprise_user, demand):
    with pytest.raises(BadInput, match="不收答复"):
        give_answer(source=demand, target=DemandFactory(published=True), is_yes=True, by=enterprise_user)


def test_what_a_masked_unit_writes_does_not_say_who_it_is(enterprise_user, achievement):
    unit = enterprise_user.organisation
    demand = DemandFactory(published=True, masked=True, organisation=unit, organisation_name=unit.name)

    answer = give_answer(
        source=demand,
        target=achievement,
        is_yes=False,
        reason="price",
        text=f"{unit.name}付不起",
        by=enterprise_user,
    )

    assert unit.name not in answer.text
    assert "付不起" in answer.text


def test_an_expert_answers_for_his_own_page(expert_user, demand):
    person = PersonFactory()
    expert_user.person = person
    expert_user.save()
    mine, other = ExpertFactory(published=True, person=person), ExpertFactory(published=True)

    assert give_answer(source=mine, target=demand, is_yes=True, by=expert_user).speaker == "owner"
    with pytest.raises(NotAllowed):
        give_answer(source=other, target=demand, is_yes=True, by=expert_user)


# -- what answers do to the ranking


@pytest.fixture
def two(demand, indexed):
    """Two achievements alike; which of them comes first is the engine's affair."""
    AchievementFactory.create_batch(2, published=True)
    indexed()
    return [match.target for match in matches_for(demand, "achievement", VISITOR)]


def test_a_refused_match_goes_last_and_its_side_reads_why(demand, enterprise_user, two):
    first, second = two
    give_answer(source=demand, target=first, is_yes=False, reason="off_topic", by=enterprise_user)

    found = matches_for(demand, "achievement", scope_of(enterprise_user))

    assert [match.target for match in found] == [second, first]
    assert [match.rank for match in found] == [1, 2]
    assert "本方已答复：不合适 · 方向不符" in found[1].against
    assert all("本方已答复" not in text for text in matches_for(demand, "achievement", VISITOR)[1].against)


def test_a_refused_pair_is_left_out_of_the_batch_from_both_sides(demand, enterprise_user, two):
    first, second = two
    give_answer(source=demand, target=first, is_yes=False, reason="off_topic", by=enterprise_user)

    for kinds in (("demand", "achievement"), ("achievement", "demand")):
        run = run_matching(*kinds, by=None)
        pairs = {frozenset(pair) for pair in run.recommendations.values_list("source_id", "target_id")}
        assert frozenset((demand.pk, second.pk)) in pairs
        assert run.pairs == 1


def test_an_achievement_that_several_could_not_reach_goes_back_for_everybody(demand, bureau_officer, two):
    first, second = two
    for _ in range(3):
        asker = DemandFactory(published=True)
        give_answer(source=asker, target=first, is_yes=False, reason="unreachable", by=bureau_officer)

    found = matches_for(demand, "achievement", VISITOR)

    assert [match.target for match in found] == [second, first]
    assert "3 家已答复联系不上" in found[1].against


def test_a_demand_that_is_solved_elsewhere_goes_back_on_the_other_side(achievement, bureau_officer, indexed):
    solved, other = DemandFactory.create_batch(2, published=True)
    indexed()
    someone = AchievementFactory(published=True)
    give_answer(source=solved, target=someone, is_yes=False, reason="solved", by=bureau_officer)

    found = matches_for(achievement, "demand", scope_of(bureau_officer))

    assert [match.target for match in found] == [other, solved]
    assert "对方在别处答复过：已解决" in found[1].against
