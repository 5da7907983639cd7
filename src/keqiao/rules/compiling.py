"""A version as one compiled expression: every condition answered in a single call of the engine.

Each answer is true, false, null (a fact is unknown), 'zero' (the denominator is not positive), 'negative' (growth from
negative values: the formula means nothing), 'error' (a figure is beyond all measure) or 'na' (does not apply).
Ratios are compared by cross-multiplication in decimals, so a bound that is hit exactly counts as hit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from keqiao.rules.expressions import compiled, known, names_in, with_values
from keqiao.rules.text import BookValue, Clause, Measure, ScoreItem, Version


@dataclass(frozen=True, slots=True)
class Engine:
    """A version ready to answer. keys: id of clause, score or hint -> key in the answers."""

    version: Version
    values: Mapping[str, BookValue]
    names: tuple[str, ...]
    keys: Mapping[str, str]
    items: Mapping[str, ScoreItem]
    bounds: Mapping[str, Any]  # score clause -> its bound as a number
    texts: Mapping[str, str]  # key -> expression of an answer
    measures: Mapping[str, str]  # key -> expression of what was measured
    answers: Any  # compiled: outcomes only
    details: Any  # compiled: outcomes with measured values and bounds

    def context(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Only the facts that this version asks for: conversion is what an evaluation costs."""
        return {name: facts[name] for name in self.names if name in facts}

    def ask(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The answers by id of clause, score or hint. facts: made ready for the day."""
        said = _evaluated(self.answers, self.texts, self.context(facts))
        return {code: said[key] for code, key in self.keys.items()}

    def ask_all(self, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The answers by id, and everything that was measured, by key."""
        said = _evaluated(self.details, {**self.texts, **self.measures}, self.context(facts))
        return {code: said[key] for code, key in self.keys.items()}, said


def _evaluated(whole: Any, texts: Mapping[str, str], context: Mapping[str, Any]) -> dict[str, Any]:
    """All expressions in one call. Where a figure is beyond all measure (yuan typed as 万元), each alone: 'error'."""
    try:
        found: dict[str, Any] = whole.evaluate(context)
    except RuntimeError:
        found = {}
        for key, text in texts.items():
            try:
                found[key] = compiled(text).evaluate(context)
            except RuntimeError:
                found[key] = "error" if key.startswith("r") else None
    return found


def _guarded(names: tuple[str, ...], inner: str) -> str:
    return f"({known(names)}) ? null : ({inner})" if names else inner


def _compared(measure: Measure, op: str, bound: str) -> str:
    """The comparison without division or roots."""
    if measure.kind == "plain":
        return f"({measure.top}) {op} ({bound})"
    if measure.kind == "compound":
        hundred = " * ".join(["100"] * measure.years)
        power = " * ".join([f"(100 + ({bound}))"] * measure.years)
        return f"({measure.top}) * {hundred} {op} ({measure.bottom}) * {power}"
    return f"({measure.top}) * {measure.times} {op} ({bound}) * ({measure.bottom})"


def _unless_zero(measure: Measure | None, inner: str) -> str:
    if measure is None or measure.kind == "plain":
        return inner
    if (
        measure.kind == "mean"
    ):  # a zero among the earlier years, except a first year that the formula leaves out
        first = measure.names[-1]
        earlier = [name for name in measure.names[1:] if not (measure.first_zero == "skip" and name == first)]
        negative = " or ".join(f"{name} < 0" for name in measure.names)
        zero = " or ".join(f"{name} == 0" for name in earlier) or "false"
        return f"({negative}) ? 'negative' : ({zero}) ? 'zero' : ({inner})"
    return f"({measure.bottom}) <= 0 ? 'zero' : ({inner})"


def clause_text(clause: Clause) -> str:
    """The expression of a clause; "" for one that has nothing to compute (all, any, score without `when`)."""
    if clause.kind == "compare":
        assert clause.measure is not None
        inner = _unless_zero(clause.measure, _compared(clause.measure, clause.op, clause.bound))
        inner = _guarded(clause.names, inner)
    elif clause.kind == "test":
        inner = _guarded(clause.names, clause.text)
    elif clause.kind == "ask":
        inner = _guarded(clause.names, f"{clause.fact} == {'true' if clause.expect else 'false'}")
    else:
        inner = "'yes'"
    if clause.when:
        return _guarded(clause.when_names, f"({clause.when}) ? ({inner}) : 'na'")
    return "" if inner == "'yes'" else inner


def score_text(item: ScoreItem) -> str:
    """The number of the band that a firm falls into; "" for what is not computed from bands."""
    if item.kind != "bands":
        return ""
    measure_names = item.measure.names if item.measure else ()
    text = "null"
    for number, row in reversed(list(enumerate(item.rows))):
        if row.how == "otherwise":
            text = str(number)
            continue
        if row.how == "when":
            question = row.bound
        else:
            assert item.measure is not None
            op = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}[row.how]
            question = _compared(item.measure, op, row.bound)
        names = tuple(name for name in _row_names(item, number) if name not in measure_names)
        text = _guarded(names, f"({question}) ? {number} : ({text})")
    return _guarded(measure_names, _unless_zero(item.measure, text))


