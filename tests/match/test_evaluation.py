"""The ranking against human judges, and the command that measures it."""

import json
from pathlib import Path

import numpy as np
import pytest

from keqiao_match import BadDoc, Calibration
from keqiao_match.calibrate import Pair, TitleCounts, features, fit, measure, ndcg, read_demands, read_pairs
from keqiao_match.cli import main
from keqiao_match.rarity import Rarity


def test_a_perfect_order_has_ndcg_one_and_a_reversed_one_less() -> None:
    levels = np.array([4, 3, 2, 1, 1, 1])

    assert ndcg(np.array([6.0, 5, 4, 3, 2, 1]), levels, [range(6)]) == pytest.approx(1)
    assert ndcg(np.array([1.0, 2, 3, 4, 5, 6]), levels, [range(6)]) < 0.6


def test_demands_with_few_judged_pairs_or_nothing_relevant_are_not_counted() -> None:
    levels = np.array([4, 1, 1, 1, 1, 1, 1])

    assert ndcg(np.arange(7.0), levels, [[0, 1], [2, 3, 4, 5, 6]]) == 0


def test_the_shipped_calibration_knows_its_grades() -> None:
    calibration = Calibration.shipped()

    assert [calibration.grade(score) for score in (0.0, calibration.grades[0], 1.0)] == [
        "弱相关",
        "较强相关",
        "强相关",
    ]
    assert calibration.level(0.0) == 1
    assert calibration.level(1.0) == 4


def halves(shared_dir: Path) -> tuple[list[Pair], list[Pair]]:
    """Judged pairs of two disjoint halves of the demands."""
    matching = shared_dir / "data" / "matching"
    demands = read_demands(matching / "demands.jsonl")
    pairs = read_pairs(matching / "labelled_pairs.jsonl", demands)
    names = sorted({pair.demand.id for pair in pairs})
    first = set(names[::2])
    return [p for p in pairs if p.demand.id in first], [p for p in pairs if p.demand.id not in first]


def test_on_demands_it_has_not_seen_the_model_beats_character_tfidf(shared_dir: Path) -> None:
    train, test = halves(shared_dir)
    rarity = Rarity(TitleCounts([*train, *test]))

    quality = measure(
        fit(features(train, rarity), np.array([p.level for p in train])), test, features(test, rarity)
    )

    assert quality.ndcg_at_10 > 0.655  # 0.650 is the TF-IDF figure of the data's README, over all demands
    assert quality.score > 0.68


def test_the_command_fits_on_one_file_and_reports_on_another(
    tmp_path: Path, shared_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = (few[:400] for few in halves(shared_dir))
    for name, pairs in (("train", train), ("test", test)):
        rows = [
            {"rid": p.demand.id, "aid": p.found.id, "level": p.level, "a_title_kw": p.found.title}
            for p in pairs
        ]
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    demands = str(shared_dir / "data" / "matching" / "demands.jsonl")
    files = ["--demands", demands, "--train", str(tmp_path / "train"), "--test", str(tmp_path / "test")]

    assert main(["evaluate", *files, "--json"]) == 0

    figures = json.loads(capsys.readouterr().out)
    assert set(figures) == {"ndcg@10", "score", "mae", "demands", "pairs"}
    assert figures["score"] == pytest.approx(1 / (1 + figures["mae"]))
    assert figures["pairs"] == 400
    assert figures["ndcg@10"] > 0.5


def test_the_command_names_the_line_that_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demands").write_text('{"rid": "1", "title": "题"}\n{"rid": \n', "utf-8")
    (tmp_path / "pairs").write_text("", "utf-8")
    pairs = str(tmp_path / "pairs")

    assert main(["evaluate", "--demands", str(tmp_path / "demands"), "--train", pairs, "--test", pairs]) == 2

    assert "第 2 行" in capsys.readouterr().err


def test_the_command_refuses_pairs_of_other_demands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demands").write_text('{"rid": "1", "title": "题"}\n', "utf-8")
    (tmp_path / "pairs").write_text('{"rid": "2", "aid": "a", "level": 1, "a_title_kw": "词"}\n', "utf-8")
    pairs = str(tmp_path / "pairs")

    assert main(["evaluate", "--demands", str(tmp_path / "demands"), "--train", pairs, "--test", pairs]) == 2

    assert "需求文件里没有它" in capsys.readouterr().err


GOOD = '{"rid": "1", "aid": "a", "level": 3, "a_title_kw": "词"}'


@pytest.mark.parametrize(
    ("second_line", "said"),
    [
        (
            b'{"rid": "1", "aid": "a", "level": "\xe5\xbc\xba", "a_title_kw": "x"}',
            "level 是 '强'。改为 1（无关）",
        ),
        (b'{"rid": "1", "aid": "a", "level": 9, "a_title_kw": "x"}', "level 是 9"),
        (b'{"rid": "1", "aid": "a", "level": true, "a_title_kw": "x"}', "level 是 True"),
        (b'{"rid": "1", "aid": "a", "a_title_kw": "x"}', "level 是 None"),
        (b'{"rid": "1", "aid": "a", "level": 3}', "缺少 a_title_kw"),
        (b'{"rid": 1, "aid": "a", "level": 3, "a_title_kw": "x"}', "rid 是 1，不是文字"),
        ('{"rid": "1", "aid": "a", "level": 3, "a_title_kw": "词"}'.encode("gb18030"), "不是 UTF-8"),
        (b'["1", "a", 3, "x"]', "不是一个 JSON 对象"),
        (b'{"rid": "1", "aid": ', "不是 JSON"),
    ],
)
def test_the_command_names_line_and_mend_of_a_pair_that_it_cannot_use(
    second_line: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demands").write_text('{"rid": "1", "title": "题"}\n', "utf-8")
    (tmp_path / "train").write_text(GOOD, "utf-8")
    (tmp_path / "test").write_bytes(f"{GOOD}\n".encode() + second_line)
    files = [f"--{name}={tmp_path / name}" for name in ("demands", "train", "test")]

    assert main(["evaluate", *files]) == 2

    told = capsys.readouterr().err
    assert f"{tmp_path / 'test'} 第 2 行" in told
    assert said in told


@pytest.mark.parametrize("empty", ["train", "test"])
def test_the_command_refuses_a_file_without_pairs(
    empty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demands").write_text('{"rid": "1", "title": "题"}\n', "utf-8")
    for name in ("train", "test"):
        (tmp_path / name).write_text("" if name == empty else GOOD, "utf-8")
    files = [f"--{name}={tmp_path / name}" for name in ("demands", "train", "test")]

    assert main(["evaluate", *files]) == 2

    assert f"{tmp_path / empty} 里没有供需对" in capsys.readouterr().err


def test_a_demand_whose_title_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "demands").write_text('{"rid": "1", "title": 7}\n', "utf-8")

    with pytest.raises(BadDoc, match="第 1 行的 title 是 7"):
        read_demands(tmp_path / "demands")


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "demands").write_text('{"rid": "1", "title": "题"}\n', "utf-8-sig")

    assert read_demands(tmp_path / "demands")["1"].title == "题"
