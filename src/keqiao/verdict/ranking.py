"""How answers change a ranking that is shown: what was learnt from all of them, and what was said of these very pairs."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Q

from keqiao.matching.matches import MatchView
from keqiao.people.access import Scope
from keqiao.people.enums import Role
from keqiao.registry.records.models import Record
from keqiao.verdict.access import NEEDS, are_pair
from keqiao.verdict.enums import ModelState, Reason, Side
from keqiao.verdict.models import Answer, RankingModel
from keqiao.verdict.outcomes import PROVEN, Use, use_of
from keqiao.verdict.precedents import named, restored
from keqiao.verdict.rules import effect, unreachable_effect
from keqiao_match import TITLE_TRAITS, Calibration, Doc, Match, Part, Precedents

LEARNT = "各方答复"
"""Name of the part that a ranking model adds; it is left out when a model is trained."""

_FRESH_SECONDS = 5.0  # a model switched on elsewhere is used here after this long
_BUILT_SECONDS = 600.0  # reading and weighing 2,000 precedents takes longer than a page may
_LEAST_TOLD = 0.05  # of log-odds; less moves nothing anybody would notice
_GRADES = ("弱相关", "较强相关", "强相关")


# -- what was learnt ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Learnt:
    """The active model: added log-odds = bias + (slope - 1) · engine's log-odds + Σ weight · part value."""

    version: int
    pairs: int
    bias: float
    slope: float
    weights: Mapping[str, float] = field(default_factory=dict)
    precedents: Precedents | None = None

    def delta(self, score: float, values: Mapping[str, float]) -> float:
        """Log-odds to add to a match of this score and these part values. Unknown parts count nothing."""
        told = sum(weight * values.get(name, 0.0) for name, weight in self.weights.items())
        return self.bias + (self.slope - 1.0) * log_odds(score) + told


def log_odds(score: float) -> float:
    held = min(max(score, 1e-4), 1 - 1e-4)
    return math.log(held / (1 - held))


def chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def learnt_from(parameters: Mapping[str, Any], version: int = 0, pairs: int = 0) -> Learnt:
    """A model's parameters as they are kept, ready for use."""
    said = parameters.get("precedents")
    return Learnt(
        version, pairs, float(parameters.get("bias", 0.0)), float(parameters.get("slope", 1.0)),
        {str(name): float(weight) for name, weight in parameters.get("weights", {}).items()},
        restored(said) if said else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """What this process knows of the active model; looked_up, built: seconds on the monotonic clock."""

    looked_up: float
    built: float
    model: Learnt | None

    @property
    def version(self) -> int | None:
        return self.model.version if self.model else None


_known: dict[str, _Known] = {}


def active() -> Learnt | None:
    """The model in use. Its version is looked up every few seconds at most; it is built anew when that is another one,
    and now and then, so that a precedent whose record was withdrawn falls silent."""
    key, now = str(settings.KEQIAO_INDEX), time.monotonic()
    known = _known.get(key)
    if known is not None and now - known.looked_up <= _FRESH_SECONDS:
        return known.model
    in_use = RankingModel.objects.filter(state=ModelState.ACTIVE)
    version = in_use.values_list("version", flat=True).first()
    if known is not None and known.version == version and now - known.built <= _BUILT_SECONDS:
        known = replace(known, looked_up=now)
    else:
        model = in_use.first() if version is not None else None
        pairs = int(model.origin.get("pairs", 0)) if model else 0
        known = _Known(now, now, learnt_from(model.parameters, model.version, pairs) if model else None)
    _known.clear()
    _known[key] = known
    return known.model


def forget_active() -> None:
    """The next ranking builds the model again; called when one is switched."""
    _known.clear()


def active_version() -> int | None:
    model = active()
    return model.version if model else None


def by_precedents(model: Learnt, asked: Doc, found: Sequence[Match]) -> list[float]:
    """Log-odds that precedents add to each match, on top of the model's weights."""
    if model.precedents is None or not found:
        return [0.0] * len(found)
    values = [{part.name: part.value for part in one.parts} for one in found]
    base = [
        chance(log_odds(one.score) + model.delta(one.score, own))
        for one, own in zip(found, values, strict=True)
    ]
    traits = np.array([[own.get(name, 0.0) for name in TITLE_TRAITS] for own in values])
    levels = model.precedents.about(asked).levels(
        [Doc(one.id, one.title) for one in found], np.array(base), traits
    )
    told = [log_odds(one) for one in levels.mean(1).tolist()]
    return [one - log_odds(score) for one, score in zip(told, base, strict=True)]


def rescore(match: Match, model: Learnt, calibration: Calibration, told: float = 0.0) -> Match:
    """The match with the learnt part, its score, and the grade that score has; never above what the engine's own
    objections (the asked words that are missing) allow. told: log-odds that precedents add."""
    values = {part.name: part.value for part in match.parts}
    delta = model.delta(match.score, values) + told
    if abs(delta) < _LEAST_TOLD:
        return match
    score = chance(log_odds(match.score) + delta)
    held_down = _GRADES.index(match.grade) < _GRADES.index(calibration.grade(match.score))
    grade = calibration.grade(score)
    if held_down and _GRADES.index(grade) > _GRADES.index(match.grade):
        grade = match.grade
    how = "并参照对相近供需的答复，" if told else ""
    note = f"按各方对 {model.pairs} 对匹配的答复和判定，{how}调整（第 {model.version} 版）"
    return replace(
        match, score=score, grade=grade, parts=(*match.parts, Part(LEARNT, chance(delta), 1.0, note))
    )


# -- what was said of these records -----------------------------------------------------------------------------------


@dataclass
class _Said:
    """What current answers say of one target. own, other: of this pair; the rest of the target at large; use: what
    buyers say years later."""

    own: Answer | None = None
    other: Answer | None = None
    unreachable: set[tuple[str, int]] = field(default_factory=set)
    solved: bool = False
    use: Use = field(default_factory=Use)

    def effect(self) -> float:
        total = unreachable_effect(len(self.unreachable)) + (effect("solved") if self.solved else 0.0)
        total += self.use.effect()
        if self.own is not None and not self.own.is_yes:
            total += effect("own_refusal")
        if self.other is not None:
            total += effect("other_yes") if self.other.is_yes else effect("other_refusal")
        return total

    def notes(self, *, hears: bool) -> list[str]:
        """What stands against the match. hears: the reader may know what single units answered."""
        notes = []
        if hears:
            notes += self._of_single_units()
        if unreachable_effect(len(self.unreachable)):
            notes.append(f"{len(self.unreachable)} 家已答复联系不上")
        return notes + self.use.against(hears=hears)

    def proven(self) -> Part | None:
        """What buyers say for the match."""
        words = self.use.proven
        return Part(PROVEN, chance(self.use.effect()), 1.0, words) if words else None

    def _of_single_units(self) -> list[str]:
        notes = []
        if self.own is not None and not self.own.is_yes:
            notes.append(f"本方已答复：{self.own.words}")
        if self.other is not None and not self.other.is_yes:
            notes.append(f"对方已答复：{self.other.words}")
        elif self.solved:
            notes.append("对方在别处答复过：已解决")
        return notes


def _said(record: Record, target_kind: str, ids: Iterable[int]) -> Mapping[int, _Said]:
    """What the answers say of the targets, and the buyers of what was sold. Two queries, one where nothing is sold."""
    mine, theirs = (Side.NEED, Side.OFFER) if record.KIND in NEEDS else (Side.OFFER, Side.NEED)
    ids = list(ids)
    about = Q(**{f"{theirs}_kind": target_kind, f"{theirs}_id__in": ids})
    at_large = Q(side=mine, reason=Reason.UNREACHABLE) | Q(side=theirs, reason=Reason.SOLVED)
    this_pair = Q(**{f"{mine}_kind": record.KIND, f"{mine}_id": record.pk})
    out: defaultdict[int, _Said] = defaultdict(_Said)
    if "achievement" in (record.KIND, target_kind):  # what contracts are made of
        for pk, use in use_of(record, target_kind, ids, theirs).items():
            out[pk].use = use
    for answer in Answer.objects.current().filter(about & (at_large | this_pair)):
        said = out[answer.end(theirs)[1]]
        if answer.end(mine) == (record.KIND, record.pk):
            if answer.side == mine:
                said.own = answer
            else:
                said.other = answer
        if answer.side == mine and answer.reason == Reason.UNREACHABLE:
            said.unreachable.add(answer.end(mine))
        said.solved |= answer.side == theirs and answer.reason == Reason.SOLVED
    return out


class AnswersCount:
    """The adjuster that `keqiao.matching` asks."""

    def rescored(
        self, kind: str, target_kind: str, asked: Callable[[], Doc], found: Sequence[Match]
    ) -> tuple[Match, ...]:
        """By the active model; the engine's order when none is active. Precedents speak when a need asks: what
        answers it is known by its title, while a need is known by its whole text."""
        model = active()
        if model is None or not found:
            return tuple(found)
        calibration, told = Calibration.shipped(), [0.0] * len(found)
        if model.precedents is not None and kind in NEEDS and are_pair(kind, target_kind):
            told = by_precedents(model, named(kind, asked()), found)
        changed = sorted(
            (rescore(one, model, calibration, by) for one, by in zip(found, told, strict=True)),
            key=lambda one: (-one.score, one.rank),
        )
        return tuple(replace(one, rank=at) for at, one in enumerate(changed, 1))

    def open_ones(self, record: Record, target_kind: str, found: Sequence[Match]) -> tuple[Match, ...]:
        """Without the pairs that one of the two sides refuses now. One query."""
        if not found or not are_pair(record.KIND, target_kind):
            return tuple(found)
        mine, theirs = (Side.NEED, Side.OFFER) if record.KIND in NEEDS else (Side.OFFER, Side.NEED)
        refused = set(
            Answer.objects.current()
            .refusals()
            .filter(**{f"{mine}_kind": record.KIND, f"{mine}_id": record.pk, f"{theirs}_kind": target_kind})
            .values_list(f"{theirs}_id", flat=True)
        )
        return tuple(one for one in found if int(one.id) not in refused)

    def settled(
        self, record: Record, target_kind: str, scope: Scope, views: Sequence[MatchView]
    ) -> tuple[MatchView, ...]:
        """What its own side refused goes last, what others could not reach or settled elsewhere goes back.

        The order is the same for every reader; only who works on the record is told what single units answered.
        """
        if not are_pair(record.KIND, target_kind):
            return tuple(views)
        said = _said(record, target_kind, [view.target.pk for view in views])
        if not said:
            return tuple(views)
        moved, floor = [], math.inf
        for view in views:
            # The order given may say more than the score (how fresh a listing is): nothing climbs back over it
            floor = min(floor, log_odds(view.score))
            one = said.get(view.target.pk)
            moved.append((floor + (one.effect() if one else 0.0), view))
        moved.sort(key=lambda pair: -pair[0])
        hears = _works_on(record, scope)
        return tuple(
            _noted(view, said.get(view.target.pk), at, hears=hears) for at, (_, view) in enumerate(moved, 1)
        )


def _works_on(record: Record, scope: Scope) -> bool:
    if scope.is_visitor:
        return False
    return (
        scope.covers(record.division_code)
        or record.organisation_id in scope.organisations
        or record.created_by_id == scope.user_id
        or Role.BROKER in scope.roles
    )


def _noted(view: MatchView, said: _Said | None, at: int, *, hears: bool) -> MatchView:
    if said is None:
        return replace(view, rank=at)
    proven = said.proven()
    return replace(
        view, rank=at, against=(*view.against, *said.notes(hears=hears)),
        parts=(*view.parts, proven) if proven else view.parts,
    )  # fmt: skip
