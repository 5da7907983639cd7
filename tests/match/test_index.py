"""The index as a folder that outlives processes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from keqiao_match import BadDoc, BadQuery, Doc, Index, IndexBusy, IndexExists, IndexMissing

WATER = Doc("W", "污水处理", facets={"field": ("07",)}, numbers={"amount": 3.0})


def made(folder: Path) -> Index:
    return Index.create(folder, facets=("field",), numbers=("amount",), keep_text=True)


def test_another_reader_sees_a_commit_without_being_told(tmp_path: Path) -> None:
    writing, reading = made(tmp_path / "i"), Index.open(tmp_path / "i")
    assert reading.search("污水").total == 0

    with writing.writer() as writer:
        writer.put(WATER)
    time.sleep(0.6)

    assert reading.search("污水").total == 1
    assert writing.search("污水").total == 1


def test_putting_the_same_id_again_replaces_and_removing_removes(tmp_path: Path) -> None:
    index = made(tmp_path / "i")
    with index.writer() as writer:
        writer.put(WATER)
        writer.put(Doc("W", "沼气发电"))
        writer.put(Doc("X", "别的"))
    with index.writer() as writer:
        writer.put(Doc("W", "沼气回收"))
        writer.remove("X")
        writer.remove("从未有过")

    assert index.search("").total == 1
    assert index.search("污水").total == 0
    assert [hit.title for hit in index.search("沼气").hits] == ["沼气回收"]


def test_an_exception_while_writing_leaves_the_last_commit(tmp_path: Path) -> None:
    index = made(tmp_path / "i")
    with index.writer() as writer:
        writer.put(WATER)

    with pytest.raises(BadDoc), index.writer() as writer:
        writer.put_all([Doc("W", "沼气发电"), Doc("X", "别的"), Doc("", "没有编号")])

    assert index.search("污水").total == 1
    with index.writer() as writer:
        writer.put(Doc("X", "之后还能写"))
    assert index.search("").total == 2


def test_a_killed_writer_leaves_the_last_commit_and_no_lock(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from keqiao_match import Doc, Index\n"
        "index = Index.create(sys.argv[1])\n"
        "writer = index.writer()\n"
        "for at in range(300): writer.put(Doc(str(at), f'第{at}号污水处理'))\n"
        "writer.commit()\n"
        "for at in range(300, 100000):\n"
        "    writer.put(Doc(str(at), f'第{at}号污水处理'))\n"
        "    if at == 900: print('going', flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "i")], stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "going\n"
        child.kill()

    index = Index.open(tmp_path / "i")
    assert index.search("污水").total == 300
    with index.writer() as writer:
        writer.put(Doc("new", "之后还能写"))
    assert index.search("").total == 301


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    index = made(tmp_path / "i")

    with index.writer(), pytest.raises(IndexBusy, match="同一时间只能有一个写入者"):
        Index.open(tmp_path / "i").writer()


def test_an_index_is_not_overwritten_and_a_missing_one_is_named(tmp_path: Path) -> None:
    made(tmp_path / "i")

    with pytest.raises(IndexExists, match="已有索引"):
        made(tmp_path / "i")
    with pytest.raises(IndexMissing, match="没有索引"):
        Index.open(tmp_path / "other")


def test_an_index_of_other_text_rules_asks_to_be_rebuilt(tmp_path: Path) -> None:
    made(tmp_path / "i")
    manifest = tmp_path / "i" / "keqiao_match.json"
    manifest.write_text(manifest.read_text("utf-8").replace('"text_rules": ', '"text_rules": 99'), "utf-8")

    with pytest.raises(IndexMissing, match="重建索引"):
        Index.open(tmp_path / "i")


@pytest.mark.parametrize(
    ("doc", "said"),
    [
        (Doc("", "无编号"), "编号"),
        (Doc("D7", "t", facets={"颜色": ("红",)}), "D7.*颜色"),
        (Doc("D7", "t", facets={"field": "07"}), "D7.*field"),  # type: ignore[dict-item]  # wrong on purpose
        (Doc("D7", "t", numbers={"amount": float("nan")}), "D7.*amount.*nan"),
        (Doc("D7", "t", numbers={"amount": "三万"}), "D7.*三万"),  # type: ignore[dict-item]  # wrong on purpose
    ],
)
def test_a_bad_document_is_named_with_the_mend(doc: Doc, said: str) -> None:
    index = Index.memory(facets=("field",), numbers=("amount",))

    with index.writer() as writer, pytest.raises(BadDoc, match=said):
        writer.put(doc)


def test_worker_processes_make_the_same_index(tmp_path: Path, achievements: list[Doc]) -> None:
    alone = Index.build(achievements)
    together = Index.build(achievements, path=tmp_path / "i", workers=2)

    for text in ("处理", "wjg", "PLA"):
        assert {hit.id for hit in alone.search(text).hits} == {hit.id for hit in together.search(text).hits}


def test_without_kept_texts_matching_asks_the_owner_of_the_texts(
    achievements: list[Doc], dyeing_demand: Doc
) -> None:
    index = Index.build(achievements, keep_text=False)
    by_id = {doc.id: doc for doc in achievements}

    with pytest.raises(BadQuery, match="load="):
        index.match(dyeing_demand)
    found = index.match(dyeing_demand, load=lambda ids: {key: by_id[key] for key in ids if key != "A6"})

    assert found[0].id == "A1"
    assert "A6" not in {match.id for match in found}


def test_the_engine_stands_without_django_and_the_site() -> None:
    check = "import sys, keqiao_match.cli; assert not {'django', 'keqiao'} & set(sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_private_names_are_found_only_by_those_who_may_look():
    index = Index.build(
        [
            Doc("1", "印染废水", private=("安徽华昌纺织有限公司",), facets={"reach": ("county",)}),
            Doc("2", "番茄采摘", facets={"reach": ("county",)}),
        ]
    )

    def found(text: str, private: dict[str, list[str]] | None) -> list[str]:
        return [hit.id for hit in index.search(text, private=private).hits]

    assert found("华昌", None) == []
    assert found("华昌", {}) == ["1"]
    assert found("hcfz", {}) == []
    assert found("ahhcfzyxgs", {}) == ["1"]
    assert found("华昌 废水", {"reach": ["county"]}) == ["1"]
    assert found("华昌", {"reach": ["elsewhere"]}) == []
    assert found("华昌", {"reach": []}) == []
