"""A snapshot of the common needs, and the joint draft made of one."""

from decimal import Decimal

import pytest

from keqiao.core.errors import NotAllowed
from keqiao.people.models import User
from keqiao.radar import runs
from keqiao.radar.joint import make_joint_demand, readable
from keqiao.radar.models import CommonNeed, JointDemand, RadarRun
from keqiao.radar.runs import latest_run, run_radar
from keqiao.registry.demand.models import Demand
from keqiao.registry.records.enums import Disclosure, Status
from tests.factories.registry import DemandFactory

pytestmark = pytest.mark.django_db


def test_three_firms_that_ask_the_same_are_one_need_with_its_figures(salty: list[Demand]) -> None:
    run = run_radar()

    need = CommonNeed.objects.get()
    assert (run.demands, run.needs_found) == (4, 1)
    assert {one.demand_id for one in need.members.all()} == {one.pk for one in salty}
    assert (need.firm_count, need.place_count, need.parts("years")) == (3, 2, ["2024", "2025"])
    assert (need.budget_yuan, need.budgets_known) == (Decimal("2000000"), 2)
    assert need.failures == 1
    assert "高盐" in need.name
    assert need.members.filter(is_central=True).count() == 1
    assert not run.neighbours.exists()


def test_the_same_demands_give_the_same_need_again(salty: list[Demand]) -> None:
    first = run_radar()
    second = run_radar()

    keys = [list(run.needs.values_list("key", "name", "tightness")) for run in (first, second)]
    assert keys[0] == keys[1]
    assert latest_run() == second


def test_a_run_that_was_killed_goes_on_where_it_was(
    salty: list[Demand], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_BATCH", 2)
    looked: list[int] = []

    def killed_after_two(done: int, total: int) -> None:
        looked.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_radar(progress=killed_after_two)
    assert latest_run() is None, "half a snapshot is shown to nobody"

    run = run_radar(progress=lambda done, total: looked.append(done))

    assert looked == [2, 4]
    assert RadarRun.objects.count() == 1
    assert run.needs_found == 1


def test_one_firm_that_asks_every_year_is_no_common_need(salty: list[Demand]) -> None:
    Demand.objects.update(organisation=salty[0].organisation, organisation_name=salty[0].organisation_name)

    assert run_radar().needs_found == 0


def test_what_is_closed_to_everybody_and_what_was_never_released_is_not_looked_at(
    salty: list[Demand],
) -> None:
    Demand.objects.filter(pk=salty[0].pk).update(disclosure=Disclosure.CLOSED)
    Demand.objects.filter(pk=salty[1].pk).update(status=Status.DRAFT)

    assert run_radar().needs_found == 0


# -- the joint draft --------------------------------------------------------------------------------------------


def test_one_click_makes_a_draft_of_the_bureau_from_the_members(
    salty: list[Demand], bureau_officer: User
) -> None:
    Demand.objects.filter(pk=salty[2].pk).update(disclosure=Disclosure.MASKED)
    run_radar()
    need = CommonNeed.objects.get()

    joint = make_joint_demand(need=need, by=bureau_officer)

    draft = joint.demand
    assert (draft.status, draft.created_by) == (Status.DRAFT, bureau_officer)
    assert draft.organisation_name == "市科学技术局"
    assert draft.budget_yuan == Decimal("2000000")
    assert salty[0].organisation_name in draft.content or salty[0].organisation.name in draft.content
    assert salty[2].organisation.name not in draft.content, "a masked owner stays masked"
    assert draft.metrics_text.count("硫酸钠回收率") == 1, "each measure once"
    assert set(joint.sources.all()) == set(salty)
    assert make_joint_demand(need=need, by=bureau_officer) == joint, "a second click makes no second draft"


def test_a_joint_demand_is_the_answer_and_no_further_voice(salty: list[Demand], bureau_officer: User) -> None:
    run_radar()
    joint = make_joint_demand(need=CommonNeed.objects.get(), by=bureau_officer)
    Demand.objects.filter(pk=joint.demand_id).update(status=Status.PUBLISHED)

    run = run_radar()

    assert run.needs.get().demand_count == 3
    assert JointDemand.objects.get().key == run.needs.get().key


def test_a_firm_cannot_make_it_and_reads_only_what_it_may(
    salty: list[Demand], enterprise_user: User, county_officer: User
) -> None:
    run_radar()
    need = CommonNeed.objects.get()

    with pytest.raises(NotAllowed):
        make_joint_demand(need=need, by=enterprise_user)
    assert salty[1] not in readable(need, enterprise_user), "expired in another unit"
    assert len(readable(need, county_officer)) == 2, "the expired one lies in another county"


def test_the_refusals_of_offers_are_counted_where_answers_are_kept(salty: list[Demand]) -> None:
    assert runs.refusals_of([one.pk for one in salty]) == {}
    DemandFactory(published=True)
