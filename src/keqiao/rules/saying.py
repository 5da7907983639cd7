"""A judgement in words: every condition with value, bound, margin and one sentence an officer would write."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any, Final

from keqiao.rules.facts import fact_of, title_of, unit_of
from keqiao.rules.judgement import (
    MANUAL,
    MET,
    NOT_APPLICABLE,
    UNKNOWN,
    UNMET,
    Condition,
    Judgement,
    Lack,
    Note,
    Score,
)
from keqiao.rules.settling import Settling
from keqiao.rules.text import Clause, Measure, ScoreItem

_OPS: Final = {">=": "不低于", ">": "高于", "<=": "不超过", "<": "低于", "==": "等于", "!=": "不等于"}
_SUM: Final = re.compile(r"\s*[a-z_0-9]+(\s*\+\s*[a-z_0-9]+)*\s*\Z")


def shown(value: Decimal | str | None, near: Decimal | str | None = None) -> str:
    """A number for people: at most two decimals, more when it would look equal to `near` and is not."""
    if not isinstance(value, Decimal):
        return "" if value is None else str(value)
    for digits in (2, 4, 6):
        text = format(round(value, digits), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        if not isinstance(near, Decimal) or value == near or Decimal(text) != near:
            break
    return "0" if text in ("-0", "") else text


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or isinstance(value, bool | str) else Decimal(str(value))


def _tidy(value: Decimal | None) -> Decimal | None:
    """Six decimals, more only where rounding would hide a difference."""
    if value is None:
        return None
    short = round(value, 6)
    return value if short == 0 != value else short.normalize() + 0


def _spaced(number: str, unit: str) -> str:
    return number + (unit if unit in ("%", "") else f" {unit}")


def _difference_unit(unit: str) -> str:
    return "个百分点" if unit == "%" else unit


@dataclass(frozen=True, slots=True)
class _Measured:
    top: Decimal | None
    bottom: Decimal | None
    value: Decimal | None
    unit: str


def _unit(measure: Measure, written: str) -> str:
    if written:
        return written
    if measure.kind != "plain":
        return "%" if measure.times == 100 else ""
    return unit_of(measure.top_names[0]) if measure.top_names else ""


def _measured(settling: Settling, code: str, measure: Measure, unit: str) -> _Measured:
    key = settling.engine.keys[code][1:]
    top, bottom = (_decimal(settling.details.get(f"{part}{key}")) for part in "tb")
    unit = _unit(measure, unit)
    if top is None or measure.kind == "plain":
        return _Measured(top, None, top, unit)
    if bottom is None or bottom <= 0:
        return _Measured(top, bottom, None, unit)
    with localcontext(prec=28):
        if measure.kind == "compound":
            value = _growth(top / bottom, measure.years)
        else:
            value = top * measure.times / bottom
    return _Measured(top, bottom, value, unit)


def _growth(ratio: Decimal, years: int) -> Decimal | None:
    """The yearly growth in percent, for showing; the comparison itself takes no roots."""
    if ratio < 0:
        return None
    if ratio == 0:
        return Decimal(-100)
    return (ratio ** (Decimal(1) / years) - 1) * 100


def _needed(clause: Clause, measured: _Measured, bound: Decimal) -> Lack | None:
    """By how much the counted fact falls short; only where one fact (or the current year of a sum) can be named."""
    measure = clause.measure
    if (
        measure is None
        or measured.top is None
        or clause.op not in (">=", ">", "<=")
        or not _SUM.match(measure.top)
    ):
        return None
    if measure.kind == "mean":
        return None
    target = bound
    if measure.kind == "ratio":
        target = bound * (measured.bottom or 0) / measure.times
    if measure.kind == "compound":
        target = (measured.bottom or Decimal(0)) * (1 + bound / 100) ** measure.years
    fact = fact_of(measure.top_names[0])
    if fact is None:
        return None
    step = Decimal(1) if fact[0].kind == "count" else Decimal("0.01")
    short = target - measured.top
    if clause.op == "<=":
        return Lack(
            measure.top_names[0], -((-short) / step).to_integral_value(ROUND_CEILING) * step, fact[0].unit
        )
    by = (short / step).to_integral_value(ROUND_CEILING) * step
    if by == short and clause.op == ">":
        by += step
    return Lack(measure.top_names[0], by, fact[0].unit)


class _Writer:
    """Puts one settled firm into words."""

    def __init__(self, settling: Settling, on: date) -> None:
        self.settling = settling
        self.year = on.year - 1
        self.facts = settling.facts
        self.conditions: list[Condition] = []
        self.scores: list[Score] = []

    def absent(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those not known; what the engine works out itself is traced to the fact it comes from."""
        found = (
            "founded_on" if name.startswith("age_") else name for name in names if name not in self.facts
        )
        return tuple(dict.fromkeys(found))

    def titles(self, names: tuple[str, ...]) -> str:
        return "、".join(f"“{title_of(name, self.year)}”" for name in names)

    def clause(self, clause: Clause, parent: str = "", route: str = "") -> None:
        outcome = self.settling.outcome(clause)
        base: dict[str, Any] = {
            "id": clause.id, "title": clause.title, "outcome": outcome, "kind": clause.kind,
            "article": clause.where.article, "source": clause.where.source, "parent": parent, "route": route,
            "unverified": clause.where.verify or self._values_unverified(clause), "unit": clause.unit, "op": clause.op,
        }  # fmt: skip
        if outcome in (UNKNOWN, MANUAL):
            base["missing"] = self._missing(clause)
        if outcome is NOT_APPLICABLE:
            base["says"] = f"{clause.title}：不适用。"
        elif clause.kind == "compare":
            base |= self._compared(clause, base)
        elif clause.kind == "score":
            base |= self._scored(clause, base)
        else:
            base |= self._told(clause, base)
        self.conditions.append(Condition(**base))
        for part in clause.parts:
            self.clause(part, parent=clause.id, route=route)

    def _values_unverified(self, clause: Clause) -> bool:
        held = self.settling.engine.values
        used = set(re.findall(r"[A-Za-z_]\w*", f"{clause.bound} {clause.text} {clause.when}"))
        return any(one.where.verify for name, one in held.items() if name in used)

    def _missing(self, clause: Clause) -> tuple[str, ...]:
        if clause.kind == "score":
            item = self.settling.engine.items[clause.score]
            open_ones = (
                one for one in item.walk() if not one.parts and self.settling.of(one.id).outcome is UNKNOWN
            )
            return tuple(dict.fromkeys(name for one in open_ones for name in self.absent(one.names)))
        if clause.kind in ("all", "any") and self.settling.answer(clause.id) is not None:
            return ()  # its parts say what they lack
        return self.absent(clause.when_names + clause.names)

    def _no_value(self, clause: Clause, base: dict[str, Any]) -> str:
        missing = base.get("missing", ())
        if self.settling.answer(clause.id) == "error":
            return f"{clause.title}：所用数据超出可计算的范围，须人工核对，多半是单位（万元）填错。"
        if missing:
            if clause.kind == "ask":
                return f"{clause.title}：还没有核对，须人工判断。"
            what = "须人工判断" if base["outcome"] is MANUAL else "请补充"
            return f"{clause.title}：没有{self.titles(missing)}，{what}。"
        return f"{clause.title}：须人工判断。"

    def _compared(self, clause: Clause, base: dict[str, Any]) -> dict[str, Any]:
        assert clause.measure is not None
        measured = _measured(self.settling, clause.id, clause.measure, clause.unit)
        said = self.settling.details.get(f"k{self.settling.engine.keys[clause.id][1:]}")
        bound = _decimal(said)
        outcome, value, unit = base["outcome"], measured.value, measured.unit
        found: dict[str, Any] = {
            "value": _tidy(value),
            "bound": bound if bound is not None else said,
            "unit": unit,
        }
        if self.settling.answer(clause.id) in ("zero", "negative"):
            why = "以前年度为零或有负数" if clause.measure.kind in ("compound", "mean") else "分母为零或负数"
            end = {UNMET: "按不满足处理", UNKNOWN: "请核对数据"}.get(outcome, "须人工判断")
            return found | {"value": None, "says": f"{clause.title}：{why}，不能计算，{end}。"}
        if value is None or bound is None or outcome in (UNKNOWN, MANUAL):
            return found | {"says": self._no_value(clause, base)}
        margin = None
        if clause.op not in ("==", "!="):
            margin = value - bound if clause.op in (">=", ">") else bound - value
        found["margin"] = _tidy(margin)
        wanted = f"要求{_OPS[clause.op]} {_spaced(shown(bound), unit)}"
        says = f"{clause.title} {_spaced(shown(value, bound), unit)}，{wanted}"
        if outcome is MET:
            if margin:
                says += f"，富余 {_spaced(shown(abs(margin), Decimal(0)), _difference_unit(unit))}"
            return found | {"says": says + "。"}
        lack = _needed(clause, measured, bound)
        if margin is not None:
            how = "差" if clause.op in (">=", ">") else "超出"
            says += f"，{how} {_spaced(shown(abs(margin), Decimal(0)), _difference_unit(unit))}"
        if lack is not None and clause.measure.kind != "plain":
            fact = fact_of(lack.fact)
            name = (fact[0].short or fact[0].title) if fact else lack.fact
            says += (
                f"（{name}再{'增加' if lack.by > 0 else '减少'} {_spaced(shown(abs(lack.by)), lack.unit)}）"
            )
        return found | {"lack": lack, "says": says + "。"}

    def _scored(self, clause: Clause, base: dict[str, Any]) -> dict[str, Any]:
        got, bound = self.settling.of(clause.score), Decimal(str(self.settling.engine.bounds[clause.id]))
        points = shown(got.least) if got.least == got.most else f"{shown(got.least)}—{shown(got.most)}"
        value: Decimal | str = got.least if got.least == got.most else points
        found: dict[str, Any] = {"value": value, "bound": bound, "unit": "分"}
        wanted = f"{clause.title} {points} 分，要求{_OPS[clause.op]} {shown(bound)} 分"
        outcome = base["outcome"]
        if outcome is MET:
            return found | {
                "margin": got.least - bound,
                "says": wanted + ("。" if got.least == got.most else "，最低分已达到。"),
            }
        if outcome is UNMET:
            return found | {
                "margin": got.most - bound,
                "says": f"{wanted}，差 {shown(abs(got.most - bound))} 分。",
            }
        if base.get("missing"):
            return found | {"says": f"{wanted}，还缺{self.titles(base['missing'])}。"}
        return found | {"says": f"{wanted}，取决于专家评分。"}

    def _told(self, clause: Clause, base: dict[str, Any]) -> dict[str, Any]:
        outcome = base["outcome"]
        if clause.kind in ("any", "all"):
            word = "任一项即可" if clause.kind == "any" else "须全部满足"
            return {"says": f"{clause.title}（{word}）：{outcome.label}。"}
        if outcome is MET:
            return {"says": f"{clause.title}：满足。", "value": self._only_value(clause)}
        if outcome is UNMET:
            return {"says": f"{clause.title}：不满足。", "value": self._only_value(clause)}
        return {"says": self._no_value(clause, base)}

    def _only_value(self, clause: Clause) -> Decimal | str | None:
        if len(clause.names) != 1:
            return None
        value = self.facts.get(clause.names[0])
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, list):
            return "、".join(map(str, value)) or "无"
        return _decimal(value) if isinstance(value, int | float) else value

    def score(self, item: ScoreItem, parent: str = "") -> None:
        got = self.settling.of(item.id)
        value: Decimal | str | None = None
        unit = item.unit
        if item.measure is not None:
            measured = _measured(self.settling, item.id, item.measure, item.unit)
            value, unit = measured.value, measured.unit
        elif item.fact and self.facts.get(item.fact) is not None and item.kind == "ask":
            value = str(self.facts[item.fact])
        self.scores.append(
            Score(
                id=item.id, title=item.title, least=got.least, most=got.most, full=item.most, outcome=got.outcome,
                value=_tidy(value) if isinstance(value, Decimal) else value, unit=unit, band=self._band(item, got.row, unit), article=item.where.article,
                source=item.where.source, unverified=item.where.verify, parent=parent, chosen=got.chosen,
                missing=self.absent(item.names) if got.outcome is not MET and not item.parts else (),
            )
        )  # fmt: skip
        for part in item.parts:
            self.score(part, parent=item.id)

    def _band(self, item: ScoreItem, row: int, unit: str) -> str:
        if row < 0:
            return ""
        one = item.rows[row]
        if one.title or one.how in ("is", "when"):
            return one.title or one.bound
        if one.how == "otherwise":
            return "其余"
        op = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}[one.how]
        held = self.settling.engine.values.get(one.bound)
        return f"{_OPS[op]} {_spaced(shown(held.value if held and isinstance(held.value, Decimal) else one.bound), unit)}"

    def experts(self) -> tuple[str, ...]:
        """What an expert has still to say for a score that decides something."""
        open_ones = {one.score for one in self.settling.engine.version.clauses() if one.kind == "score"}
        open_ones -= {code for code in open_ones if self.settling.of(code).outcome is MET}
        return tuple(n for one in self.scores if open_ones and one.outcome is MANUAL for n in one.missing)

    def notes(self) -> tuple[Note, ...]:
        hints = self.settling.engine.version.hints
        return tuple(
            Note(one.id, one.says, one.where.article, one.where.source)
            for one in hints
            if self.settling.answer(one.id) is True
        )


