"""A version as a table of the law: every requirement in words, and what differs between two versions. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from keqiao.rules.facts import NAMES, title_of, unit_of
from keqiao.rules.text import BookValue, Clause, Measure, Row, ScoreItem, Version

_OPS: Final = {">=": "不低于", ">": "高于", "<=": "不超过", "<": "低于", "==": "等于", "!=": "不等于"}
_BANDS: Final = {"at_least": "不低于", "above": "高于", "at_most": "不超过", "below": "低于"}
_WORD: Final = re.compile(r"'[^']*'|[A-Za-z_]\w*|[<>=!]=|[<>*]")
_SIGNS: Final = {"and": "且", "or": "或", "not": "不是", "in": "属于", "true": "是", "false": "否",
                 ">=": "≥", "<=": "≤", "==": "=", "!=": "≠", "*": "×"}  # fmt: skip
_CHOICE: Final = re.compile(r"(.+?) \? (.+?) : (.+)")
_IN: Final = re.compile(r"(?P<not>not )?\(?'(?P<code>\w+)' in (?P<name>\w+)(?(not)\))")
_STARTS: Final = re.compile(r"startsWith\((?P<name>\w+), *(?P<start>'\w+'|\w+)\)")
_DOCUMENT: Final = re.compile(r"（([^（）]*〔\d+〕[^（）]*)）")
TITLES: Final = {
    "tech_sme": "科技型中小企业",
    "innovative_sme": "创新型中小企业",
    "hnte": "高新技术企业",
    "hnte_nursery": "高企培育入库",
    "srdi": "专精特新中小企业",
    "giant": "专精特新“小巨人”",
    "eagle": "雏鹰企业",
    "gazelle": "瞪羚企业",
    "unicorn": "独角兽企业",
    "technology_demonstration": "技术创新示范企业",
    "ip_advantage": "知识产权优势或示范企业",
    "provincial": "省部级",
    "national": "国家级",
    "city": "市级",
    "general": "一般企业",
    "manufacturing": "制造业企业",
    "ic": "集成电路企业",
    "machine_tool": "工业母机企业",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. depth: 0 = a requirement, 1 and more = a part of one. group: conditions, a route, scores."""

    id: str
    title: str
    wants: str
    article: str
    source: str
    verify: bool
    note: str = ""
    depth: int = 0
    group: str = ""
    group_title: str = ""

    @property
    def document(self) -> str:
        """The short name of the source."""
        return short_source(self.source)


def number(value: Any) -> str:
    """A value of the book for people: 20000 → 2万 is not done; figures stay as the law writes them."""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, tuple | list):
        return "、".join(map(number, value))
    return "是" if value is True else "否" if value is False else str(value)


def _amount(value: str, unit: str) -> str:
    return value + (unit if unit in ("", "%") else f" {unit}")


def _titles(match: re.Match[str]) -> str:
    """'hnte' in titles → “有效称号”含“高新技术企业”."""
    code, name = match.group("code"), match.group("name")
    has = "不含" if match.group("not") else "含"
    return f"{title_of(name)}{has}“{TITLES.get(code, code)}”"


def in_words(text: str, values: Mapping[str, BookValue]) -> str:
    """An expression with Chinese names: “销售收入 ≤ 5000 万元”."""

    def word(match: re.Match[str]) -> str:
        token = match.group()
        if token.startswith("'"):
            return TITLES.get(token.strip("'"), token.strip("'"))
        if token in values:
            return _amount(number(values[token].value), values[token].unit)
        if token in NAMES or unit_of(token):
            return title_of(token)
        return _SIGNS.get(token, token)

    def starts(match: re.Match[str]) -> str:
        held = values.get(match["start"])
        start = number(held.value) if held is not None else match["start"].strip("'")
        return f"{title_of(match['name'])}以 {start} 开头"

    text = _STARTS.sub(starts, text)
    choice = _CHOICE.fullmatch(text)
    if choice is not None:
        condition, then, other = (in_words(one.strip(), values) for one in choice.groups())
        rest = other if _CHOICE.fullmatch(choice[3]) else f"其余 {other}"
        return f"{condition}的 {then}；{rest}"
    return _WORD.sub(word, _IN.sub(_titles, text))


def _summed(text: str, values: Mapping[str, BookValue]) -> str:
    """The same fact of several years in a row reads “近3年…合计”."""
    names = text.split(" + ")
    known = [NAMES.get(name) for name in names]
    facts = {one[0].name for one in known if one is not None}
    if (
        len(names) > 1
        and len(facts) == 1
        and [one[1] for one in known if one is not None] == list(range(len(names)))
    ):
        return f"近{len(names)}年{title_of(names[0])}合计"
    return in_words(text, values)


def short_source(source: str) -> str:
    """国科发火〔2016〕195号 out of the full title; the title where it has no number."""
    found = _DOCUMENT.search(source)
    return found[1] if found else source


def measured(measure: Measure, values: Mapping[str, BookValue]) -> str:
    """What is measured, in words."""
    if measure.kind == "plain":
        return _summed(measure.top, values)
    if measure.kind == "ratio":
        times = "" if measure.times in (1, 100) else f" × {measure.times}"
        ends = (_summed(one, values) for one in (measure.top, measure.bottom))
        return " ÷ ".join(f"（{one}）" if " + " in one else one for one in ends) + times
    kind = "复合" if measure.kind == "compound" else "平均"
    return f"{title_of(measure.of)}{measure.years}年{kind}增长率"


