"""The self-contained report of `keqiao match`: one HTML file, readable anywhere, printable, no network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from keqiao.registry.intake.filedocs import FileList
from keqiao_match import Doc, Evidence, Match

_STYLE = (Path(__file__).parent / "filereport.css").read_text(encoding="utf-8")
_TONE = {"强相关": "strong", "较强相关": "fair", "弱相关": "weak"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A demand with its matches, best first."""

    demand: Doc
    matches: tuple[Match, ...]


def marked(text: str, terms: Sequence[str]) -> str:
    """The text escaped, with every occurrence of a term in <mark>; longer terms first, case ignored."""
    lower, taken = text.casefold(), [False] * len(text)
    if len(lower) != len(text):  # a letter that folds to two: mark nothing rather than the wrong place
        return escape(text)
    for term in sorted(terms, key=len, reverse=True):
        wanted, at = term.casefold(), 0
        while wanted and (at := lower.find(wanted, at)) >= 0:
            taken[at : at + len(wanted)] = [True] * len(wanted)
            at += len(wanted)
    pieces, start = [], 0
    for at in range(1, len(text) + 1):
        if at == len(text) or taken[at] != taken[start]:
            piece = escape(text[start:at])
            pieces.append(f"<mark>{piece}</mark>" if taken[start] else piece)
            start = at
    return "".join(pieces)


def write_report(
    path: Path, pairs: list[Pair], asked: FileList, pool: FileList, summary: dict[str, Any]
) -> None:
    """Write the report. About 10 KB a demand."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_report(pairs, asked, pool, summary))


def _report(pairs: list[Pair], asked: FileList, pool: FileList, summary: dict[str, Any]) -> Iterator[str]:
    yield (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>供需匹配报告</title>'
        f"<style>{_STYLE}</style></head><body><header><h1>科技供需匹配报告</h1>"
        f"<p>{escape(asked.name)} 的 <b>{summary['demands']:,}</b> 项需求，在 {escape(pool.name)} 的 "
        f'<b>{summary["achievements"]:,}</b> 项成果中匹配。{escape(summary["made_at"])} 生成。</p><ul class="tally">'
    )
    for grade, count in summary["grades"].items():
        if count:
            yield f'<li class="{_TONE.get(grade, "none")}"><b>{count}</b> 项需求的最佳匹配为{escape(grade)}</li>'
    yield (
        '</ul><p class="how">相关程度由词语、字面、主题等分项合成，按专业人员的判断校准；每一对都列出双方的原句，'
        '<mark>标出</mark>的是共同的术语。结论请以原文为准。</p></header><nav aria-label="需求目录"><h2>需求目录</h2><ol>'
    )
    for number, pair in enumerate(pairs, start=1):
        best = pair.matches[0].grade if pair.matches else "无匹配"
        yield (
            f'<li><a href="#d{number}">{escape(pair.demand.title)}</a>'
            f'<span class="grade {_TONE.get(best, "none")}">{best}</span></li>'
        )
    yield "</ol></nav><main>"
    for number, pair in enumerate(pairs, start=1):
        yield from _demand(number, pair, asked, pool)
    yield "</main></body></html>"


def _demand(number: int, pair: Pair, asked: FileList, pool: FileList) -> Iterator[str]:
    unit = asked.organisations.get(pair.demand.id, "")
    yield f'<article id="d{number}"><h2><small>{number}</small>{escape(pair.demand.title)}</h2>'
    if unit:
        yield f'<p class="unit">{escape(unit)}</p>'
    for label, text in pair.demand.fields[:3]:
        shown = text if len(text) <= 400 else text[:400] + "……"
        yield f'<p class="text"><small>{escape(label)}</small>{escape(shown)}</p>'
    if not pair.matches:
        yield '<p class="none">成果清单里没有与它有共同术语的成果。可以补充需求内容和技术指标后重新匹配。</p>'
    for match in pair.matches:
        yield from _match(match, pool.organisations.get(match.id, ""))
    yield "</article>"


def _match(match: Match, unit: str) -> Iterator[str]:
    tone = _TONE[match.grade]
    head = f'<span class="rank">{match.rank}</span><span class="name">{escape(match.title)}</span>'
    tail = f'<span class="grade {tone}">{match.grade}</span>'
    is_open = " open" if match.rank <= 2 and match.grade != "弱相关" else ""
    yield f'<details class="match {tone}"{is_open}><summary>{head}{tail}</summary>'
    yield f'<p class="unit">{escape(" · ".join(part for part in (match.id, unit) if part))}</p>'
    for one in match.evidence:
        yield _pair(one)
    parts = "".join(
        f'<li><span>{escape(p.name)}</span><meter min="0" max="1" value="{p.value:.3f}" aria-label="{escape(p.name)}">'
        f'</meter><span class="note">{escape(p.note)}</span></li>'
        for p in match.parts
        if p.value > 0
    )
    yield f'<ul class="parts">{parts}</ul>'
    if match.against:
        yield f'<p class="against">需要留意：{escape("；".join(match.against))}</p>'
    yield "</details>"


def _pair(one: Evidence) -> str:
    return (
        f'<div class="pair"><p><small>需求 · {escape(one.other_field)}</small>{marked(one.other_sentence.strip(), one.terms)}</p>'
        f"<p><small>成果 · {escape(one.field)}</small>{marked(one.sentence.strip(), one.terms)}</p></div>"
    )