def written(settling: Settling, on: date) -> Judgement:
    """The judgement with all its sentences."""
    version = settling.engine.version
    writer = _Writer(settling, on)
    for clause in version.conditions:
        writer.clause(clause)
    for route in version.routes:
        for clause in route.clauses:
            writer.clause(clause, route=route.id)
    for item in version.scores:
        writer.score(item)
    whole, route_found = settling.whole()
    name = route_found.id if route_found else ""
    missing, asked = _open([one for one in writer.conditions if not name or one.route in ("", name)])
    return Judgement(
        book=version.book, version_id=version.id, version_digest=version.digest, on=on, outcome=whole,
        conditions=tuple(writer.conditions), scores=tuple(writer.scores), route=name, missing=missing,
        asked=tuple(dict.fromkeys(asked + (writer.experts() if whole in (MANUAL, UNKNOWN) else ()))),
        notes=writer.notes(), unverified=version.unverified,
    )  # fmt: skip


def _open(conditions: list[Condition]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(facts to fill in, facts to be judged by a person); parts of what is settled already are left out."""
    settled = {one.id for one in conditions if one.outcome in (MET, NOT_APPLICABLE)}
    for one in conditions:  # parents come before their parts
        if one.parent in settled:
            settled.add(one.id)
    open_ones = [one for one in conditions if one.id not in settled]
    missing = dict.fromkeys(name for one in open_ones if one.outcome is UNKNOWN for name in one.missing)
    asked = dict.fromkeys(name for one in open_ones if one.outcome is MANUAL for name in one.missing)
    return tuple(missing), tuple(asked)
