"""One question put to many documents: how well each answers is told at once, sentences are cited for those asked for.

To cite costs half as much again as to score, and of two hundred documents heard a page shows a few.
"""

import math

from keqiao_match.compare import comparisons
from keqiao_match.rank import Asked, Matcher, Profile
from keqiao_match.rarity import Rarity
from keqiao_match.related import says
from keqiao_match.types import Doc, Match, Part


class Hearing:
    """A question with its terms cut and weighed once. Keeps scores and what it cited by the ids of the
    documents, so that an id must stand for one text throughout."""

    def __init__(self, doc: Doc, rarity: Rarity, matcher: Matcher | None = None) -> None:
        self._matcher = matcher or Matcher()
        self._asked = Asked(Profile(doc), rarity, self._matcher.relations)
        self._scores: dict[str, float] = {}
        self._cited: dict[str, Match] = {}

    def score(self, doc: Doc) -> float:
        """How well `doc` answers, 0..1: what `Matcher.rank` gives."""
        score = self._scores.get(doc.id)
        if score is None:
            score = self._matcher.score(self._matcher.parts(self._asked, Profile(doc)))
            self._scores[doc.id] = score
        return score

    def reaches(self, doc: Doc, least: float) -> bool:
        """Is `score` at least `least`? Mostly told by the title and the facets, as every other part only adds."""
        title = Profile(doc).title_literal
        near, wide, square = self._asked.rarity.shared(
            title, self._asked.title_weights, self._asked.full_weights
        )
        if wide:
            of_title, of_whole = self._asked.lengths
            length, weights = math.sqrt(square), self._matcher.calibration.weights
            sure = [
                Part(name, math.sqrt(min(1.0, value)), weights.get(name, 0.0), "")
                for name, value in (
                    ("字面相似", near / (of_title * length) if near else 0.0),
                    ("全文相似", wide / (of_whole * length)),
                )
            ]
            for one in comparisons(self._asked.doc, doc):
                sure.append(Part(one.name, one.value, weights.get(one.name, 0.0), ""))
            if self._matcher.score(sure) >= least:
                return True
        return self.score(doc) >= least

    def shares_terms(self, doc: Doc) -> bool:
        """Does `doc` say any telling term of the question, or a relative of one? Without, no sentence can be cited."""
        text = Profile(doc).whole
        return any(says(text, term) for term in self._asked.weights) or any(
            says(text, relation.other) for relations in self._asked.related.values() for relation in relations
        )

    def cite(self, doc: Doc) -> Match:
        """The match with its sentences. Its rank is 1: alone it has no other."""
        match = self._cited.get(doc.id)
        if match is None:
            fresh = Matcher(
                self._matcher.calibration, self._matcher.relations, precedents=self._matcher.precedents
            )
            match = self._cited[doc.id] = fresh.rank_asked(self._asked, [doc], top=1)[0]
        return match
