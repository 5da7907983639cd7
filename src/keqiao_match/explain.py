"""Why two documents were brought together, in their own sentences, and what speaks against it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import rjieba

from keqiao_match.compare import comparisons
from keqiao_match.related import STRENGTH, Relation, related_terms, says
from keqiao_match.text import STOP, Word, fold, is_coded, sentences, whole, words
from keqiao_match.types import Doc, Evidence

TITLE = "题名"
_MOST = 3
_SHOWN_AGAIN = 0.25  # what an earlier sentence already showed counts a quarter
_WORTH_CITING = 0.5  # of the heaviest term
_RARE = 5.0  # in fewer than one of 150 documents
_MISSING_SHOWN = 3
_OBJECT_TIMES = (
    1.5  # the last telling word of a Chinese title names the thing itself: 新能源汽车密封条 is about 密封条
)
# Words of every project title; their absence says nothing.
_USUAL = frozenset(
    [
        "研究",
        "研发",
        "研制",
        "开发",
        "应用",
        "推广",
        "技术",
        "关键技术",
        "关键",
        "产业化",
        "产业链",
        "项目",
        "工程",
        "系列",
        "新型",
        "大型",
        "小型",
        "高效",
        "高端",
        "智能",
        "典型",
        "面向",
        "提高",
        "解决",
        "难题",
        "问题",
        "需求",
        "攻关",
        "改进",
        "优化",
        "提升",
        "综合",
        "利用",
        "制备",
        "生产",
        "工艺",
        "方法",
        "装置",
        "设备",
        "系统",
        "产品",
        "材料",
        "平台",
        "建设",
        "创新",
        "示范",
        "集成",
        "寻求",
        "合作",
        "求购",
        "引进",
        "专家",
        "团队",
        "年产",
    ]
)

Sentence = tuple[str, str, str]
"""Field, sentence as it is written, sentence folded."""


def cut(doc: Doc) -> list[Sentence]:
    """The document's sentences; the title comes first."""
    pieces = [(TITLE, doc.title)] if doc.title.strip() else []
    pieces += [(name, sentence) for name, text in doc.fields for sentence in sentences(text)]
    return [(name, sentence, fold(sentence)) for name, sentence in pieces]


def _held(folded: str, weights: Mapping[str, float]) -> list[str]:
    """The terms that the sentence holds, in the order of the weights."""
    return [term for term in weights if term in folded and (not is_coded(term) or whole(term).search(folded))]


def evidence(
    own: Sequence[Sentence],
    found: Sequence[Sentence],
    terms: Mapping[str, float],
    related: Mapping[str, Sequence[Relation]],
) -> tuple[Evidence, ...]:
    """Up to three sentences of `found` that carry most of the shared weight, each with the sentence of `own`
    that it answers. terms: the asked document's telling terms by weight. related: its words with their relatives,
    which count by their strength. Chosen greedily."""
    askers, weights = with_relatives(terms, related)
    theirs = [(sentence, held) for sentence in found if (held := _held(sentence[2], weights))]
    shown: set[str] = set()
    out: list[Evidence] = []
    while theirs and own and len(out) < _MOST:
        gains = [_gain(held, weights, shown) for _, held in theirs]
        best = max(range(len(gains)), key=gains.__getitem__)
        if out and gains[best] < _WORTH_CITING * max(weights.values()):
            break
        (field, sentence, folded), held = theirs.pop(best)
        common = {term: weights[term] for term in held}
        wanted = common | {asker: common[term] for term in held if (asker := askers.get(term))}
        other_field, other, answered = max(own, key=lambda one: _gain(_held(one[2], wanted), wanted, set()))
        spoken = _spoken(_held(answered, common), weights, folded)
        alike = related_terms(answered, folded, related)
        out.append(Evidence(field, sentence, spoken, other_field, other, alike))
        shown.update(held)
    return tuple(out)


def with_relatives(
    terms: Mapping[str, float], related: Mapping[str, Sequence[Relation]]
) -> tuple[dict[str, str], dict[str, float]]:
    """The asked word behind each relative that is not asked for itself, and the weights of terms and relatives."""
    askers: dict[str, str] = {}
    weights = dict(terms)
    most = max(terms.values(), default=0.0)
    for word, relations in related.items():
        for relation in relations:
            if relation.other not in terms:
                askers[relation.other] = word
                weights[relation.other] = terms.get(word, most / 2) * STRENGTH[relation.why]
    return askers, weights


