"""What was answered to a like offer for a like need is heard in a ranking, as long as everybody may see both."""

import pytest

from keqiao.matching.matches import matches_for
from keqiao.people.access import VISITOR
from keqiao.verdict.enums import ModelState
from keqiao.verdict.learning import Example, held_out
from keqiao.verdict.models import Answer, RankingModel
from keqiao.verdict.precedents import documents, kept, restored
from keqiao.verdict.ranking import LEARNT, active, forget_active
from keqiao.verdict.training import train_model
from keqiao_match import Doc, Precedents, Ruling
from tests.factories.registry import AchievementFactory, DemandFactory

VALUES = {"字面相似": 0.4, "全文相似": 0.4, "主题相近": 0.5}


def _said(fields: int, each: int) -> list[Example]:
    """Each field has two demands with the same taste: membranes of the field yes, presses no. The engine sees no difference."""
    names = ["印染废水", "养殖粪污", "电镀污泥", "果蔬汁液", "矿井涌水", "中药渣液"][:fields]
    return [
        Example(
            f"demand:{name}{copy}", 0.4, VALUES, target, asked=Doc(f"{name}{copy}", f"{name}处理第{copy}期"),
            found=Doc(f"{name}{copy}{what}{at}", f"{name}{what}装置{at}型"),
        )
        for name in names
        for copy in (1, 2, 3)
        for at in range(each)
        for what, target in (("膜过滤", 1.0), ("板框压滤", 0.0))
    ]  # fmt: skip


def test_a_demand_nobody_judged_gains_from_what_a_like_one_was_told():
    _, weighed, told = held_out(_said(6, 3), folds=5, ridge=4.0)

    assert told.log_loss < weighed.log_loss - 0.05
    assert told.order > 0.9


@pytest.mark.django_db
def test_precedents_are_kept_without_any_text_and_restored_to_the_same_voices():
    demand, found = DemandFactory(published=True), AchievementFactory(published=True)
    docs = documents([("demand", demand.pk), ("achievement", found.pk)])
    asked, offer = docs["demand", demand.pk], docs["achievement", found.pk]
    fitted = Precedents.fit([Ruling(asked, offer, 0.4, (0.4, 0.4, 0.5), 4)])

    data = kept(fitted)
    again = restored(data)

    assert demand.title not in str(data)
    assert again is not None
    assert again.voices == pytest.approx(fitted.voices, abs=1e-5)
    assert again.rulings[0].demand == asked


@pytest.mark.django_db
def test_a_record_that_is_withdrawn_speaks_no_longer():
    demand, found = DemandFactory(published=True), AchievementFactory(published=True)
    docs = documents([("demand", demand.pk), ("achievement", found.pk)])
    data = kept(Precedents.fit([Ruling(*docs.values(), 0.4, (0.4, 0.4, 0.5), 4)]))

    found.status = "draft"
    found.save()

    assert restored(data) is None


@pytest.mark.django_db
def test_a_like_offer_that_was_refused_goes_down_for_a_like_need(indexed):
    asked = DemandFactory(published=True, title="高盐印染废水回收硫酸钠")
    new = DemandFactory(published=True, title="印染高盐废水硫酸钠回收")
    refused = AchievementFactory(published=True, title="高盐废水双极膜回收硫酸钠")
    other = AchievementFactory(published=True, title="高盐废水蒸发结晶装备")
    indexed()
    plain = {one.target.pk: one.score for one in matches_for(new, "achievement", VISITOR)}
    ends = [("demand", asked.pk), ("achievement", refused.pk), ("achievement", other.pk)]
    docs = documents(ends)
    need = docs[ends[0]]
    traits = (0.6, 0.6, 0.7)
    rulings = [Ruling(need, docs[ends[1]], 0.6, traits, 1), Ruling(need, docs[ends[2]], 0.6, traits, 3)]
    RankingModel.objects.create(
        version=1, state=ModelState.ACTIVE, origin={"pairs": 2},
        parameters={
            "bias": 0.0, "slope": 1.0, "weights": {},
            "precedents": kept(Precedents.fit(rulings)),
        },
    )  # fmt: skip
    forget_active()

    found = {one.target.pk: one for one in matches_for(new, "achievement", VISITOR)}

    moved = {pk: one.score - plain[pk] for pk, one in found.items()}
    assert moved[refused.pk] < moved[other.pk]
    note = next(part.note for part in found[refused.pk].parts if part.name == LEARNT)
    assert "相近供需" in note
    assert asked.title not in note


@pytest.mark.django_db
def test_a_model_in_use_is_read_once_and_asked_for_by_its_version_only(
    django_assert_num_queries, monkeypatch
):
    """Precedents of a model are read from two kinds of records: too much for every few seconds."""
    demand, found = DemandFactory(published=True), AchievementFactory(published=True)
    docs = documents([("demand", demand.pk), ("achievement", found.pk)])
    data = kept(Precedents.fit([Ruling(*docs.values(), 0.4, (0.4, 0.4, 0.5), 4)]))
    RankingModel.objects.create(version=3, state=ModelState.ACTIVE, parameters={"precedents": data})
    forget_active()
    now = [1000.0]
    monkeypatch.setattr("keqiao.verdict.ranking.time.monotonic", lambda: now[0])
    first = active()

    now[0] += 6
    with django_assert_num_queries(1):
        again = active()
    with django_assert_num_queries(0):
        assert active() is again
    found.status = "draft"
    found.save()
    now[0] += 601
    later = active()

    assert first is not None
    assert first.precedents is not None
    assert again is first
    assert later is not None
    assert later.precedents is None


@pytest.mark.django_db
def test_training_keeps_precedents_only_where_they_help(bureau_officer):
    """Answers about records that nobody may see are weighed, but are no precedents."""
    Answer.objects.bulk_create(
        Answer(
            need_kind="demand", need_id=90_000 + at // 6, offer_kind="achievement", offer_id=90_000 + at, side="need",
            is_yes=at % 2 == 0, reason="" if at % 2 == 0 else "off_topic", by=bureau_officer, score=0.5, rank=1,
            parts=VALUES | {"领域": float(at % 2 == 0)},
        )
        for at in range(60)
    )  # fmt: skip

    trained = train_model(by=bureau_officer)

    assert "precedents" not in trained.parameters
    assert "weights" not in trained.figures
