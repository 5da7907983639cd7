"""Works at a city's size, resampled from the measuring data: the title of one real document, two to five
sentences of others, seeded. For speed only; never quote a quality figure from it."""

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SENTENCE = re.compile(r"[^。！？；]{8,160}[。！？；]")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志远海波晓东文博思源"
_UNITS = (
    "大学",
    "农业大学",
    "理工大学",
    "科技学院",
    "材料研究所",
    "农业科学院",
    "机械有限公司",
    "新材料有限公司",
)
_PLACES = (
    "蚌埠",
    "合肥",
    "宁波",
    "营口",
    "大连",
    "沈阳",
    "吴忠",
    "银川",
    "呼和浩特",
    "南京",
    "武汉",
    "西安",
    "长春",
)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def resampled_works(shared: Path, count: int, seed: int = 20261122) -> Iterator[dict[str, Any]]:
    """`count` rows under the intake's own headings, the same ones every time."""
    papers = list(_read(shared / "data" / "corpus" / "papers.jsonl.gz"))
    patents = list(_read(shared / "data" / "corpus" / "patents.jsonl.gz"))
    sentences = [s for doc in (*papers, *patents) for s in _SENTENCE.findall(doc.get("abstract") or "")]
    units = [place + unit for place in _PLACES for unit in _UNITS]
    chance = random.Random(seed)
    people = [
        "".join((chance.choice(_SURNAMES), chance.choice(_GIVEN), chance.choice(_GIVEN)))
        for _ in range(20_000)
    ]
    titled = [p for p in papers if p.get("title")]
    for number in range(count):
        is_patent = chance.random() < 0.25
        base = chance.choice(patents if is_patent else titled)
        year = chance.randint(2012, 2026)
        row = {
            "产出类型": chance.choice(("发明专利", "实用新型专利")) if is_patent else "论文",
            "题名": base["title"],
            "摘要": "".join(chance.choices(sentences, k=chance.randint(2, 5))),
            "作者": "、".join(chance.sample(people, chance.randint(1, 4))),
            "单位": chance.choice(units),
            "编号": f"R{seed % 1000:03d}-{number:08d}",
            "日期": f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        }
        if is_patent and base.get("ipc"):
            row["IPC分类号"] = base["ipc"]
        if keywords := base.get("keywords"):
            row["关键词"] = "、".join(keywords) if isinstance(keywords, list) else str(keywords)
        yield row


def write_works(shared: Path, target: Path, count: int) -> Path:
    """The rows as .jsonl at `target`."""
    with target.open("w", encoding="utf-8") as file:
        for row in resampled_works(shared, count):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return target
