"""`keqiao rules check`: firms against rule books from the command line. Needs neither site nor database."""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from keqiao.core.errors import BadInput, KeqiaoError
from keqiao.rules.facts import read_facts, title_of
from keqiao.rules.judging import Judgement, Outcome, judge
from keqiao.rules.shelf import names, shipped

MAX_BYTES: Final = 200 * 1024 * 1024
_BAD: Final = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keqiao rules", description="按规则判断企业：称号、评分、差距，逐条注明条款"
    )
    inner = parser.add_subparsers(dest="what", required=True, metavar="check|books|batch")
    one = inner.add_parser("check", help="检查一家企业或一张企业清单")
    one.add_argument("file", metavar="FILE.json", help="企业数据，格式见 docs/rules.md；“-”表示从标准输入读")
    one.add_argument(
        "--book", action="append", metavar="NAME", required=True, help="规则名称，可写多次；all 表示全部"
    )
    one.add_argument("--on", type=date.fromisoformat, help="按哪一天的规则判断，默认今天")
    one.add_argument("--region", default="", help="六位区划代码；不写时用企业数据里的 region")
    one.add_argument("--strict", action="store_true", help="有一家不满足时以状态 1 结束")
    one.add_argument("--json", action="store_true", help="输出 JSON")
    shelf = inner.add_parser("books", help="列出全部规则和版本")
    shelf.add_argument("--json", action="store_true", help="输出 JSON")
    inner.add_parser("batch", help="对登记的全部企业逐一判断，显示进度，可续跑（需要网站的数据库）")
    return parser


def _read(name: str) -> object:
    if name == "-":
        raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        path = Path(name)
        if not path.is_file():
            raise BadInput(f"没有找到文件“{name}”。请核对路径。", code="rules.file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadInput(f"文件“{name}”超过 {MAX_BYTES // 1024 // 1024} MB。请分成几份。", code="rules.file")
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput(f"文件“{name}”不是 UTF-8 编码。请另存为 UTF-8 后再试。", code="rules.file") from None
    except json.JSONDecodeError as refusal:
        raise BadInput(
            f"文件“{name}”不是 JSON：第 {refusal.lineno} 行第 {refusal.colno} 列读不下去。请核对。",
            code="rules.file",
        ) from None


def _firms(data: object) -> list[Mapping[str, Any]]:
    found: list[Any] = data if isinstance(data, list) else [data]
    for number, one in enumerate(found, 1):
        if not isinstance(one, Mapping):
            raise BadInput(
                f"第 {number} 家企业应是“名称: 值”的一组数据。请对照 docs/rules.md。", code="rules.file"
            )
    return found


def _judged(firm: Mapping[str, Any], book: str, on: date, region: str) -> dict[str, Any]:
    """One firm under one book: who it is, the judgement, and the names that were not used."""
    raw = firm["facts"] if isinstance(firm.get("facts"), Mapping) else firm
    facts, unused = read_facts({key: value for key, value in raw.items() if key not in ("id", "name")})
    version = shipped(book).on(on, region or str(facts.get("region") or ""))
    found = judge(version, facts, on=on)
    return {
        "id": firm.get("id", ""),
        "name": firm.get("name", ""),
        "version": version.title,
        "judgement": found,
        "unused": list(unused),
    }


def main(argv: list[str]) -> int:
    """Exit status: 0 checked, 1 with --strict when a firm does not meet a book, 2 the input cannot be used."""
    arguments = _parser().parse_args(argv)
    if arguments.what == "books":
        return _list_books(arguments.json)
    try:
        firms = _firms(_read(arguments.file))
        today = arguments.on or datetime.now(ZoneInfo("Asia/Shanghai")).date()
        books = list(names()) if arguments.book == ["all"] else arguments.book
        found = []
        for number, firm in enumerate(firms, 1):
            for book in books:
                if (
                    arguments.book == ["all"]
                    and shipped(book).find(today, _region(arguments.region, firm)) is None
                ):
                    continue
                try:
                    found.append(_judged(firm, book, today, arguments.region))
                except BadInput as refusal:
                    if len(firms) > 1:
                        refusal.message = f"第 {number} 家：{refusal.message}"
                    raise
    except KeqiaoError as refusal:
        if arguments.json:
            error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
            _print(json.dumps({"error": error}, ensure_ascii=False, indent=2))
        else:
            sys.stderr.write(refusal.message + "\n")
        return _BAD
    if arguments.json:
        plain = [one | {"judgement": one["judgement"].as_json()} for one in found]
        single = len(plain) == 1 and len(firms) == 1
        _print(json.dumps(plain[0] if single else plain, ensure_ascii=False, indent=2))
    else:
        _print("\n\n".join(_told(one) for one in found))
    failed = any(one["judgement"].outcome is Outcome.UNMET for one in found)
    return 1 if arguments.strict and failed else 0


def _region(asked: str, firm: Mapping[str, Any]) -> str:
    inner = firm.get("facts")
    return asked or str((inner if isinstance(inner, Mapping) else firm).get("region") or "")


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _told(one: Mapping[str, Any]) -> str:
    found: Judgement = one["judgement"]
    lines = [
        f"{one['name'] or '企业'}　{shipped(found.book).title}（{one['version']}，按 {found.on}）：{found.outcome.label}"
    ]
    for condition in found.conditions:
        depth = "    " if condition.parent else "  "
        mark = "（待核实）" if condition.unverified else ""
        lines.append(f"{depth}[{condition.outcome.label}] {condition.says}{condition.article}{mark}")
    if found.scores:
        lines.append("  评分：")
        lines += [
            f"    {score.title} {score.points} 分（满分 {score.full:f}）{score.band}"
            for score in found.scores
        ]
    lines += [f"  提示：{note.says}" for note in found.notes]
    if found.missing:
        lines.append("  待补数据：" + "、".join(title_of(name, found.on.year - 1) for name in found.missing))
    if one["unused"]:
        lines.append("  没有使用的名称：" + "、".join(one["unused"]))
    return "\n".join(lines)


def _list_books(as_json: bool) -> int:
    found = [
        {
            "name": name,
            "title": shipped(name).title,
            "versions": [
                {
                    "id": one.id,
                    "title": one.title,
                    "valid_from": str(one.valid_from),
                    "valid_to": str(one.valid_to) if one.valid_to else None,
                    "region": one.region,
                    "source": one.source,
                    "unverified": list(one.unverified),
                }
                for one in shipped(name).versions
            ],
        }
        for name in names()
    ]
    if as_json:
        _print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    for book in found:
        _print(f"{book['name']}  {book['title']}")
        for one in shipped(str(book["name"])).versions:
            until = f"至 {one.valid_to}" if one.valid_to else "起有效"
            place = f"，地区 {one.region}" if one.region else ""
            _print(f"    {one.id}  {one.source}，{one.valid_from} {until}{place}")
    return 0
