"""The machine's proposals. Measured figures here are floors, a little under what was reached."""

import gzip
import io
import json
import random

import numpy as np
import pytest

from keqiao.codes import lists, tagging
from keqiao.codes.tagging import MODEL, build, propose


def codes(title, key, body="", top=3):
    return [proposal.code for proposal in propose(title, body, lists=(key,), top=top)]


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("小麦抗赤霉病新品种选育", "09"),
        ("电镀废水重金属处理技术", "07"),
        ("锂离子电池负极材料制备", "06"),
        ("5G 基站天线设计", "01"),
        ("抗肿瘤中药制剂的临床研究", "04"),
        ("轨道交通列车制动系统", "10"),
        ("装配式混凝土建筑抗震技术", "11"),
        ("数控机床主轴加工精度提升", "03"),
    ],
)
def test_a_plain_title_finds_its_field(title, field):
    assert codes(title, "field11")[0] == field


def test_a_proposal_says_which_words_made_it():
    first = propose("西瓜采摘机器人", "用于大棚西瓜的自动采摘", lists=("ipc",))[0]
    assert first.terms
    assert all(term in "西瓜采摘机器人\n用于大棚西瓜的自动采摘" for term in first.terms)
    assert 0 < first.score <= 1
    assert first.name == lists.label("ipc", first.code)


def test_a_text_that_says_nothing_gets_no_proposal():
    assert propose("", "") == []
    assert propose("!!!", "…… 123") == []


def test_proposed_codes_exist_and_each_list_answers_within_its_limit():
    found = propose("聚乳酸可降解薄膜", "用于农用地膜的聚乳酸改性材料", top=2)
    assert {proposal.list for proposal in found} == set(tagging.LISTS)
    assert all(lists.item(proposal.list, proposal.code) for proposal in found)
    assert all(sum(one.list == key for one in found) <= 2 for key in tagging.LISTS)


def test_the_same_text_gets_the_same_proposals():
    assert propose("秸秆还田机", "旋耕") == propose("秸秆还田机", "旋耕")


def test_the_shipped_model_is_what_the_lists_and_words_give(tmp_path):
    build(tmp_path / "model.gz")
    made, shipped = arrays(tmp_path / "model.gz"), arrays(MODEL)
    # The archive around the arrays differs between releases of Python, what is in them does not
    assert list(made) == list(shipped)
    assert [name for name in shipped if not np.array_equal(made[name], shipped[name])] == [], (
        "run: python -m django build_tagging"
    )


def arrays(path):
    with np.load(io.BytesIO(gzip.decompress(path.read_bytes()))) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def farm_patents(shared_dir):
    path = shared_dir / "data" / "corpus" / "patents.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("ipc")]
    return random.Random(11).sample(rows, 300)


def test_farm_patents_get_their_ipc_subclass_and_their_field_most_of_the_time(farm_patents):
    found = [propose(row["title"], row["abstract"], lists=("ipc", "field11")) for row in farm_patents]
    ipc = [[one.code for one in each if one.list == "ipc"] for each in found]
    field = [[one.code for one in each if one.list == "field11"] for each in found]
    assert sum(row["ipc"] in each for row, each in zip(farm_patents, ipc, strict=True)) / 300 > 0.58
    assert sum(row["ipc"] == each[0] for row, each in zip(farm_patents, ipc, strict=True)) / 300 > 0.42
    assert sum("09" in each for each in field) / 300 > 0.72