def _row_names(item: ScoreItem, number: int) -> tuple[str, ...]:
    from_expression = names_in(item.rows[number].bound)
    return tuple(name for name in from_expression if name in item.names)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Several engines answering in one call, each different question asked once."""

    engines: tuple[Engine, ...]
    names: tuple[str, ...]
    asked: Any  # compiled: a list of answers
    places: tuple[tuple[tuple[str, int], ...], ...]  # for each engine: (id, place in the list)

    def answers(self, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The answers of each engine, as it would have given them itself."""
        try:
            said = self.asked.evaluate({name: facts[name] for name in self.names if name in facts})
        except RuntimeError:
            return [one.ask(facts) for one in self.engines]
        return [{code: said[at] for code, at in places} for places in self.places]


def bundle(engines: Sequence[Engine]) -> Bundle:
    """Engines compiled together, for going through many firms."""
    texts: dict[str, int] = {}
    places = []
    for one in engines:
        places.append(
            tuple((code, texts.setdefault(one.texts[key], len(texts))) for code, key in one.keys.items())
        )
    names = tuple(dict.fromkeys(name for one in engines for name in one.names))
    return Bundle(tuple(engines), names, compiled("[" + ", ".join(texts) + "]"), tuple(places))


def engine(version: Version, on: date, region: str = "") -> Engine:
    """The version compiled with the values that hold on the day in the place; compiled once for each set of values."""
    held = version.values_on(on, region)
    key = tuple(sorted((name, str(one.value)) for name, one in held.items()))
    found: Engine | None = version.engines.get(key)
    if found is None:
        found = version.engines[key] = _build(version, held)
    return found


def _build(version: Version, held: Mapping[str, BookValue]) -> Engine:
    plain = {name: one.value for name, one in held.items()}
    answers: dict[str, str] = {}
    details: dict[str, str] = {}
    keys: dict[str, str] = {}
    bounds: dict[str, Any] = {}
    names: dict[str, None] = {}

    def add(code: str, text: str, used: tuple[str, ...]) -> None:
        names.update(dict.fromkeys(used))
        if text:
            keys[code] = key = f"r{len(answers)}"
            answers[key] = with_values(text, plain)

    def detail(code: str, measure: Measure | None, bound: str, used: tuple[str, ...]) -> None:
        if code not in keys:
            return
        number = keys[code][1:]
        if measure is not None:
            details[f"t{number}"] = with_values(_guarded(measure.names, measure.top), plain)
            if measure.bottom:
                details[f"b{number}"] = with_values(_guarded(measure.names, measure.bottom), plain)
        if bound:
            details[f"k{number}"] = with_values(
                _guarded(tuple(n for n in names_in(bound) if n in used), bound), plain
            )

    for clause in version.clauses():
        own = (
            clause.names if clause.kind in ("compare", "test", "ask") else ()
        )  # the others' parts ask for their own
        add(clause.id, clause_text(clause), own + clause.when_names)
        if clause.kind == "compare":
            detail(clause.id, clause.measure, clause.bound, clause.names)
        if clause.kind == "score":
            bounds[clause.id] = compiled(with_values(clause.bound, plain)).evaluate({})
    items = {item.id: item for item in version.score_items()}
    for item in items.values():
        add(item.id, score_text(item), item.names if item.kind == "bands" else ())
        detail(item.id, item.measure, "", item.names)
    for hint in version.hints:
        add(hint.id, _guarded(hint.names, hint.when), hint.names)
    return Engine(
        version, held, tuple(names), keys, items, bounds, answers, details,
        _object(answers), _object({**answers, **details}),
    )  # fmt: skip


def _object(fields: Mapping[str, str]) -> Any:
    return compiled("{" + ", ".join(f"{key}: {text}" for key, text in fields.items()) + "}")
