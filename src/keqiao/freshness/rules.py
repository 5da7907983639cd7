"""Pure judgements: how fresh, in which words, whether to ask."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_DATA = Path(__file__).parent / "data" / "decay.yaml"
_MONTH, _YEAR = 30, 365


@dataclass(frozen=True, slots=True)
class Decay:
    """The dated figures, days and shares as in data/decay.yaml. verify: nobody confirmed them yet (待核实)."""

    half_life_days: int
    sign_in_weight: float
    say_from_days: int
    ask_below: float
    ask_again_days: int
    link_days: int
    renew_within_days: int
    sink_share: float
    source: str
    verify: bool


@cache
def decay_on(day: dt.date) -> Decay:
    """The figures in force on `day`; before the first line, that line."""
    rows = sorted(yaml.safe_load(_DATA.read_text(encoding="utf-8")), key=lambda row: row["from"])
    chosen = max((row for row in rows if row["from"] <= day), key=lambda row: row["from"], default=rows[0])
    return Decay(**{key: value for key, value in chosen.items() if key != "from"})


def freshness(
    now: dt.datetime, *, touched_at: dt.datetime, seen_at: dt.datetime | None, decay: Decay
) -> float:
    """0..1: half after `half_life_days` of silence, a quarter after twice as many.

    touched_at: the listing was edited, renewed or answered for. seen_at: somebody of the owner's unit was here, which
    is worth `sign_in_weight`. The better of the two counts; a moment in the future counts as now.
    """

    def left(moment: dt.datetime) -> float:
        days = max(0.0, (now - moment).total_seconds() / 86_400)
        return float(0.5 ** (days / decay.half_life_days))

    seen = decay.sign_in_weight * left(seen_at) if seen_at is not None else 0.0
    return max(left(touched_at), seen)


def silence_words(days: int, decay: Decay) -> str:
    """3 个月没有动静; "" while it is too short to speak of."""
    if days < decay.say_from_days:
        return ""
    if days >= 2 * _YEAR:
        return f"{days // _YEAR} 年没有动静"
    return f"{days // _MONTH} 个月没有动静"


def sunk(score: float, fresh: float, decay: Decay) -> float:
    """A matching score as the ranking takes it: a dead listing loses `sink_share` of it, a fresh one nothing."""
    return score * (1 - decay.sink_share * (1 - fresh))


def is_due(fresh: float, asked_at: dt.datetime | None, now: dt.datetime, decay: Decay) -> bool:
    """Whether the owner is to be asked: faded, and not asked within `ask_again_days`."""
    if fresh >= decay.ask_below:
        return False
    return asked_at is None or now - asked_at >= dt.timedelta(days=decay.ask_again_days)
