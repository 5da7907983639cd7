"""Who knows about it: persons found by their works. Each found work speaks for everyone who made it, and all that a
person made speaks together, as one document."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from keqiao_match.standing import Stand
from keqiao_match.types import Hit, Match

# Chosen on one half of the inventors of bench/match_experts.py; the figures of the other half are in docs/matching.md.
_SHALLOWER = (
    100.0  # matches so far down the list speak half as loud as the first; a hit's own score says it already
)
_EACH_FURTHER = (
    0.5  # a person's second work adds half, the third a quarter: one strong work outweighs many vague ones
)
_FIRST_HIT = 0.5  # what a best hit is worth, as its score has no scale of its own
_STEEPER = 2.0  # exponent of a hit's score relative to the best


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """A person with the works that speak for them.

    score: 0..1, comparable within one list. works: (work id, share of the score that it carries), the most telling
    first. profile: the share of everything that the person made, taken together. All shares add up to the score.
    stand: what the register says of the person beside the text; the odds of the score hold its factor.
    """

    person: str
    score: float
    works: tuple[tuple[str, float], ...]
    profile: float = 0.0
    stand: Stand | None = None


def rank_people(
    hits: Sequence[Match | Hit],
    authors: Mapping[str, Sequence[str]],
    *,
    profiles: Sequence[Hit] = (),
    standing: Mapping[str, Stand] | None = None,
    top: int = 20,
) -> list[PersonMatch]:
    """The persons behind the found works, best first; ties by person id.

    hits: works as Index.match or Index.sharing give them, best first; ask for 100 or more. authors: persons of each
    work id, for one index of works; works without known persons speak for nobody. A person is counted once a work.
    profiles: persons as Index.sharing gives them from an index of one document a person, holding all of their works;
    the best profile speaks as loud as the best work. A person may then be found by the profile alone.
    standing: persons as Standing.of gives them; moves the odds of whoever is found, finds nobody.
    """
    voices: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    spoken = _spoken(hits)
    for voice, work in spoken:
        for person in dict.fromkeys(authors.get(work, ())):
            voices[person].append((voice, work))
    loudest = max((voice for voice, _ in spoken), default=_FIRST_HIT)
    together = {hit.id: loudest * _beside_first(hit, profiles) for hit in profiles}
    known = dict.fromkeys([*voices, *together])
    out = [_person(person, voices.get(person, []), together.get(person, 0.0)) for person in known]
    if standing:
        out = [_standing(one, standing[one.person]) if one.person in standing else one for one in out]
    out.sort(key=lambda one: (-one.score, one.person))
    return out[:top]


def _spoken(hits: Sequence[Match | Hit]) -> list[tuple[float, str]]:
    """How loud each work speaks, 0..1."""
    return [
        (
            hit.score / (1 + at / _SHALLOWER)
            if isinstance(hit, Match)
            else _FIRST_HIT * _beside_first(hit, hits),
            hit.id,
        )
        for at, hit in enumerate(hits)
    ]


def _beside_first(hit: Hit, hits: Sequence[Match | Hit]) -> float:
    """A hit's score beside the best one's, 0..1, steeper."""
    best = hits[0].score
    return min(1.0, max(0.0, hit.score / best)) ** _STEEPER if best > 0 else 0.0


def _person(person: str, heard: list[tuple[float, str]], together: float) -> PersonMatch:
    """Noisy or: the chance that at least one of the works is to the point, each further one believed less; the
    profile speaks last, to what doubt is left."""
    heard.sort(key=lambda one: (-one[0], one[1]))
    doubt, works = 1.0, []
    for at, (voice, work) in enumerate(heard):
        share = doubt * voice * _EACH_FURTHER**at
        works.append((work, share))
        doubt -= share
    profile = doubt * together
    return PersonMatch(person, 1 - doubt + profile, tuple(works), profile)


def _standing(one: PersonMatch, stand: Stand) -> PersonMatch:
    """The odds times the factor; works and profile keep their proportions."""
    if not 0 < one.score < 1:
        return replace(one, stand=stand)
    score = 1 / (1 + (1 - one.score) / one.score * math.exp(-stand.factor))
    shrunk = score / one.score
    works = tuple((work, share * shrunk) for work, share in one.works)
    return PersonMatch(one.person, score, works, one.profile * shrunk, stand)
