"""How rare a term is, and how long a count is good for."""

import pytest

from keqiao_match import Doc, Index, Rarity


class Counts:
    """An index of so many documents that all hold every term."""

    def __init__(self, size: int) -> None:
        self.size = size

    def frequency(self, term: str) -> int:
        return self.size

    def __len__(self) -> int:
        return self.size


@pytest.mark.parametrize(
    ("counted", "now", "holds"),
    [(20_000, 20_200, True), (20_000, 19_800, True), (20_000, 20_201, False), (9_999, 9_999, False)],
)
def test_counts_are_kept_until_a_hundredth_of_a_large_index_changed(
    counted: int, now: int, holds: bool
) -> None:
    assert Rarity(Counts(counted)).holds_for(now) is holds


def test_sharing_may_be_asked_among_some_documents_only() -> None:
    docs = [Doc(name, "高盐废水膜法处理") for name in "甲乙丙"]
    index = Index.build(docs)
    question = Doc("问", "高盐废水处理")

    everybody = {hit.id: hit.score for hit in index.sharing(question)}

    assert {hit.id: hit.score for hit in index.sharing(question, only=["乙", "不在"])} == {
        "乙": everybody["乙"]
    }
    assert index.sharing(question, only=[]) == ()
