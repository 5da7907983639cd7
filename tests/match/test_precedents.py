"""Judged pairs speak for like pairs, and for nothing else."""

import numpy as np
import pytest

from keqiao_match import Doc, Index, Matcher, Precedents, Ruling

SLUDGE = Doc("需求-1", "低温污泥干化处理", (("需求内容", "希望含水率由八成降到三成。"),))
CLOSE = Doc("需求-2", "污泥低温干化设备", (("需求内容", "污水厂污泥含水率高，需要干化。"),))
FAR = Doc("需求-3", "小麦赤霉病抗性育种", (("需求内容", "选育抗病品种。"),))
DRYER = Doc("成果-1", "污泥热泵干化装置")
PRESS = Doc("成果-2", "污泥板框压滤装置")
WHEAT = Doc("成果-3", "抗赤霉病小麦新品种")


def ruled(demand: Doc, found: Doc, level: float, score: float = 0.3) -> Ruling:
    return Ruling(demand, found, score, (0.4, 0.4, 0.5), level)


@pytest.fixture
def rulings() -> list[Ruling]:
    """Dryers were welcome to one who asked for drying, presses were not; a dozen others fill the field."""
    others = [ruled(FAR, Doc(f"别-{at}", f"冬小麦第{at}号品种"), 2 - at % 2) for at in range(6)]
    return [ruled(CLOSE, DRYER, 4), ruled(CLOSE, PRESS, 1), ruled(FAR, WHEAT, 3), *others]


def expected(precedents: Precedents, demand: Doc, *found: Doc) -> list[float]:
    scores, traits = np.full(len(found), 0.3), np.tile([0.4, 0.4, 0.5], (len(found), 1))
    return list(precedents.about(demand).levels(found, scores, traits).mean(1))


def test_what_was_welcome_to_a_like_demand_rises_and_what_was_refused_falls(rulings: list[Ruling]) -> None:
    like_dryer, like_press = Doc("新-1", "污泥余热干化装置"), Doc("新-2", "污泥高压压滤装置")

    risen, fallen = expected(Precedents.fit(rulings), SLUDGE, like_dryer, like_press)
    turned = [ruled(CLOSE, DRYER, 1), ruled(CLOSE, PRESS, 4), *rulings[2:]]
    sunk, lifted = expected(Precedents.fit(turned), SLUDGE, like_dryer, like_press)

    assert risen > fallen
    assert sunk < lifted


def test_a_pair_that_resembles_no_precedent_hardly_moves_when_the_precedent_turns(
    rulings: list[Ruling],
) -> None:
    turned = [ruled(CLOSE, DRYER, 1), ruled(CLOSE, PRESS, 4), *rulings[2:]]
    asked, found = Doc("需求-9", "航空发动机叶片"), Doc("新", "涡轮叶片热障涂层")

    before, after = (expected(Precedents.fit(some), asked, found)[0] for some in (rulings, turned))
    near_before, near_after = (expected(Precedents.fit(some), SLUDGE, DRYER)[0] for some in (rulings, turned))

    assert abs(before - after) < 0.3 * abs(near_before - near_after)


def test_the_chances_never_rise_along_the_levels_and_stay_between_none_and_all(
    rulings: list[Ruling],
) -> None:
    found = [DRYER, PRESS, WHEAT]
    chances = Precedents.fit(rulings).about(CLOSE).levels(found, np.array([0.0, 0.5, 1.0]), np.zeros((3, 3)))

    assert (np.diff(chances, axis=1) <= 0).all()
    assert ((chances > 0) & (chances < 1)).all()


def test_the_voices_solve_the_equations_they_are_meant_to(rulings: list[Ruling]) -> None:
    fitted = Precedents.fit(rulings)
    kernel = fitted.cases.kernel(fitted.standard(fitted.cases.traits())).astype(float)
    reached = np.clip(np.array([[one.level] for one in rulings]) - np.array([1, 2, 3]), 0, 1)
    left_open = reached - fitted.expected(np.full(len(rulings), np.log(0.3 / 0.7)))

    exact = np.linalg.solve(kernel + 0.3 * np.eye(len(rulings)), left_open)

    assert fitted.voices == pytest.approx(exact, abs=1e-3)


def test_what_is_summed_for_one_demand_is_what_the_kernel_says(rulings: list[Ruling]) -> None:
    fitted = Precedents.fit(rulings)
    kernel = fitted.cases.kernel(fitted.standard(fitted.cases.traits()))
    plain = fitted.expected(np.full(1, np.log(0.3 / 0.7))) + kernel[0] @ fitted.voices

    told = fitted.about(CLOSE).levels([DRYER], np.array([0.3]), np.array([[0.4, 0.4, 0.5]]))

    assert told == pytest.approx(np.minimum.accumulate(plain, axis=1).clip(1e-4, 1 - 1e-4), abs=1e-4)


def test_a_judgement_that_weighs_more_is_followed_more() -> None:
    def lifted(weight: float) -> float:
        strong = Ruling(CLOSE, DRYER, 0.3, (0.4, 0.4, 0.5), 4, weight)
        weak = [ruled(FAR, WHEAT, 2), ruled(FAR, PRESS, 1)]
        return expected(Precedents.fit([strong, *weak]), CLOSE, DRYER)[0]

    assert lifted(4.0) > lifted(1.0)


def test_a_matcher_names_the_precedent_as_a_part_that_the_score_counts(rulings: list[Ruling]) -> None:
    matcher = Matcher(precedents=Precedents.fit(rulings))

    best = matcher.rank(SLUDGE, [DRYER, PRESS, WHEAT])[0]

    part = next(part for part in best.parts if part.name == "先例")
    assert "最相近的一个判为强相关" in part.note
    assert matcher.score(best.parts) == best.score
    assert best.id == DRYER.id


def test_an_index_ranks_by_the_matcher_that_is_put_into_it(rulings: list[Ruling]) -> None:
    index = Index.build([DRYER, PRESS, WHEAT])
    plain = {match.id: match.score for match in index.match(SLUDGE)}

    index.matcher = Matcher(precedents=Precedents.fit(rulings))
    heard = {match.id: match.score for match in index.match(SLUDGE)}

    assert heard[DRYER.id] / plain[DRYER.id] > heard[PRESS.id] / plain[PRESS.id]


def test_taking_cited_sentences_of_the_text_away_lowers_the_score_with_precedents_too(
    rulings: list[Ruling],
) -> None:
    matcher = Matcher(precedents=Precedents.fit(rulings))
    told = Doc(DRYER.id, DRYER.title, (("成果简介", "低温干化处理污泥，含水率降到三成。已在三家水厂使用。"),))

    full = matcher.rank(SLUDGE, [told])[0]
    bare = matcher.rank(SLUDGE, [DRYER])[0]

    assert any(one.field == "成果简介" for one in full.evidence)
    assert full.score > bare.score
    assert full.chance > bare.chance


def test_the_nearest_precedents_are_named_with_their_likeness(rulings: list[Ruling]) -> None:
    counsel = Precedents.fit(rulings).about(CLOSE)

    near = counsel.nearest(DRYER)

    assert (near[0].demand, near[0].found, near[0].level) == (CLOSE.id, DRYER.id, 4)
    assert near[0].likeness > 0.9
    assert counsel.nearest(Doc("新", "航空发动机叶片涂层")) == ()


def test_nothing_can_be_learnt_from_nothing() -> None:
    with pytest.raises(ValueError, match="没有判定过"):
        Precedents.fit([])
