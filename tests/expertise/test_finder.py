"""Experts are found by what they made, with the sentence that answers; nobody sees more of them than he may."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from keqiao.core.errors import BadInput, NotAllowed, NotFound
from keqiao.expertise import evidence, finder, sources
from keqiao.expertise.evidence import ActivitySource, LoadSource, Source, Standing, joined
from keqiao.expertise.finder import Filters, asked_for_record, asked_for_text, find_experts
from keqiao.expertise.models import Proposal
from keqiao.people.access import scope_of
from keqiao.people.models import User
from tests.expertise.conftest import expert, work_by
from tests.factories.people import OrganisationFactory, PersonFactory, UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory, WorkFactory

pytestmark = pytest.mark.django_db
Indexed = Callable[[], None]


def names(answer: finder.Answer) -> list[str]:
    return [one.expert.title for one in answer.experts]


def test_the_inventor_of_what_is_asked_for_stands_before_those_of_other_things(
    bureau_officer: User, indexed: Indexed
) -> None:
    membrane, baker = expert("钱膜"), expert("孙面")
    work_by(membrane, title="高盐印染废水双极膜电渗析回收硫酸钠的方法")
    work_by(
        baker,
        title="全麦面包冷冻面团发酵工艺",
        abstract="本发明涉及冷冻面团的醒发温度控制。",
        ipc=["A21D8/04"],
    )
    demand = DemandFactory(published=True)
    indexed()

    answer = find_experts(
        asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)
    )

    assert names(answer)[0] == "钱膜"
    assert "孙面" not in names(answer)


def test_each_expert_comes_with_the_work_its_year_and_the_sentence_that_answers(
    bureau_officer: User, indexed: Indexed
) -> None:
    found_by = work_by(
        expert("钱膜"), title="高盐印染废水双极膜电渗析装置", done_on=dt.date(2023, 5, 1),
        abstract="本发明把高盐废水中的硫酸钠回收成工业级产品。膜堆寿命延长一倍。",
    )  # fmt: skip
    demand = DemandFactory(published=True)
    indexed()

    [one] = find_experts(
        asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)
    ).experts
    piece = one.evidence()[0]

    assert (piece.title, piece.year, piece.public_id) == (found_by.title, 2023, str(found_by.public_id))
    assert "硫酸钠" in "".join(text for text, _ in piece.sentence)
    assert "硫酸钠" in "".join(piece.terms)


def test_a_question_in_ones_own_words_finds_experts_too(bureau_officer: User, indexed: Indexed) -> None:
    work_by(expert("周莓"), title="草莓炭疽病早期检测试剂盒", abstract="用于草莓苗炭疽病菌的快速检测。")
    indexed()

    asked = asked_for_text(bureau_officer, "草莓苗得了炭疽病，怎样早一点检测出来？")

    assert names(find_experts(asked, scope_of(bureau_officer))) == ["周莓"]


def test_a_question_of_three_characters_is_sent_back_with_an_example(bureau_officer: User) -> None:
    with pytest.raises(BadInput, match="太短"):
        asked_for_text(bureau_officer, "废水？")


def test_an_enterprise_finds_experts_for_its_own_demand_and_not_for_anothers(
    enterprise_user: User, indexed: Indexed
) -> None:
    work_by(expert("钱膜"))
    own = DemandFactory(published=True, organisation=enterprise_user.organisation)
    others = DemandFactory(published=True)
    hidden = DemandFactory(published=True, closed_tier=True)
    indexed()

    assert names(
        find_experts(asked_for_record(enterprise_user, "demand", own.public_id), scope_of(enterprise_user))
    ) == ["钱膜"]
    with pytest.raises(NotAllowed, match="不是贵单位"):
        asked_for_record(enterprise_user, "demand", others.public_id)
    with pytest.raises(NotFound):
        asked_for_record(enterprise_user, "demand", hidden.public_id)
    with pytest.raises(NotAllowed, match="先填报需求"):
        asked_for_text(enterprise_user, "高盐废水怎样处理")


def test_a_hidden_work_speaks_for_nobody_before_those_who_may_not_see_it(
    broker: User, bureau_officer: User, indexed: Indexed
) -> None:
    work_by(expert("钱膜"), closed_tier=True)
    demand = DemandFactory(published=True)
    indexed()

    assert not find_experts(asked_for_record(broker, "demand", demand.public_id), scope_of(broker)).experts
    assert find_experts(
        asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)
    ).experts


def test_an_achievement_speaks_for_the_team_member_who_has_a_page_at_that_unit(
    bureau_officer: User, indexed: Indexed
) -> None:
    university = OrganisationFactory(university=True)
    member, namesake = expert("李文", organisation=university), expert("李文")
    AchievementFactory(published=True, organisation=university, team=["李文"])
    demand = DemandFactory(published=True)
    indexed()

    answer = find_experts(
        asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)
    )

    assert [one.expert for one in answer.experts] == [member]
    assert namesake not in [one.expert for one in answer.experts]
    assert answer.experts[0].counts() == [("登记成果", 1)]


def test_an_achievement_of_two_namesakes_at_one_unit_speaks_for_neither(
    bureau_officer: User, indexed: Indexed
) -> None:
    university = OrganisationFactory(university=True)
    expert("李文", organisation=university)
    expert("李文", organisation=university)
    AchievementFactory(published=True, organisation=university, team=["李文"])
    demand = DemandFactory(published=True)
    indexed()

    answer = find_experts(
        asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)
    )

    assert not answer.experts


def test_the_work_that_is_asked_about_does_not_speak_for_its_own_makers(
    bureau_officer: User, indexed: Indexed
) -> None:
    project = work_by(expert("自荐"), project=True, title="高盐废水双极膜电渗析示范工程")
    work_by(expert("别人"), title="高盐废水双极膜电渗析装置")
    indexed()

    answer = find_experts(
        asked_for_record(bureau_officer, "work", project.public_id), scope_of(bureau_officer)
    )

    assert names(answer) == ["别人"]


def test_the_filters_ask_for_county_field_load_and_life(bureau_officer: User, indexed: Indexed) -> None:
    year = timezone.localdate().year
    water = {"field11": [{"code": "07"}]}
    near = expert("近来", division_code="340321000000", last_work_year=year - 1, tags=water)
    far = expert("远去", division_code="340323000000", last_work_year=year - 9)
    for one in (near, far):
        work_by(one)
    demand = DemandFactory(published=True)
    indexed()
    asked, scope = asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)
    Proposal.objects.create(ask_key="demand:0", ask_title="别的需求", expert=near, proposed_by=bureau_officer)

    assert names(find_experts(asked, scope, Filters(division="340323"))) == ["远去"]
    assert names(find_experts(asked, scope, Filters(field="07"))) == ["近来"]
    assert names(find_experts(asked, scope, Filters(active_within_years=5))) == ["近来"]
    busy = find_experts(asked, scope, Filters(most_load=0))
    assert names(busy) == ["远去"]
    assert (busy.considered, busy.left_out) == (2, 1)


def test_a_filter_reaches_the_expert_whom_better_ones_of_other_counties_crowd_out(
    bureau_officer: User, indexed: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WORKS_HEARD", "PROFILES_HEARD", "_OTHERS_HEARD"):
        monkeypatch.setattr(sources, name, 1)
    monkeypatch.setattr(finder, "_POOL", 1)
    best = expert("甲强", division_code="340323000000")
    work_by(best, title="高盐印染废水双极膜电渗析回收硫酸钠的方法")
    near = [
        expert(name, division_code="340321000000", last_work_year=year)
        for name, year in (("乙近", 2001), ("丙活", 2026))
    ]
    for one in near:
        work_by(one, title="印染废水处理装置")
    indexed()
    asked = asked_for_text(bureau_officer, "高盐印染废水双极膜电渗析怎样回收硫酸钠")
    scope = scope_of(bureau_officer)

    assert names(find_experts(asked, scope)) == ["甲强"]
    county = find_experts(asked, scope, Filters(division="340321"), on=dt.date(2026, 11, 22))
    assert set(names(county)) <= {"乙近", "丙活"}
    assert county.experts


def test_load_counts_questions_of_the_last_thirty_days_once_each(bureau_officer: User, broker: User) -> None:
    one = expert("钱膜")
    now = timezone.now()
    for key, by, days in (("demand:1", bureau_officer, 1), ("demand:1", broker, 2), ("demand:2", broker, 31)):
        Proposal.objects.create(
            ask_key=key,
            ask_title="需求",
            expert=one,
            proposed_by=by,
            proposed_at=now - dt.timedelta(days=days),
        )

    assert finder.loads_of([one.pk])[one.pk].total == 1


def test_the_last_sign_in_of_an_expert_with_an_account_is_a_sign_of_life(bureau_officer: User) -> None:
    person = PersonFactory()
    one = expert("钱膜", person=person, last_work_year=2010)
    UserFactory(person=person, last_seen_at=timezone.now())

    activity = finder.activities_of([one])[one.pk]

    assert activity.year() == timezone.localdate().year
    assert activity.signs[0][0] == "最近登录"


def test_contact_says_by_which_way_and_never_the_number(bureau_officer: User) -> None:
    words = "".join(finder.contact_words(expert("钱膜", contact_phone="13712345678"), set()))

    assert "已登记电话" in words
    assert "137" not in words


def test_a_later_room_adds_its_evidence_cases_and_signs_of_life(
    monkeypatch: pytest.MonkeyPatch, bureau_officer: User, indexed: Indexed
) -> None:
    for table in ("_sources", "_loads", "_activities"):
        monkeypatch.setattr(evidence, table, dict(getattr(evidence, table)))
    one = expert("热线")
    day = timezone.localdate()
    evidence.register_source(
        Source("answer", "热线答复", 0.8, lambda asked, scope: {one.pk: Standing(0.9, 4, lambda: [])})
    )
    evidence.register_load(LoadSource("case", "在办热线", lambda experts: {one.pk: 2}))
    evidence.register_activity(ActivitySource("answer", "最近答复", lambda experts: {one.pk: day}))
    indexed()

    [found] = find_experts(
        asked_for_text(bureau_officer, "小麦赤霉病怎么防"), scope_of(bureau_officer)
    ).experts

    assert found.counts() == [("热线答复", 4)]
    assert found.load.cases == (("在办热线", 2),)
    assert found.activity.signs[0][:2] == ("最近答复", day)


def test_sources_join_so_that_more_evidence_is_never_less(bureau_officer: User) -> None:
    assert joined([(1.0, 0.4)]) == pytest.approx(0.4)
    assert joined([(1.0, 0.4), (0.8, 0.5)]) == pytest.approx(1 - 0.6 * 0.6)
    assert joined([(1.0, 1.7)]) == 1.0


def test_finding_costs_the_same_number_of_queries_for_one_expert_and_for_thirty(
    bureau_officer: User, indexed: Indexed, django_assert_max_num_queries: Any
) -> None:
    demand = DemandFactory(published=True)
    for n in range(30):
        work_by(expert(f"专家{n}"), title=f"高盐印染废水双极膜电渗析回收硫酸钠的方法（{n}）")
    indexed()
    asked, scope = asked_for_record(bureau_officer, "demand", demand.public_id), scope_of(bureau_officer)

    with django_assert_max_num_queries(14):
        answer = find_experts(asked, scope)
        pieces = [one.evidence() for one in answer.experts]

    assert len(pieces) == finder.SHOWN


def test_a_visitor_may_not_ask(db: None) -> None:
    assert not finder.may_find_for(None, WorkFactory(published=True))
