"""Reading a rule book from YAML or JSON. Everything wrong is refused with the place where it stands."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from keqiao.core.errors import BadInput
from keqiao.rules import expressions
from keqiao.rules.facts import AGES, NAMES, YEARS_BACK, of_year
from keqiao.rules.text import (
    Book,
    BookValue,
    Clause,
    Hint,
    Measure,
    Points,
    Route,
    Row,
    ScoreItem,
    Source,
    Version,
    digest_of,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPS: Final = (">=", ">", "<=", "<", "==", "!=")
_BANDS: Final = ("at_least", "above", "at_most", "below")
_CLAUSE: Final = _words(
    "id title measure op bound unit test ask expect score when any all if_missing if_zero article source verify note"
)
_SCORE: Final = _words(
    "id title most measure unit bands ask choices points sum best if_zero if_missing article source verify note"
)
_VALUE: Final = _words("title value unit article source verify note from to region")
_VERSION: Final = _words(
    "id title valid_from valid_to region source about verify values conditions scores routes hints note"
)
_FACT_NAMES: Final = frozenset(NAMES) | frozenset(AGES)


def _refuse(place: str, says: str) -> BadInput:
    return BadInput(f"{place}：{says}", code="rules.book", place=place)


def _only(raw: object, allowed: frozenset[str], place: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise _refuse(place, f"这里应是“名称: 内容”，现在是“{str(raw)[:40]}”。")
    for name in raw:
        if name not in allowed:
            raise _refuse(place, f"没有“{name}”这一项，可以写：{'、'.join(sorted(allowed))}。")
    return raw


def _need(raw: Mapping[str, Any], name: str, place: str) -> Any:
    if raw.get(name) in (None, ""):
        raise _refuse(place, f"缺少“{name}”。")
    return raw[name]


def _items(raw: object, place: str) -> list[Any]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise _refuse(place, "这里应是一张清单（每项以“-”开头）。")
    return raw


def _day(raw: object, place: str) -> date:
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise _refuse(place, f"“{raw}”不是日期，应写成 2026-04-01。") from None


def _decimal(raw: object, place: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise _refuse(place, f"“{raw}”不是数字。")
    try:
        found = Decimal(str(raw))
    except InvalidOperation:
        raise _refuse(place, f"“{raw}”不是数字。") from None
    if not found.is_finite():
        raise _refuse(place, f"“{raw}”不是数字。")
    return found


def _choice(raw: Mapping[str, Any], name: str, default: str, among: tuple[str, ...], place: str) -> str:
    found = str(raw.get(name, default))
    if found not in among:
        raise _refuse(place, f"“{name}”的值“{found}”不认识，可以写：{'、'.join(among)}。")
    return found


def _where(raw: Mapping[str, Any], source: str = "") -> Source:
    return Source(
        str(raw.get("article", "")),
        str(raw.get("source", source)),
        bool(raw.get("verify", False)),
        str(raw.get("note", "")),
    )


_KINDS: Final = {"flag": "是或否", "number": "数字", "text": "文字", "list": "一张清单"}
_FACT_SAMPLES: Final = {
    name: expressions.sample(fact.kind) for name, (fact, _) in NAMES.items()
} | dict.fromkeys(AGES, 3)


def _sampled(value: Any) -> Any:
    """A value of the book as the engine would see it."""
    if isinstance(value, Decimal):
        return float(value)
    return [_sampled(one) for one in value] if isinstance(value, tuple) else value


class _Reader:
    """Reads one version; knows the names its expressions may use."""

    def __init__(self, source: str, values: tuple[BookValue, ...]) -> None:
        self.source = source
        self.values = values
        self.value_names = value_names = frozenset(one.name for one in values)
        self.allowed = _FACT_NAMES | value_names
        self.samples = {**_FACT_SAMPLES, **{one.name: _sampled(one.value) for one in values}}
        self.ids: set[str] = set()
        self.scores: dict[str, ScoreItem] = {}

    def _id(self, raw: Mapping[str, Any], place: str) -> str:
        found = str(_need(raw, "id", place))
        if found in self.ids:
            raise _refuse(place, f"编号“{found}”用了两次。")
        self.ids.add(found)
        return found

    def _expression(self, raw: object, place: str, *wanted: str) -> tuple[str, tuple[str, ...]]:
        """The text and the facts it needs (names of values left out). wanted: what it must give; nothing = anything."""
        text = str(raw).strip()
        names = expressions.check(text, allowed=self.allowed, place=place)
        kind = expressions.kind_of(text, self.samples, place=place)
        if wanted and kind not in wanted:
            should = "或".join(_KINDS[one] for one in wanted)
            raise _refuse(place, f"表达式“{text}”得出的是{_KINDS[kind]}，这里应得出{should}。")
        return text, tuple(name for name in names if name not in self.value_names)

    def _years(self, raw: object, place: str) -> int:
        """A number of years, written as a number or as the name of a value that has one number."""
        if isinstance(raw, str) and raw in self.value_names:
            held = [one.value for one in self.values if one.name == raw]
            if len(held) != 1 or not isinstance(held[0], Decimal):
                raise _refuse(place, f"参数“{raw}”须只有一个数，才能作年数。")
            raw = held[0]
        return int(_decimal(raw, place))

    def measure(self, raw: object, place: str) -> Measure:
        if not isinstance(raw, Mapping):
            text, names = self._expression(raw, place, "number", "text")
            return Measure("plain", top=text, top_names=names)
        if "top" in raw:
            _only(raw, frozenset({"top", "bottom", "times"}), place)
            top, top_names = self._expression(raw["top"], place, "number")
            bottom, bottom_names = self._expression(_need(raw, "bottom", place), place, "number")
            times = int(_decimal(raw.get("times", 100), place))
            return Measure("ratio", top, bottom, times, top_names=top_names, bottom_names=bottom_names)
        _only(raw, frozenset({"compound_growth_of", "mean_growth_of", "years", "first_zero"}), place)
        kind = "compound" if "compound_growth_of" in raw else "mean"
        of = str(_need(raw, f"{kind}_growth_of", place))
        years = self._years(_need(raw, "years", place), place)
        known = NAMES.get(of)
        if known is None or not known[0].per_year or known[1]:
            raise _refuse(place, f"“{of}”不是按年度的数据，不能算增长率。")
        if not 1 <= years <= (YEARS_BACK if kind == "compound" else 3):
            raise _refuse(place, f"增长率的年数“{years}”不在可算的范围内。")
        series = [of_year(of, back) for back in range(years + 1)]
        first_zero = _choice(raw, "first_zero", "manual", ("manual", "skip"), place)
        if kind == "compound":
            return Measure(
                kind,
                series[0],
                series[-1],
                100,
                of,
                years,
                top_names=(series[0],),
                bottom_names=(series[-1],),
            )
        top, bottom = _mean_growth(series, skip=first_zero == "skip")
        return Measure("mean", top, bottom, 100, of, years, first_zero, tuple(series), tuple(series))

    def clause(self, raw: object, place: str) -> Clause:
        data = _only(raw, _CLAUSE, place)
        code = self._id(data, place)
        place = f"{place}（{code}）"
        kinds = [name for name in ("measure", "test", "ask", "score", "any", "all") if name in data]
        if len(kinds) != 1:
            raise _refuse(place, "条件须恰好写一种：measure、test、ask、score、any、all。")
        kind = kinds[0]
        when, when_names = (
            self._expression(data["when"], f"{place} when", "flag") if "when" in data else ("", ())
        )
        common: dict[str, Any] = {
            "id": code,
            "title": str(_need(data, "title", place)),
            "where": _where(data, self.source),
            "when": when,
            "when_names": when_names,
            "unit": str(data.get("unit", "")),
            "if_missing": _choice(
                data, "if_missing", "manual" if kind == "ask" else "unknown", ("unknown", "manual"), place
            ),
            "if_zero": _choice(
                data, "if_zero", "manual", ("manual", "unmet", "unknown", "not_applicable"), place
            ),
        }
        if kind in ("any", "all"):
            parts = tuple(
                self.clause(one, f"{place} 第{n}项") for n, one in enumerate(_items(data[kind], place), 1)
            )
            if not parts:
                raise _refuse(place, f"“{kind}”下面没有条件。")
            names = tuple(dict.fromkeys(name for one in parts for name in one.names))
            return Clause(kind=kind, parts=parts, names=names, **common)
        if kind == "ask":
            fact = str(data["ask"])
            known = NAMES.get(fact)
            if known is None or known[0].kind != "flag":
                raise _refuse(place, f"“{fact}”不是是非题。")
            return Clause(
                kind="ask", fact=fact, expect=bool(data.get("expect", True)), names=(fact,), **common
            )
        if kind == "test":
            text, names = self._expression(data["test"], place, "flag")
            return Clause(kind="test", text=text, names=names, **common)
        op = str(_need(data, "op", place))
        if op not in OPS:
            raise _refuse(place, f"比较号“{op}”不认识，可以写：{' '.join(OPS)}。")
        bound, bound_names = self._expression(_need(data, "bound", place), f"{place} bound")
        if kind == "score":
            item = self.scores.get(str(data["score"]))
            if item is None:
                raise _refuse(place, f"没有“{data['score']}”这项评分。")
            if bound_names:
                raise _refuse(place, "评分的界限只能是数字或参数。")
            return Clause(kind="score", score=item.id, op=op, bound=bound, names=item.names, **common)
        measure = self.measure(data["measure"], f"{place} measure")
        if measure.kind == "compound" and op not in (">=", ">"):
            raise _refuse(place, "复合增长率只能写不低于（>=）或高于（>）。")
        names = tuple(dict.fromkeys(measure.names + bound_names))
        return Clause(kind="compare", measure=measure, op=op, bound=bound, names=names, **common)

    def _points(self, raw: object, most: Decimal, place: str) -> Points:
        pair = raw if isinstance(raw, list) else [raw, raw]
        if len(pair) != 2:
            raise _refuse(place, "分数应是一个数，或 [最低, 最高]。")
        least, highest = (_decimal(one, place) for one in pair)
        if not 0 <= least <= highest <= most:
            raise _refuse(place, f"分数 {least}—{highest} 不在 0 到满分 {most} 之间。")
        return least, highest

    def _rows(self, raw: object, most: Decimal, place: str) -> tuple[tuple[Row, ...], tuple[str, ...]]:
        rows, names = [], list[str]()
        for n, one in enumerate(_items(raw, place), 1):
            here = f"{place} 第{n}档"
            data = _only(one, frozenset((*_BANDS, "is", "when", "otherwise", "points", "title")), here)
            how = [name for name in data if name not in ("points", "title")]
            if len(how) != 1:
                raise _refuse(
                    here, "每档写一个界限：at_least、above、at_most、below、is、when 或 otherwise。"
                )
            bound = str(data[how[0]])
            if how[0] in (*_BANDS, "when"):
                bound, used = self._expression(bound, here, "flag" if how[0] == "when" else "number")
                names += used
            rows.append(
                Row(how[0], bound, self._points(data.get("points"), most, here), str(data.get("title", "")))
            )
        if not rows or (rows[-1].how != "otherwise" and rows[0].how != "is"):
            raise _refuse(place, "最后一档须写 otherwise，才不会有落空的值。")
        return tuple(rows), tuple(names)

    def score(self, raw: object, place: str) -> ScoreItem:
        data = _only(raw, _SCORE, place)
        code = self._id(data, place)
        place = f"{place}（{code}）"
        most = _decimal(_need(data, "most", place), place)
        common: dict[str, Any] = {
            "id": code,
            "title": str(_need(data, "title", place)),
            "most": most,
            "where": _where(data, self.source),
            "unit": str(data.get("unit", "")),
            "if_zero": _choice(data, "if_zero", "none", ("none", "manual"), place),
        }
        inner = [name for name in ("sum", "best") if name in data]
        if inner:
            parts = tuple(
                self.score(one, f"{place} 第{n}项") for n, one in enumerate(_items(data[inner[0]], place), 1)
            )
            if not parts:
                raise _refuse(place, f"“{inner[0]}”下面没有评分项。")
            names = tuple(dict.fromkeys(name for one in parts for name in one.names))
            found = ScoreItem(kind=inner[0], parts=parts, names=names, **common)
        elif "ask" in data or "points" in data:
            fact = str(data.get("ask") or data["points"])
            known = NAMES.get(fact)
            kind = "ask" if "ask" in data else "points"
            if known is None or known[0].kind != {"ask": "text", "points": "points"}[kind]:
                raise _refuse(place, f"“{fact}”不能用在这里（ask 用文字事实，points 用分数事实）。")
            rows, _ = self._rows(data.get("choices"), most, place) if kind == "ask" else ((), ())
            common["if_missing"] = _choice(data, "if_missing", "manual", ("unknown", "manual"), place)
            found = ScoreItem(kind=kind, fact=fact, rows=rows, names=(fact,), **common)
        else:
            measure = self.measure(data["measure"], place) if "measure" in data else None
            rows, names = self._rows(data.get("bands"), most, place)
            if measure is None and any(one.how not in ("when", "otherwise") for one in rows):
                raise _refuse(place, "没有写 measure，各档只能用 when 和 otherwise。")
            common["if_missing"] = _choice(data, "if_missing", "unknown", ("unknown", "manual"), place)
            all_names = tuple(dict.fromkeys((measure.names if measure else ()) + names))
            found = ScoreItem(kind="bands", measure=measure, rows=rows, names=all_names, **common)
        self.scores[code] = found
        return found

    def route(self, raw: object, place: str) -> Route:
        data = _only(raw, _words("id title conditions article source verify note"), place)
        code = self._id(data, place)
        clauses = tuple(
            self.clause(one, f"{place}（{code}）第{n}条")
            for n, one in enumerate(_items(data.get("conditions"), place), 1)
        )
        if not clauses:
            raise _refuse(place, f"路径“{code}”下面没有条件。")
        return Route(code, str(_need(data, "title", place)), clauses, _where(data, self.source))

    def hint(self, raw: object, place: str) -> Hint:
        data = _only(raw, _words("id when says article source verify note"), place)
        text, names = self._expression(_need(data, "when", place), place, "flag")
        return Hint(
            self._id(data, place), text, str(_need(data, "says", place)), _where(data, self.source), names
        )


def _mean_growth(series: list[str], *, skip: bool) -> tuple[str, str]:
    """Mean of the yearly rates as one fraction: (s0/s1 + s1/s2 + …)/n − 1 = top/bottom. series: newest first."""
    count = len(series) - 1
    bottom = " * ".join(series[1:])
    terms = []
    for n in range(count):
        others = [series[n], *(series[m + 1] for m in range(count) if m != n)]
        terms.append(" * ".join(others))
    top = f"({' + '.join(terms)} - {count} * {bottom})"
    bottom = f"{count} * {bottom}"
    if skip and count > 1:
        shorter_top, shorter_bottom = _mean_growth(series[:-1], skip=False)
        top = f"({series[-1]} == 0 ? {shorter_top} : {top})"
        bottom = f"({series[-1]} == 0 ? {shorter_bottom} : {bottom})"
    return top, bottom


def _plain(raw: object, place: str) -> Decimal | str | bool | tuple[Any, ...]:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, list):
        return tuple(_plain(one, place) for one in raw)
    if isinstance(raw, int | float | Decimal):
        return _decimal(raw, place)
    return str(raw)


def _values(raw: object, source: str, place: str) -> tuple[BookValue, ...]:
    found = []
    if raw is not None and not isinstance(raw, Mapping):
        raise _refuse(place, "“values”应是“名称: 内容”，每个参数一项。")
    for name, given in (raw or {}).items():
        here = f"{place} 参数“{name}”"
        if name in _FACT_NAMES:
            raise _refuse(here, "与数据名称重名，请换一个名称。")
        if not str(name).isidentifier() or not str(name).isascii():
            raise _refuse(here, "参数名称只能用英文字母、数字和下划线。")
        for one in given if isinstance(given, list) else [given]:
            data = _only(one, _VALUE, here)
            if data.get("value") is None:
                raise _refuse(here, "缺少“value”。")
            value = _plain(data["value"], here)
            if any("'" in str(one) for one in (value if isinstance(value, tuple) else (value,))):
                raise _refuse(here, f"值“{data['value']}”不能含单引号。")
            found.append(
                BookValue(
                    name=str(name),
                    title=str(_need(data, "title", here)),
                    value=value,
                    unit=str(data.get("unit", "")),
                    where=_where(data, source),
                    since=_day(data["from"], here) if data.get("from") else None,
                    until=_day(data["to"], here) if data.get("to") else None,
                    region=str(data.get("region", "")),
                )
            )
    return tuple(found)


def parse_version(raw: object, book: str, place: str) -> Version:
    """One version. Raises BadInput naming the place."""
    data = _only(raw, _VERSION, place)
    code = str(_need(data, "id", place))
    place = f"{place}版本“{code}”"
    source = str(_need(data, "source", place))
    since = _day(_need(data, "valid_from", place), place)
    until = _day(data["valid_to"], place) if data.get("valid_to") else None
    if until is not None and until < since:
        raise _refuse(place, f"失效日期 {until} 早于生效日期 {since}。")
    values = _values(data.get("values"), source, place)
    reader = _Reader(source, values)
    scores = tuple(
        reader.score(one, f"{place} 评分第{n}项")
        for n, one in enumerate(_items(data.get("scores"), place), 1)
    )
    conditions = tuple(
        reader.clause(one, f"{place} 条件第{n}条")
        for n, one in enumerate(_items(data.get("conditions"), place), 1)
    )
    routes = tuple(
        reader.route(one, f"{place} 路径第{n}条")
        for n, one in enumerate(_items(data.get("routes"), place), 1)
    )
    hints = tuple(
        reader.hint(one, f"{place} 提示第{n}条") for n, one in enumerate(_items(data.get("hints"), place), 1)
    )
    if not conditions and not routes:
        raise _refuse(place, "没有一条条件。")
    version = Version(
        book=book, id=code, title=str(data.get("title", source)), valid_from=since, valid_to=until,
        region=str(data.get("region", "") or ""), source=source, about=str(data.get("about", "")), values=values,
        conditions=conditions, scores=scores, routes=routes, hints=hints, unverified=(), digest=digest_of(data), data=data,
    )  # fmt: skip
    object.__setattr__(version, "unverified", _unverified(version, data))
    return version


def _unverified(version: Version, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What the jurist has still to check: the version's own notes, then values, clauses and scores that say so."""
    notes = data.get("verify")
    found = [str(one) for one in notes] if isinstance(notes, list) else ([version.source] if notes else [])
    found += [one.title for one in version.values if one.where.verify]
    found += [one.title for one in version.clauses() if one.where.verify]
    found += [one.title for one in version.score_items() if one.where.verify]
    found += [one.title for one in version.routes if one.where.verify]
    return tuple(dict.fromkeys(found))


def parse_book(data: object) -> Book:
    """A book from plain data. Raises BadInput naming the place of what is wrong."""
    raw = _only(data, _words("name title about group versions"), "规则")
    name = str(_need(raw, "name", "规则"))
    versions = [
        parse_version(one, name, f"“{name}”")
        for one in _items(_need(raw, "versions", "规则"), "规则 versions")
    ]
    ids = [one.id for one in versions]
    for one in versions:
        if ids.count(one.id) > 1:
            raise _refuse(f"“{name}”", f"版本编号“{one.id}”用了两次。")
    versions.sort(key=lambda one: (one.valid_from, one.region, one.id))
    return Book(
        name,
        str(_need(raw, "title", "规则")),
        str(raw.get("about", "")),
        tuple(versions),
        str(raw.get("group", "")),
    )
