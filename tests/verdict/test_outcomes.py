"""What buyers say years later counts in the matches of everybody, most in training, and names nobody."""

import pytest
from django.utils import timezone

from keqiao.matching.matches import matches_for
from keqiao.people.access import VISITOR, scope_of
from keqiao.verdict.enums import Proof
from keqiao.verdict.models import PairOutcome
from keqiao.verdict.outcomes import PROVEN, Use, forget_outcome, note_outcome, use_of_offer
from keqiao.verdict.training import examples
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


def said(need, offer, proof: Proof, source: str = "contract 1") -> PairOutcome:
    return note_outcome(
        source=source, need=need, offer=offer, proof=proof, at=timezone.now(), is_sample=False
    )


@pytest.fixture
def alike(indexed):
    """A demand and two achievements that answer it equally well."""
    demand = DemandFactory(published=True)
    AchievementFactory.create_batch(2, published=True, title="印染废水膜法回用技术")
    demand.title = demand.content = "印染废水膜法回用"
    demand.save()
    indexed()
    found = matches_for(demand, "achievement", VISITOR)
    assert len(found) == 2
    return demand, [view.target for view in found]


def test_what_others_put_to_use_rises_and_says_so_without_a_name(alike):
    demand, (first, second) = alike
    said(DemandFactory(published=True), second, Proof.WORKS)

    found = matches_for(demand, "achievement", VISITOR)

    assert [view.target for view in found] == [second, first]
    assert [part.note for part in found[0].parts if part.name == PROVEN] == ["1 家买方回访已投产应用"]
    assert use_of_offer(second).works == 1


def test_what_the_firm_itself_could_not_use_goes_back_and_only_it_is_told(alike, enterprise_user):
    demand, (first, second) = alike
    demand.organisation = enterprise_user.organisation
    demand.save()
    said(demand, first, Proof.FAILED)

    for scope, told in ((scope_of(enterprise_user), ("本方回访：没有用成",)), (VISITOR, ())):
        found = matches_for(demand, "achievement", scope)
        assert [view.target for view in found] == [second, first]
        assert tuple(text for text in found[1].against if "回访" in text) == told


def test_one_contract_says_one_thing_and_teaches_more_than_an_answer(alike):
    demand, (first, _) = alike
    said(demand, first, Proof.FAILED)
    said(demand, first, Proof.WORKS)

    found, counts = examples(with_samples=False)

    assert counts["outcomes"] == PairOutcome.objects.count() == 1
    assert (found[0].target, found[0].weight) == (1.0, 3.0)
    forget_outcome("contract 1")
    assert not PairOutcome.objects.exists()


@pytest.mark.parametrize(
    ("use", "more"), [(Use(), 0.0), (Use(works=1), 0.4), (Use(works=9), 1.0), (Use(failed=1), 0.0), (Use(failed=9), -1.2)]
)  # fmt: skip
def test_proof_grows_with_the_number_of_buyers_up_to_a_point(use, more):
    assert use.effect() == pytest.approx(more)
    assert ("买方" in "".join(use.against(hears=False))) == (more < 0)
