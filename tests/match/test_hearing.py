"""A question heard by many documents is scored as in a ranking, and cited only where somebody asks."""

from keqiao_match import Doc, Hearing, Matcher, Rarity

_ASKED = Doc(
    "需求-1", "高盐印染废水膜法处理回用", (("需求内容", "希望印染废水回用率不低于60%，盐回收率高。"),)
)
_FOUND = (
    Doc("产出-1", "印染废水膜法处理与盐回收", (("摘要", "超滤加反渗透处理印染废水，回用率达到70%。"),)),
    Doc("产出-2", "废水处理装置", (("摘要", "沉淀后排放。"),)),
    Doc("产出-3", "石墨烯导热膜的制备", (("摘要", "氧化石墨烯还原成膜。"),)),
)


def test_one_by_one_documents_are_scored_and_cited_as_in_a_ranking() -> None:
    rarity = Rarity()
    ranked = {one.id: one for one in Matcher().rank(_ASKED, _FOUND, rarity=rarity)}
    hearing = Hearing(_ASKED, rarity)
    for doc in _FOUND:
        cited, listed = hearing.cite(doc), ranked[doc.id]
        assert hearing.score(doc) == cited.score == listed.score
        assert (cited.evidence, cited.grade, cited.against) == (listed.evidence, listed.grade, listed.against)


def test_what_the_title_promises_is_never_more_than_the_whole_comparison_gives() -> None:
    hearing = Hearing(_ASKED, Rarity())
    for doc in _FOUND:
        score = hearing.score(doc)
        assert Hearing(_ASKED, Rarity()).reaches(doc, score)
        assert not Hearing(_ASKED, Rarity()).reaches(doc, score + 1e-9)


def test_a_document_without_any_telling_word_is_known_before_it_is_cited() -> None:
    hearing = Hearing(_ASKED, Rarity())
    shares = [hearing.shares_terms(doc) for doc in _FOUND]
    assert shares == [bool(hearing.cite(doc).evidence) for doc in _FOUND] == [True, True, False]
