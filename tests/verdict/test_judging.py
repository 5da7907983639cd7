"""Blind judging grows the labelled set, and the engine's own command reads it."""

import json

import pytest

from keqiao.core.errors import BadInput, NotAllowed
from keqiao.verdict.judging import draw_round, export_labels, judge_pair, next_pair, progress_of
from keqiao.verdict.training import examples
from keqiao_match.cli import main as evaluate
from tests.factories.registry import AchievementFactory, DemandFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(indexed):
    DemandFactory.create_batch(6, published=True)
    AchievementFactory.create_batch(24, published=True)
    indexed()


def test_the_same_seed_draws_the_same_pairs_from_all_three_sorts(market, bureau_officer):
    first, again = (draw_round(seed=5, by=bureau_officer, size=10) for _ in range(2))
    other = draw_round(seed=6, by=bureau_officer, size=10)

    assert [one.pair for one in first.pairs.all()] == [one.pair for one in again.pairs.all()]
    assert [one.pair for one in first.pairs.all()] != [one.pair for one in other.pairs.all()]
    assert {one.stratum for one in first.pairs.all()} == {"top", "uncertain", "random"}
    assert all(one.rank is None for one in first.pairs.filter(stratum="random"))
    assert all(one.parts for one in first.pairs.all())


def test_two_officers_judge_and_their_agreement_is_shown(market, bureau_officer, county_officer):
    made = draw_round(seed=5, by=bureau_officer, size=8)
    while (pair := next_pair(made, bureau_officer)) is not None:
        judge_pair(judged=pair, level=str(1 + pair.position % 4), by=bureau_officer)
    for pair in made.pairs.all()[:4]:
        judge_pair(judged=pair, level=str(1 + pair.position % 4), by=county_officer)

    progress = progress_of(made, county_officer)

    assert (progress.total, progress.mine, progress.once, progress.twice) == (8, 4, 8, 4)
    assert progress.kappa == pytest.approx(1.0)
    assert progress.same == 1.0
    assert examples()[1] == {"answers": 0, "judgements": 8, "outcomes": 0}


def test_a_judge_may_think_again(market, bureau_officer):
    made = draw_round(seed=5, by=bureau_officer, size=3)
    pair = next_pair(made, bureau_officer)
    for level in ("4", "2"):
        judge_pair(judged=pair, level=level, by=bureau_officer)

    assert [one.level for one in pair.judgements.all()] == ["2"]


def test_a_level_that_is_none_is_sent_back(market, bureau_officer):
    made = draw_round(seed=5, by=bureau_officer, size=3)
    with pytest.raises(BadInput, match="“5”"):
        judge_pair(judged=next_pair(made, bureau_officer), level="5", by=bureau_officer)


@pytest.mark.parametrize("who", ["auditor", "enterprise_user", "broker"])
def test_only_officers_judge(request, who):
    with pytest.raises(NotAllowed):
        draw_round(seed=1, by=request.getfixturevalue(who))


def test_nothing_to_draw_is_said(bureau_officer):
    with pytest.raises(BadInput, match="先导入或发布"):
        draw_round(seed=1, by=bureau_officer)


def test_the_export_is_what_the_engine_evaluates(market, bureau_officer, tmp_path, capsys):
    made = draw_round(seed=5, by=bureau_officer, size=12)
    for pair in made.pairs.all():
        judge_pair(judged=pair, level=str(1 + pair.position % 4), by=bureau_officer)
    pairs, demands = tmp_path / "labelled_pairs.jsonl", tmp_path / "demands.jsonl"
    pairs.write_text(export_labels(what="pairs", by=bureau_officer), encoding="utf-8")
    demands.write_text(export_labels(what="demands", by=bureau_officer), encoding="utf-8")
    first = json.loads(pairs.read_text(encoding="utf-8").splitlines()[0])
    assert set(first) == {"guid", "aid", "rid", "level", "a_title_kw"}

    status = evaluate(
        ["evaluate", "--demands", str(demands), "--train", str(pairs), "--test", str(pairs), "--json"]
    )

    assert status == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 12


def test_nothing_judged_nothing_exported(bureau_officer):
    with pytest.raises(NotAllowed, match="先盲评一批"):
        export_labels(what="pairs", by=bureau_officer)
