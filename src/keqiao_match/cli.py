"""The `keqiao-match` command: `evaluate` fits on one file of judged pairs and reports on another."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from keqiao_match.calibrate import (
    Quality,
    TitleCounts,
    chances_of,
    features,
    fit,
    measure,
    measure_chances,
    precedents_of,
    read_demands,
    read_pairs,
)
from keqiao_match.errors import MatchError
from keqiao_match.rarity import Rarity


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns 0, or 2 with a message on standard error when the input cannot be used."""
    parser = argparse.ArgumentParser(prog="keqiao-match", description="科技需求与成果的检索和匹配引擎。")
    commands = parser.add_subparsers(dest="command", required=True)
    evaluate = commands.add_parser("evaluate", help="用一组人工判定的供需对校准，在另一组上报告质量")
    evaluate.add_argument(
        "--demands", type=Path, required=True, metavar="文件", help="需求 .jsonl：rid title content"
    )
    evaluate.add_argument("--train", type=Path, required=True, metavar="文件", help="用于校准的供需对 .jsonl")
    evaluate.add_argument("--test", type=Path, required=True, metavar="文件", help="用于报告的供需对 .jsonl")
    evaluate.add_argument(
        "--without-precedents", action="store_true", help="只用各部分的权重，不参照用于校准的供需对本身"
    )
    evaluate.add_argument("--json", action="store_true", help="以 JSON 输出")
    given = parser.parse_args(arguments)
    try:
        quality = _evaluate(given.demands, given.train, given.test, learns=not given.without_precedents)
    except (MatchError, OSError) as error:
        reason = (
            f"打不开 {error.filename}（{error.strerror}）。" if isinstance(error, OSError) else str(error)
        )
        sys.stderr.write(f"不能评测：{reason}\n")
        return 2
    sys.stdout.write(json.dumps(_report(quality)) + "\n" if given.json else _table(quality))
    return 0


def _evaluate(demands_file: Path, train_file: Path, test_file: Path, *, learns: bool) -> Quality:
    demands = read_demands(demands_file)
    train, test = read_pairs(train_file, demands), read_pairs(test_file, demands)
    if not train:
        raise MatchError(f"{train_file} 里没有供需对，无法校准。")
    if not test:
        raise MatchError(f"{test_file} 里没有供需对，没有可报告的。")
    # The documents of both files are one pool, as in an index; levels of the test file are not looked at.
    rarity = Rarity(TitleCounts([*train, *test]))
    known, asked = features(train, rarity), features(test, rarity)
    calibration = fit(known, np.array([pair.level for pair in train]))
    if not learns:
        return measure(calibration, test, asked)
    precedents = precedents_of(calibration, train, known)
    return measure_chances(chances_of(precedents, calibration, test, asked), test)


def _report(quality: Quality) -> dict[str, float]:
    figures = asdict(quality)
    return {"ndcg@10": figures.pop("ndcg_at_10"), **figures}


def _table(quality: Quality) -> str:
    return (
        f"nDCG@10     {quality.ndcg_at_10:.4f}\n"
        f"Score       {quality.score:.4f}  (= 1 / (1 + MAE))\n"
        f"MAE         {quality.mae:.4f}\n"
        f"需求 {quality.demands} 条，供需对 {quality.pairs} 个\n"
    )
