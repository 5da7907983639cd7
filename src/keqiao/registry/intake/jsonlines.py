"""Records as .jsonl: one JSON object a line, keys are field keys or Chinese headings."""

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from typing import Any

from keqiao.registry.intake.guards import Limits
from keqiao.registry.intake.packed import open_bytes
from keqiao.registry.intake.problems import Problem, error, shown, warning
from keqiao.registry.intake.refusals import BadFile, Place
from keqiao.registry.intake.sources import Cell, Line, Opener, Sheet

MAX_LINE = 4 << 20
_SAMPLE_LINES = 20_000
"""Lines whose keys become the columns; real files change their keys where one source ends and the next begins."""


def _no_constant(text: str) -> float:
    raise ValueError(text)


_DECODE = json.JSONDecoder(parse_constant=_no_constant).decode


def _raw_lines(open_file: Opener, name: str, limits: Limits) -> Generator[tuple[int, bytes], None, None]:
    """(number, line), blank lines counted and left out; an over-long line is cut, which makes it invalid."""
    number = 0
    with open_bytes(open_file, name, limits) as file:
        while line := file.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE:
                while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                    pass
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line


def _object(line: bytes) -> tuple[dict[str, Any], Problem | None]:
    """The object of a line, or why there is none."""
    try:
        value = _DECODE(line.decode("utf-8"))
    except UnicodeDecodeError:
        why = "不是 UTF-8 编码"
    except RecursionError:
        why = "括号嵌套太深"
    except ValueError as broken:
        why = (
            f"超过 {MAX_LINE >> 20} MB，太长"
            if len(line) >= MAX_LINE
            else f"不是合法的 JSON（{shown(broken)}）"
        )
    else:
        if isinstance(value, dict):
            return value, None
        why = "不是一个 JSON 对象（应以 { 开头，以 } 结尾）"
    return {}, error(
        "json.bad-line",
        f"这一行{why}。请改正：每行一个完整的 JSON 对象，UTF-8 编码。",
        value=line[:60],
    )


def _cell(value: Any) -> Cell:
    """A JSON value as a cell. A list of plain values is joined by line breaks, deeper ones raise TypeError."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return value
    if isinstance(value, list):
        return "\n".join("" if one is None else str(_cell(one)) for one in value)
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return str(value["text"])
    raise TypeError


def _lines(open_file: Opener, name: str, limits: Limits, headings: tuple[str, ...]) -> Iterator[Line]:
    places = {heading: index for index, heading in enumerate(headings)}
    width = len(headings)
    for number, raw in _raw_lines(open_file, name, limits):
        record, problem = _object(raw)
        if problem:
            yield Line(number, (), (problem,))
            continue
        cells: list[Cell] = [None] * width
        problems: list[Problem] = []
        for key, value in record.items():
            index = places.get(key)
            if index is None:
                if value not in (None, "", [], {}):
                    problems.append(_late_key(key, value))
                continue
            try:
                cells[index] = _cell(value)
            except (TypeError, ValueError, RecursionError):
                problems.append(_nested(key, index, value))
        yield Line(number, tuple(cells), tuple(problems))


def _late_key(key: str, value: Any) -> Problem:
    return warning(
        "json.late-key",
        f"“{shown(key)}”在文件开头 {_SAMPLE_LINES} 行里没有出现过，未读入。"
        "需要它的话，请在第一行写上这个键（值可为 null）。",
        value=value,
    )


def _nested(key: str, index: int, value: Any) -> Problem:
    return error(
        "json.nested",
        f"“{shown(key)}”的值是嵌套的对象，读不成一格。请写成文字、数字或文字列表。",
        column=index,
        value=value,
    )


def sheets(open_file: Opener, name: str, limits: Limits) -> list[Sheet]:
    """The one table of a .jsonl file; its columns are the keys of its first 20,000 objects."""
    keys: dict[str, None] = {}
    with closing(_raw_lines(open_file, name, limits)) as start:
        lines = list(islice(start, _SAMPLE_LINES))
    if not lines:
        raise BadFile("file.blank", f"文件“{name}”里没有任何内容。请确认导出成功后重新上传。")
    if lines[0][1].lstrip().startswith(b"["):
        raise BadFile(
            "json.array",
            f"文件“{name}”整个是一个 JSON 数组（以 [ 开头）。请改成 .jsonl：每行一个对象，不要外层的方括号和行尾逗号。",
            Place(row=lines[0][0]),
        )
    bad: Problem | None = None
    for _, line in lines:
        record, problem = _object(line)
        bad = bad or problem
        keys.update(dict.fromkeys(record))
    if not keys and bad:
        raise BadFile(
            "json.no-object",
            f"文件“{name}”开头 {len(lines)} 行都读不出来，第一处：{bad.message}",
            Place(row=lines[0][0]),
        )
    if len(keys) > limits.max_columns:
        raise BadFile(
            "columns.too-many",
            f"文件“{name}”的对象有 {len(keys)} 个不同的键，超过 {limits.max_columns} 个。请只留需要的字段后重新上传。",
        )
    headings = tuple(keys)
    return [
        Sheet(
            name="",
            lines=lambda: _lines(open_file, name, limits, headings),
            headings=headings,
            count_hint=_count_hint(open_file, name, lines),
        )
    ]


def _count_hint(open_file: Opener, name: str, lines: list[tuple[int, bytes]]) -> int | None:
    if name.lower().endswith(".gz"):
        return None
    with open_file() as file:
        size = file.seek(0, 2)
    return max(1, round(size * len(lines) / max(1, sum(len(line) for _, line in lines))))
