"""Matches that an officer can defend."""

import gzip
import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keqiao_match import Doc, Index, Match, Matcher, match_all
from keqiao_match.rank import TEXT_PARTS


def test_a_demand_finds_the_achievement_that_answers_it(index: Index, dyeing_demand: Doc) -> None:
    first, second, *_ = index.match(dyeing_demand)

    assert (first.id, second.id) == ("A1", "A6")
    assert first.rank == 1
    assert 1 > first.score > second.score > 0
    assert first.grade == "强相关"


def test_an_achievement_finds_the_demand_it_answers(dyeing_demand: Doc, achievements: list[Doc]) -> None:
    demands = [
        dyeing_demand,
        Doc("需求-2026-0002", "葵花收获机降低损失率"),
        Doc("需求-2026-0003", "羊肉保鲜"),
    ]

    index = Index.build(demands)

    assert index.match(achievements[0])[0].id == "需求-2026-0001"
    assert index.match(achievements[3])[0].id == "需求-2026-0002"


def test_evidence_quotes_both_sides_word_for_word(
    index: Index, achievements: list[Doc], dyeing_demand: Doc
) -> None:
    best = index.match(dyeing_demand)[0]
    text = {"题名": achievements[0].title, **dict(achievements[0].fields)}
    asked = {"题名": dyeing_demand.title, **dict(dyeing_demand.fields)}

    assert best.evidence
    for one in best.evidence:
        assert one.sentence in text[one.field]
        assert one.other_sentence in asked[one.other_field]
        assert one.terms
        assert all(term in one.sentence for term in one.terms)
    assert any("印染废水" in term for one in best.evidence for term in one.terms)


def test_the_parts_make_the_score(index: Index, dyeing_demand: Doc) -> None:
    best = index.match(dyeing_demand)[0]

    assert [part.name for part in best.parts[: len(TEXT_PARTS)]] == list(TEXT_PARTS)
    assert {"领域", "成熟度", "预算", "地区"} <= {part.name for part in best.parts}
    assert all(0 <= part.value <= 1 and part.note for part in best.parts)
    assert Matcher().score(best.parts) == best.score


def test_what_speaks_against_a_match_is_said(index: Index) -> None:
    demand = Doc(
        "D",
        "高纯氧化铝单晶炉温控系统",
        (("需求内容", "需要6N高纯氧化铝粉体。"),),
        facets={"field": ("08",)},
        numbers={"budget": 50.0, "trl_wanted": 8.0},
    )

    best = index.match(demand)[0]

    assert best.id == "A3"
    said = "；".join(best.against)
    assert "领域不同" in said
    assert "期望技术成熟度 8 级，现为 4 级" in said
    assert "报价是预算的 6.0 倍" in said
    assert "单晶" in said


def test_the_same_field_and_a_ripe_offer_raise_the_score(index: Index, dyeing_demand: Doc) -> None:
    plain = index.match(replace(dyeing_demand, facets={}, numbers={}))[0]
    fitting = index.match(dyeing_demand)[0]
    clashing = index.match(replace(dyeing_demand, facets={"field": ("01",)}, numbers={"budget": 1.0}))[0]

    assert plain.id == fitting.id == clashing.id
    assert fitting.score > plain.score > clashing.score


def test_a_document_never_matches_itself_nor_what_was_excluded(index: Index, achievements: list[Doc]) -> None:
    found = index.match(achievements[0], exclude=("A6",))

    assert not {"A1", "A6"} & {match.id for match in found}


def test_a_filter_keeps_matches_inside_a_county(index: Index, dyeing_demand: Doc) -> None:
    assert [match.id for match in index.match(dyeing_demand, where={"division": ["150826"]})] == ["A6"]


def test_two_lists_give_each_demand_its_matches_in_order(achievements: list[Doc], dyeing_demand: Doc) -> None:
    done: list[int] = []
    second = Doc("需求-2026-0002", "葵花收获损失大怎么办")

    pairs = list(match_all([dyeing_demand, second], iter(achievements), top=2, progress=done.append))

    assert [(demand.id, found[0].id) for demand, found in pairs] == [
        (dyeing_demand.id, "A1"),
        (second.id, "A4"),
    ]
    assert all(len(found) <= 2 for _, found in pairs)
    assert done == [1, 2]


def test_the_same_question_gets_the_same_answer(achievements: list[Doc], dyeing_demand: Doc) -> None:
    assert Index.build(achievements).match(dyeing_demand) == Index.build(achievements).match(dyeing_demand)


@pytest.mark.parametrize("title", ["", "的", "？？？", "\ud800"])
def test_a_demand_that_says_nothing_has_no_matches(index: Index, title: str) -> None:
    assert index.match(Doc("空", title)) == ()


@settings(deadline=None)  # a busy machine is no fault of the text
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    matches = Matcher().rank(Doc("1", one, (("内容", other),)), [Doc("2", other, (("内容", one),))])

    assert 0 < matches[0].score < 1


def without_cited(doc: Doc, match: Match) -> Doc:
    """The document less the sentences that the match cites."""
    cited = {(one.field, one.sentence) for one in match.evidence}
    fields = []
    for name, text in doc.fields:
        for field, sentence in cited:
            if field == name:
                text = text.replace(sentence, "")
        fields.append((name, text))
    return replace(doc, title="" if ("题名", doc.title.strip()) in cited else doc.title, fields=tuple(fields))


def test_taking_the_cited_sentences_away_lowers_the_score(
    index: Index, achievements: list[Doc], dyeing_demand: Doc
) -> None:
    by_id = {doc.id: doc for doc in achievements}
    for match in index.match(dyeing_demand):
        again = Matcher().rank(dyeing_demand, [without_cited(by_id[match.id], match)], rarity=index.rarity)
        assert again[0].score < match.score


def test_cited_sentences_carry_the_score_of_real_matches(shared_dir: Path) -> None:
    with gzip.open(shared_dir / "data" / "corpus" / "patents.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 0, None, 25)]
    pool = {row["id"]: Doc(row["id"], row["title"] or "", (("摘要", row["abstract"] or ""),)) for row in rows}
    index = Index.build(pool.values())
    with (shared_dir / "data" / "matching" / "demands.jsonl").open(encoding="utf-8") as lines:
        demands = [json.loads(line) for line in islice(lines, 12)]

    seen = 0
    for row in demands:
        demand = Doc(row["rid"], row["title"] or "", (("需求内容", row["content"] or ""),))
        for match in index.match(demand, top=5):
            seen += 1
            assert match.evidence
            again = Matcher().rank(demand, [without_cited(pool[match.id], match)], rarity=index.rarity)
            assert again[0].score < match.score
    assert seen > 40
