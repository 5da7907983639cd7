"""Training, switching on and taking back, with the people who may."""

import pytest
from django.core.management import CommandError, call_command

from keqiao.core.audit import AuditEntry
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.matching.matches import matches_for
from keqiao.people.access import VISITOR
from keqiao.verdict import training
from keqiao.verdict.models import Answer, RankingModel
from keqiao.verdict.ranking import LEARNT, active_version
from keqiao.verdict.training import activate_model, examples, go_back, train_model
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db
GOOD = {"before": {"log_loss": 0.6, "ndcg": 0.7}, "after": {"log_loss": 0.5, "ndcg": 0.75}}


def model(version: int, **more) -> RankingModel:
    facts = {
        "version": version,
        "parameters": {"bias": -0.5, "slope": 1.0, "weights": {"领域": 2.0}},
        "origin": {"pairs": 80, "sources": 20},
        "figures": GOOD,
    }
    return RankingModel.objects.create(**facts | more)


def answers(count: int, user, *, is_sample: bool = False) -> None:
    Answer.objects.bulk_create(
        Answer(
            need_kind="demand", need_id=1 + at // 6, offer_kind="achievement", offer_id=100 + at, side="need",
            is_yes=at % 2 == 0, reason="" if at % 2 == 0 else "off_topic", by=user, score=0.5, rank=1 + at % 6,
            parts={"领域": 1.0 if at % 2 == 0 else 0.1, LEARNT: 0.9}, is_sample=is_sample,
        )
        for at in range(count)
    )  # fmt: skip


def test_answers_become_a_measured_candidate_that_changes_nothing_yet(bureau_officer):
    answers(90, bureau_officer)

    trained = train_model(by=bureau_officer)

    assert (trained.version, trained.state) == (1, "candidate")
    assert trained.origin | {"engine": ""} == {
        "answers": 90, "judgements": 0, "outcomes": 0, "pairs": 90, "sources": 15, "engine": "",
    }  # fmt: skip
    assert trained.figures["after"]["log_loss"] < trained.figures["before"]["log_loss"]
    assert LEARNT not in trained.parameters["weights"]
    assert active_version() is None


def test_two_officers_who_train_at_once_get_two_versions(bureau_officer, monkeypatch):
    """The second reads the newest version before the first has kept his."""
    answers(90, bureau_officer)
    first = train_model(by=bureau_officer)
    read, stale = training._next_version, [1]
    monkeypatch.setattr(training, "_next_version", lambda: stale.pop() if stale else read())

    second = train_model(by=bureau_officer)

    assert (first.version, second.version) == (1, 2)
    assert AuditEntry.objects.filter(action="ranking.trained").count() == 2


def test_a_training_that_always_comes_too_late_is_refused_and_keeps_nothing(bureau_officer, monkeypatch):
    answers(90, bureau_officer)
    train_model(by=bureau_officer)
    monkeypatch.setattr(training, "_next_version", lambda: 1)

    with pytest.raises(NotAllowed, match="没有保存"):
        train_model(by=bureau_officer)

    assert RankingModel.objects.count() == 1
    assert AuditEntry.objects.filter(action="ranking.trained").count() == 1


def test_samples_teach_the_demo_only(bureau_officer):
    answers(12, bureau_officer, is_sample=True)

    assert examples(with_samples=False)[0] == []
    assert len(examples(with_samples=True)[0]) == 12


def test_nothing_answered_nothing_trained(bureau_officer):
    with pytest.raises(BadInput, match="至少要 60 对"):
        train_model(by=bureau_officer)


def test_too_few_pairs_are_not_switched_on(bureau_officer):
    answers(24, bureau_officer)

    with pytest.raises(NotAllowed, match="还差 36 对"):
        activate_model(model=train_model(by=bureau_officer), by=bureau_officer)
    assert active_version() is None


def test_a_worse_model_is_not_switched_on(bureau_officer):
    worse = model(1, figures={"before": GOOD["after"], "after": GOOD["before"]})

    with pytest.raises(NotAllowed, match="不比现在准"):
        activate_model(model=worse, by=bureau_officer)


@pytest.mark.parametrize("who", ["county_officer", "auditor", "enterprise_user", "broker"])
def test_only_the_bureau_switches_rankings(request, who):
    with pytest.raises(NotAllowed, match="市科技局"):
        activate_model(model=model(1), by=request.getfixturevalue(who))


def test_one_click_leads_back_to_the_version_before_and_then_to_the_engine(bureau_officer):
    first, second = model(1), model(2)
    activate_model(model=first, by=bureau_officer)
    activate_model(model=second, by=bureau_officer)
    assert active_version() == 2

    assert go_back(by=bureau_officer) == first
    assert active_version() == 1
    assert go_back(by=bureau_officer) is None
    assert active_version() is None
    with pytest.raises(NotAllowed, match="没有可退回"):
        go_back(by=bureau_officer)
    assert AuditEntry.objects.filter(action__in=("ranking.activated", "ranking.taken_back")).count() == 4


def test_an_active_model_changes_scores_and_says_so(bureau_officer, indexed):
    same, none = ({"field11": [{"code": code, "by": "person"}]} for code in ("07", "01"))
    demand = DemandFactory(published=True, tags=same)
    AchievementFactory(published=True, tags=same)
    AchievementFactory(published=True, tags=none)
    indexed()
    plain = {one.target.pk: one.score for one in matches_for(demand, "achievement", VISITOR)}

    activate_model(model=model(1), by=bureau_officer)
    found = matches_for(demand, "achievement", VISITOR)

    assert found[0].score > plain[found[0].target.pk]
    part = next(part for part in found[0].parts if part.name == LEARNT)
    assert "第 1 版" in part.note
    assert "80 对" in part.note
    assert found[-1].score < plain[found[-1].target.pk]


def test_the_command_trains_lists_switches_on_and_takes_back(bureau_officer, capsys):
    answers(90, bureau_officer)
    for arguments in (["train"], ["activate", "1"], ["list"], ["back"]):
        call_command("rank", *arguments)
    assert RankingModel.objects.get().state == "retired"

    with pytest.raises(CommandError, match="没有可退回"):
        call_command("rank", "back")
    with pytest.raises(CommandError, match="第 9 版"):
        call_command("rank", "activate", "9")