def wants(clause: Clause, version: Version, values: Mapping[str, BookValue]) -> str:
    """The requirement in words."""
    prefix = f"{in_words(clause.when, values)}的：" if clause.when else ""
    if clause.kind == "compare" and clause.measure is not None:
        held = values.get(clause.bound)
        unit = clause.unit or ("%" if clause.measure.times == 100 and clause.measure.kind != "plain" else "")
        bound = _amount(number(held.value), held.unit) if held else in_words(clause.bound, values)
        if held is None and clause.bound.isdigit():
            unit = unit or (unit_of(clause.measure.top_names[0]) if clause.measure.top_names else "")
            bound = _amount(clause.bound, unit)
        colon = "：" if "；" in bound else " "
        return f"{prefix}{measured(clause.measure, values)} {_OPS[clause.op]}{colon}{bound}"
    if clause.kind == "score":
        title = next((one.title for one in version.score_items() if one.id == clause.score), clause.score)
        held = values.get(clause.bound)
        bound = number(held.value) if held else clause.bound
        return f"{prefix}{title} {_OPS[clause.op]} {bound} 分"
    if clause.kind == "ask":
        return f"{prefix}核对“{title_of(clause.fact)}”为{'是' if clause.expect else '否'}"
    if clause.kind == "test":
        return prefix + in_words(clause.text, values)
    return prefix + ("任一项即可" if clause.kind == "any" else "须全部满足")


def _band(row: Row, item: ScoreItem, values: Mapping[str, BookValue]) -> str:
    least, most = (number(one) for one in row.points)
    points = least if least == most else f"{least}—{most}"
    if row.how == "otherwise":
        return f"{row.title or '其余'}：{points} 分"
    if row.title or row.how in ("is", "when"):
        return f"{row.title or in_words(row.bound, values)}：{points} 分"
    held = values.get(row.bound)
    bound = number(held.value) if held else row.bound
    unit = item.unit or (
        "%" if item.measure is not None and item.measure.times == 100 and item.measure.kind != "plain" else ""
    )
    return f"{_BANDS[row.how]} {bound}{unit}：{points} 分"


def _score_wants(item: ScoreItem, values: Mapping[str, BookValue]) -> str:
    if item.kind == "sum":
        return f"各项相加，最高 {number(item.most)} 分"
    if item.kind == "best":
        return f"取高者，最高 {number(item.most)} 分"
    if item.kind == "points":
        return f"自评或专家给分，最高 {number(item.most)} 分"
    what = f"{measured(item.measure, values)}。" if item.measure is not None else ""
    return what + "；".join(_band(row, item, values) for row in item.rows)


def lines(version: Version, on: date | None = None, region: str = "") -> list[Line]:
    """The version from top to bottom: common conditions, routes, scores, hints."""
    values = version.values_on(on or version.valid_from, region or version.region)
    found: list[Line] = []

    def clause(one: Clause, depth: int, group: str, title: str) -> None:
        verify = one.where.verify or any(
            values[n].where.verify
            for n in values
            if re.search(rf"\b{n}\b", f"{one.bound} {one.when} {one.text}")
        )
        found.append(
            Line(
                one.id,
                one.title,
                wants(one, version, values),
                one.where.article,
                one.where.source,
                verify,
                one.where.note,
                depth,
                group,
                title,
            )
        )
        for part in one.parts:
            clause(part, depth + 1, group, title)

    def score(one: ScoreItem, depth: int) -> None:
        said = _score_wants(one, values)
        found.append(
            Line(
                one.id,
                one.title,
                said,
                one.where.article,
                one.where.source,
                one.where.verify,
                one.where.note,
                depth,
                "scores",
                "评分",
            )
        )
        for part in one.parts:
            score(part, depth + 1)

    for top in version.conditions:
        clause(top, 0, "conditions", "须全部满足" if version.routes else "条件（须全部满足）")
    for route in version.routes:
        for top in route.clauses:
            clause(top, 0, f"route:{route.id}", f"路径：{route.title}")
    for item in version.scores:
        score(item, 0)
    for hint in version.hints:
        found.append(
            Line(
                hint.id,
                "提示",
                f"{in_words(hint.when, values)}：{hint.says}",
                hint.where.article,
                hint.where.source,
                hint.where.verify,
                hint.where.note,
                0,
                "hints",
                "提示（不影响结论）",
            )
        )
    return found


def _short(group: str) -> str:
    return group.split("（")[0].replace("须全部满足", "条件")


def differences(old: Version, new: Version) -> list[dict[str, str]]:
    """What a reader must know: {label, old, new} for values, conditions and scores that differ; empty when none does."""
    found = []
    for label, before, after in (
        ("生效日期", str(old.valid_from), str(new.valid_from)),
        ("失效日期", str(old.valid_to or ""), str(new.valid_to or "")),
        ("地区", old.region, new.region),
        ("来源", old.source, new.source),
    ):
        if before != after:
            found.append({"label": label, "old": before, "new": after})
    held = {one.name: one for one in old.values}, {one.name: one for one in new.values}
    for name in dict.fromkeys([*held[0], *held[1]]):
        ends = [side.get(name) for side in held]
        said = [
            _amount(number(one.value), one.unit) + ("（待核实）" if one.where.verify else "") if one else ""
            for one in ends
        ]
        title = next(one.title for one in reversed(ends) if one is not None)
        if said[0] != said[1]:
            found.append({"label": f"参数：{title}", "old": said[0], "new": said[1]})
    tables = {one.id: one for one in lines(old)}, {one.id: one for one in lines(new)}
    for code in dict.fromkeys([*tables[0], *tables[1]]):
        pair = [side.get(code) for side in tables]
        said = [f"{one.title}：{one.wants}" if one else "" for one in pair]
        if said[0] != said[1]:
            found.append(
                {
                    "label": f"{_short(next(one.group_title for one in reversed(pair) if one))} {code}",
                    "old": said[0],
                    "new": said[1],
                }
            )
    return found
