"""What whoever builds on an index may rely on, be it embedded or a cluster."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from keqiao_match import Doc, Index, SearchIndex, Writing

COMMITTING = """
import sys
from keqiao_match import Doc, Index
index = Index.open(sys.argv[1]) if Index.exists(sys.argv[1]) else Index.create(sys.argv[1], keep_text=True)
print("going", flush=True)
number = len(index)
while True:
    with index.writer(memory_mb=16) as writer:
        for at in range(number, number + 7):
            writer.put(Doc(str(at), f"第{at}号污水处理", (("摘要", "膜法处理" * 20),)))
    number += 7
    print(number, flush=True)
"""


def test_the_embedded_index_keeps_the_narrow_interface() -> None:
    index: SearchIndex = Index.memory()

    assert isinstance(index, SearchIndex)
    with index.writer() as writer:
        assert isinstance(writer, Writing)


def test_a_kill_at_any_moment_leaves_every_commit_that_was_told_of(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    told = 0
    for moment in (0.02, 0.2):
        with subprocess.Popen(
            [sys.executable, "-c", COMMITTING, str(folder)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            threading.Timer(moment, child.kill).start()
            for line in child.stdout:
                told = int(line)
        index = Index.open(folder)

        # What was committed but not told of yet may be there; half a commit never is
        assert len(index) in (told, told + 7)
        assert index.search("污水").total == len(index)
        assert len(index.match(Doc("?", "污水处理"), top=3)) == min(3, len(index))
        told = len(index)
    with Index.open(folder).writer() as writer:
        writer.put(Doc("之后", "还能写"))


def test_readers_are_not_held_up_by_a_writer_and_see_the_commit_within_two_seconds(tmp_path: Path) -> None:
    index = Index.build((Doc(str(n), f"第{n}号污水处理") for n in range(500)), path=tmp_path / "i")
    reader = Index.open(tmp_path / "i")

    with index.writer() as writer:
        writer.put(Doc("新", "沼气回收"))
        began = time.monotonic()
        assert reader.search("污水").total == 500
        assert reader.search("沼气").total == 0
        assert time.monotonic() - began < 1
        writer.commit()
        committed = time.monotonic()
        while not reader.search("沼气").total:
            assert time.monotonic() - committed < 2
            time.sleep(0.02)


def test_a_batch_sees_one_commit_from_its_first_demand_to_its_last(tmp_path: Path) -> None:
    index = Index.build([Doc("W", "污水处理")], path=tmp_path / "i")
    other = Index.open(tmp_path / "i")
    batch = index.match_many([Doc("一", "污水处理"), Doc("二", "污水处理")])

    first = next(batch)
    with other.writer() as writer:
        writer.put(Doc("W2", "污水处理"))
    time.sleep(0.6)
    second = next(batch)
    batch.close()

    assert [one.id for one in first[1]] == [one.id for one in second[1]] == ["W"]
    assert {one.id for one in index.match(Doc("三", "污水处理"))} == {"W", "W2"}


@pytest.mark.parametrize("top", [1, 20])
def test_the_quick_look_at_titles_loses_none_of_the_best(top: int) -> None:
    parts = ("膜", "法", "污水", "处理", "回用", "印染", "装置", "厌氧", "工艺", "药剂")
    docs = [
        Doc(
            f"D{n}",
            "".join(parts[(n * step + step) % 10] for step in (1, 3, 7)),
            (("摘要", parts[n % 7] + parts[n % 9]),),
        )
        for n in range(200)
    ]
    asked = Doc("?", "印染污水膜法处理", (("需求内容", "寻求厌氧工艺与回用装置。"),))
    index = Index.build(docs)

    quick = index.match(asked, top=top)
    whole = index.match(asked, top=200, candidates=200)

    assert [one.id for one in quick] == [one.id for one in whole][:top]
    assert [one.score for one in quick] == [one.score for one in whole][:top]


def test_a_commit_in_the_middle_of_a_batch_mixes_no_documents_up() -> None:
    """What was found before a commit is read as it was found: afterwards its addresses belong to other documents."""
    index = Index.memory()
    with index.writer() as writer:
        for at in range(30):
            writer.put(Doc(f"a{at}", f"高盐废水膜处理装置{at}型"))
    asked = [Doc(f"q{at}", "高盐废水膜处理装置") for at in range(3)]
    matches = index.match_many(asked, top=5)

    _, first = next(matches)
    with index.writer() as writer:
        for at in range(30):
            writer.remove(f"a{at}")
            writer.put(Doc(f"b{at}", f"苹果采摘机械{at}型"))
    _, second = next(matches)

    assert [one.id for one in second] == [one.id for one in first]