def _gain(held: Iterable[str], weights: Mapping[str, float], shown: set[str]) -> float:
    return sum([weights[term] * (_SHOWN_AGAIN if term in shown else 1.0) for term in held])


def _spoken(shared: Iterable[str], weights: Mapping[str, float], folded: str) -> tuple[str, ...]:
    """Shared terms as a reader would say them: overlapping bigrams joined and cut at words, most telling first."""
    marked = bytearray(len(folded))
    for term in shared:
        start = folded.find(term)
        while start >= 0:
            marked[start : start + len(term)] = b"\x01" * len(term)
            start = folded.find(term, start + 1)
    runs: dict[str, float] = {}
    for run in _runs(folded, marked):
        runs[run] = sum(weight for term, weight in weights.items() if term in run)
    best = sorted(runs, key=lambda run: (-runs[run], run))
    return tuple(run for at, run in enumerate(best) if not any(run in longer for longer in best[:at]))[:8]


def _runs(folded: str, marked: bytearray) -> Iterable[str]:
    """Marked stretches, without half words and stop words at their ends; whole where nothing else is left."""
    at = 0
    stretch: list[str] = []
    ragged = ""
    for word in [*rjieba.cut(folded, False), ""]:
        end = at + len(word)
        held = sum(marked[at:end])
        if word and held == len(word):
            stretch.append(word)
        else:
            half = "".join(char for char, mark in zip(word, marked[at:end], strict=True) if mark)
            yield from _trimmed(stretch, ragged + half)
            stretch, ragged = [], half
        at = end


def _trimmed(stretch: list[str], ragged: str) -> Iterable[str]:
    while stretch and (stretch[-1] in STOP or not stretch[-1].strip()):
        stretch = stretch[:-1]
    while stretch and (stretch[0] in STOP or not stretch[0].strip()):
        stretch = stretch[1:]
    text = "".join(stretch)
    if len(text) > 1:
        yield text
    elif len(ragged) > 1:
        yield ragged


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Telling words of the asking title that the found document never mentions.

    words: rarest first. share: what they weigh of all the title's words, 0..1.
    """

    words: tuple[str, ...]
    share: float


def title_words(title: str, rarity: Callable[[str], float]) -> dict[Word, float]:
    """What a title asks for: its words without the usual ones, by how rare they are."""
    return {
        word: sum(map(rarity, word.grams)) / len(word.grams)
        for word in words(title)
        if len(word.text) > 1 and word.text not in _USUAL and not word.text.isdigit()  # 第252号 says nothing
    }


def by_object(asked: Mapping[Word, float]) -> dict[Word, float]:
    """The words of a title with the last one, which names its object, counted half as much again."""
    out = dict(asked)
    if out:
        out[next(reversed(out))] *= _OBJECT_TIMES
    return out


def unanswered(
    asked: Mapping[Word, float], text: str, related: Mapping[str, Sequence[Relation]] | None = None
) -> Unanswered:
    """What of the asking title stays without any answer in the found document.

    asked: from title_words. text: the found document's title and fields, folded. related: words of the title with
    their relatives; a relative that the text says is an answer.
    """
    missing = [
        word
        for word in asked
        if asked[word] > _RARE
        and not any(gram in text for gram in word.grams)
        and not any(says(text, relation.other) for relation in (related or {}).get(word.text, ()))
    ]
    missing.sort(key=lambda word: -asked[word])
    weights = by_object(asked)
    total = sum(weights.values())
    return Unanswered(
        tuple(word.text for word in missing), sum(weights[word] for word in missing) / total if total else 0.0
    )


def against(asked: Doc, found: Doc, open_words: Unanswered) -> tuple[str, ...]:
    """What speaks against the pair, in Chinese: facets that clash, telling title words that are not answered."""
    out = [one.against for one in comparisons(asked, found) if one.against]
    if open_words.words:
        out.append(f"对方全文没有提到“{'”“'.join(open_words.words[:_MISSING_SHOWN])}”")
    return tuple(out)
