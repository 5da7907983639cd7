"""A ranking learnt from answers is measured on demands it has not seen, and only then used."""

import random

import pytest

from keqiao.verdict.learning import (
    AS_SHIPPED,
    Example,
    fold_of,
    held_out,
    kappa,
    learn,
    measure,
    scores,
    why_not,
)
from keqiao.verdict.rules import rules, target_of, unreachable_effect

RULES = rules()["training"]


def answered(groups: int, *, telling: bool, seed: int = 3) -> list[Example]:
    """Answers of `groups` demands, six each. telling: people go by the field and the engine does not know it."""
    chance = random.Random(seed)
    out = []
    for group in range(groups):
        for _ in range(6):
            field, score = chance.random(), chance.uniform(0.3, 0.7)
            target = float((field if telling else chance.random()) > 0.5)
            out.append(Example(f"demand:{group}", score, {"领域": field, "字面相似": score}, target))
    return out


def test_what_people_go_by_gains_weight():
    found = learn(answered(40, telling=True), ridge=4.0)

    assert found.weights["领域"] > 1.0
    assert found.weights["领域"] > 3 * abs(found.weights["字面相似"])


def test_without_answers_the_engine_stands_as_shipped():
    assert learn([], ridge=4.0) == AS_SHIPPED
    examples = answered(3, telling=True)
    assert scores(examples, AS_SHIPPED) == pytest.approx([one.score for one in examples])


def test_few_answers_move_little_and_many_move_more():
    few, many = (learn(answered(n, telling=True), ridge=4.0).weights["领域"] for n in (2, 60))

    assert 0 < few < many / 2


def test_held_out_demands_are_ranked_better_when_there_is_something_to_learn():
    before, after, _ = held_out(answered(40, telling=True), folds=5, ridge=4.0)

    assert after.log_loss < before.log_loss - 0.05
    assert after.ndcg > before.ndcg + 0.05
    assert after.order > 0.85


def test_noise_is_not_mistaken_for_knowledge():
    examples = answered(40, telling=False)
    before, after, _ = held_out(examples, folds=5, ridge=4.0)
    seen = measure(examples, scores(examples, learn(examples, ridge=4.0)))

    assert after.order < 0.58
    assert seen.log_loss < after.log_loss, "the fit looks better on what it has seen than it is"
    assert before.pairs == after.pairs == 240


def test_a_demand_never_stands_in_two_folds():
    of = fold_of(["a", "b", "a", "c", "d", "e", "f"], 3)

    assert set(of) == set("abcdef")
    assert sorted(of.values()) == [0, 0, 1, 1, 2, 2]


GOOD = {"before": {"log_loss": 0.6, "ndcg": 0.7}, "after": {"log_loss": 0.5, "ndcg": 0.75}}


def test_a_better_model_on_enough_pairs_may_be_used():
    assert why_not({"pairs": 60, "sources": 10}, GOOD, RULES) == []


@pytest.mark.parametrize(
    ("origin", "figures", "said"),
    [
        ({"pairs": 41, "sources": 12}, GOOD, "还差 19 对"),
        ({"pairs": 90, "sources": 4}, GOOD, "还差 6 条"),
        ({"pairs": 90, "sources": 30}, {"before": GOOD["after"], "after": GOOD["before"]}, "对数损失"),
        (
            {"pairs": 90, "sources": 30},
            {"before": {"log_loss": 0.6, "ndcg": 0.7}, "after": {"log_loss": 0.5, "ndcg": 0.6}},
            "nDCG@10 由 0.700 降到 0.600",
        ),
        (
            {"pairs": 90, "sources": 30},
            {"before": GOOD["before"] | {"order": 0.74}, "after": GOOD["after"] | {"order": 0.73}},
            "由 0.740 降到 0.730",
        ),
        ({"pairs": 90, "sources": 30}, {}, "没有评测结果"),
    ],
)
def test_a_worse_model_or_one_of_few_pairs_says_what_is_missing(origin, figures, said):
    assert any(said in reason for reason in why_not(origin, figures, RULES))


def test_only_answers_about_the_match_itself_teach():
    assert target_of(is_yes=True, reason="") == 1.0
    assert target_of(is_yes=False, reason="off_topic") == 0.0
    assert 0 < target_of(is_yes=False, reason="too_early") < 1
    assert [target_of(is_yes=False, reason=one) for one in ("solved", "unreachable", "other")] == [None] * 3


def test_one_unreachable_call_is_chance_many_weigh():
    assert unreachable_effect(1) == 0.0
    assert unreachable_effect(2) < 0
    assert unreachable_effect(4) < unreachable_effect(2)
    assert unreachable_effect(400) == unreachable_effect(40)


def test_two_judges_who_agree_have_a_kappa_of_one_and_chance_one_of_nought():
    assert kappa([(1, 1), (2, 2), (4, 4), (3, 3)]) == pytest.approx(1.0)
    assert kappa([(a, b) for a in range(1, 5) for b in range(1, 5)]) == pytest.approx(0.0)
    assert kappa([]) is None
    assert kappa([(2, 2), (2, 2)]) == 1.0
