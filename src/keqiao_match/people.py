"""Who knows about it: persons found by their works. Each found work speaks for everyone who made it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keqiao_match.types import Match

_SHALLOWER = 20.0  # works so far down the list speak half as loud as the first
_EACH_FURTHER = (
    0.5  # a person's second work adds half, the third a quarter: one strong work outweighs many vague ones
)


@dataclass(frozen=True, slots=True)
class PersonMatch:
    """A person with the works that speak for them.

    score: 0..1, comparable within one list. works: (work id, share of the score that it carries), the most telling
    first; the shares of one person add up to the score.
    """

    person: str
    score: float
    works: tuple[tuple[str, float], ...]


def rank_people(
    hits: Sequence[Match], authors: Mapping[str, Sequence[str]], *, top: int = 20
) -> list[PersonMatch]:
    """The persons behind the found works, best first; ties by person id.

    hits: works as Index.match gives them, best first; ask for 100 or more. authors: persons of each work id, for
    one index of works; works without known persons speak for nobody. A person is counted once a work.
    """
    voices: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for at, hit in enumerate(hits):
        voice = hit.score / (1 + at / _SHALLOWER)
        for person in dict.fromkeys(authors.get(hit.id, ())):
            voices[person].append((voice, hit.id))
    out = [_person(person, heard) for person, heard in voices.items()]
    out.sort(key=lambda one: (-one.score, one.person))
    return out[:top]


def _person(person: str, heard: list[tuple[float, str]]) -> PersonMatch:
    """Noisy or: the chance that at least one of the works is to the point, each further one believed less."""
    heard.sort(key=lambda one: (-one[0], one[1]))
    doubt, works = 1.0, []
    for at, (voice, work) in enumerate(heard):
        share = doubt * voice * _EACH_FURTHER**at
        works.append((work, share))
        doubt -= share
    return PersonMatch(person, 1 - doubt, tuple(works))
