"""`keqiao hall replay FILE`: anybody plays a published log again. Needs neither site nor database."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keqiao.core.errors import BadInput
from keqiao.hall.ledger import Played, amount_words, play, read_document

_MOST_BYTES = 64 * 2**20


def main(argv: Sequence[str]) -> int:
    """Exit status: 0 the log holds, 1 it does not, 2 it cannot be read."""
    arguments = _parser().parse_args(argv)
    try:
        number, entries = read_document(_read(arguments.file))
        played = play(number, entries)
        if arguments.head and arguments.head != played.last_hash:
            played.faults.append((0, f"末条摘要是 {played.last_hash}，与您手里的 {arguments.head} 不同"))
    except BadInput as refusal:
        sys.stderr.write(f"{refusal.message}\n")
        return 2
    sys.stdout.write(
        json.dumps(_as_dict(played), ensure_ascii=False, indent=1) + "\n" if arguments.json else told(played)
    )
    return 0 if played.holds else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keqiao hall", description="交易大厅")
    inner = parser.add_subparsers(dest="what", required=True, metavar="replay")
    one = inner.add_parser("replay", help="重放一份公开的交易日志：核对摘要链、回执、每次报价和结果")
    one.add_argument("file", metavar="FILE", help="从挂牌页面下载的日志（.json）；“-”表示从标准输入读")
    one.add_argument("--head", help="您此前记下的末条摘要，一并核对")
    one.add_argument("--json", action="store_true", help="输出 JSON")
    return parser


def _read(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else _text(Path(name))
        return json.loads(text)
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"文件 {name} 读不出来：{problem}", code="hall.log") from problem
    except (ValueError, RecursionError) as problem:
        raise BadInput(
            f"文件 {name} 不是 JSON：{problem}。请从挂牌页面重新下载。", code="hall.log"
        ) from problem


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise BadInput(f"文件 {path} 超过 {_MOST_BYTES // 2**20} MB，不像一份交易日志。", code="hall.log")
    return path.read_text(encoding="utf-8-sig")


def _as_dict(played: Played) -> dict[str, Any]:
    best = played.winner
    return {
        "listing": played.number, "holds": played.holds, "entries": played.entries, "last_hash": played.last_hash,
        "winner": {"alias": best.bidder, "amount": amount_words(best.amount or 0)} if best else None,  # type: ignore[arg-type]  # a bid that counts has an amount
        "result": dict(played.result) if played.result else None,
        "faults": [{"seq": seq, "message": words} for seq, words in played.faults],
    }  # fmt: skip


def told(played: Played) -> str:
    """The report for people."""
    lines = [f"{played.number}：日志 {played.entries} 条，末条摘要 {played.last_hash}"]
    if played.rules is not None:
        lines.append(f"规则：底价 {played.rules.floor:,} 元，加价幅度 {played.rules.step:,} 元")
    best = played.winner
    if best is not None:
        lines.append(f"按规则重放：{best.bidder} 以 {best.amount:,} 元居首")
    if played.result is not None:
        lines.append(f"公布的结果：{played.result.get('alias')} {played.result.get('amount')} 元")
    lines += [f"第 {seq} 条：{words}" if seq else words for seq, words in played.faults]
    lines.append(
        "核对通过：摘要链完整，回执、报价和结果都与规则一致。"
        if played.holds
        else f"核对不通过：{len(played.faults)} 处问题。"
    )
    return "\n".join(lines) + "\n"
