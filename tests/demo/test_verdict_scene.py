"""The demo's learning pages are filled whatever the scenes before have answered."""

import pytest
from tests.factories.people import OrganisationFactory, UserFactory
from tests.factories.registry import AchievementFactory, DemandFactory

from keqiao.demo import verdicts
from keqiao.verdict.actions import give_answer
from keqiao.verdict.enums import Reason
from keqiao.verdict.models import Answer

pytestmark = pytest.mark.django_db


def test_an_answer_that_a_closed_deal_left_does_not_leave_the_pages_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    officer = UserFactory(bureau_officer=True, username="shiju")
    UserFactory(county_officer=True, username="guzhen")
    university = OrganisationFactory(university=True)
    UserFactory(institute=True, username="gaoxiao", organisation=university)
    own = AchievementFactory(published=True, is_sample=True, organisation=university)
    demands = DemandFactory.create_batch(3, published=True, is_sample=True)
    left = give_answer(source=demands[0], target=AchievementFactory(published=True), is_yes=False,
                       reason=Reason.SOLVED, by=officer)  # fmt: skip
    judged = []
    monkeypatch.setattr(verdicts, "_judge", lambda judges, chance: judged.append(judges))
    monkeypatch.setattr(verdicts, "train_model", lambda *, by: None)

    assert verdicts.set_verdicts()

    assert judged, "the blind round and the model come too"
    assert Answer.objects.current().about("achievement", own.pk).count() >= 3
    assert Answer.objects.get(pk=left.pk).at == left.at, "what was said outside the scene keeps its day"
