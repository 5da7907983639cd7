"""Build the packed tables of `codes/data` from the published reference files."""

import csv
import gzip
import io
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from django.core.management.base import BaseCommand
from pypinyin import lazy_pinyin

from keqiao.codes.divisions import Level, parent_of
from keqiao.codes.packed import DATA, pack

DIVISION_SOURCE = "国家统计局统计用区划 2023"
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_CJK_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")


class Command(BaseCommand):
    """Rewrites the tables; the same input gives the same bytes."""

    help = "由公开的标准文件重建随附代码表（区划、行业、高新领域、学科、战新、IPC）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", type=Path, help="存放标准文件的目录")
        parser.add_argument("--out", type=Path, default=DATA, help="写到哪里，默认写回随附数据目录")

    def handle(self, *args: Any, **options: Any) -> None:
        reference: Path = options["reference"]
        out: Path = options["out"]
        tables = {
            "divisions.tsv.gz": division_rows(reference / "admin_divisions"),
            "gbt4754.tsv.gz": industry_rows(reference / "gbt4754_2017.tsv.gz"),
            "hitech.tsv.gz": hitech_rows(reference / "hitech_fields_2016.tsv.gz"),
            "gbt13745.tsv.gz": discipline_rows(reference / "gbt13745_2009.xlsx"),
            "strategic.tsv.gz": strategic_rows(reference / "strategic_emerging_2018_l2.tsv.gz"),
            "ipc.tsv.gz": ipc_rows(reference / "ipc_zh.tsv.gz"),
        }
        for name, rows in tables.items():
            self.stdout.write(f"{name}：{pack(out / name, rows)} 条")


def _lines(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield line.rstrip("\n").split("\t")


def division_rows(folder: Path) -> Iterator[tuple[str, ...]]:
    """code, name, level, parent, full_name, pinyin, source, virtual, '.' (so that every field has a tab after it)."""
    names: dict[str, str] = {}
    full_names: dict[str, str] = {}
    for level, name in (
        (Level.PROVINCE, "provinces"), (Level.CITY, "cities"), (Level.COUNTY, "areas"), (Level.TOWN, "streets"),
    ):  # fmt: skip
        text = gzip.decompress((folder / f"{name}.csv.gz").read_bytes()).decode("utf-8")
        for row in csv.DictReader(io.StringIO(text)):
            code, written = row["code"].ljust(12, "0"), row["name"].strip()
            if level is Level.COUNTY and row["code"].endswith("00"):
                continue  # 东莞, 中山, 儋州: the city again, one level lower, under the same twelve digits
            if level is Level.TOWN and row["code"].endswith("000"):
                continue  # 金门县 and the like: no towns are listed, the county stands in for them
            parent = parent_of(code)
            above = full_names.get(parent, "")
            placeholder = written in _PLACEHOLDERS
            own = (
                ""
                if placeholder or above.endswith(written)
                else written.removeprefix(names.get(parent, "") or "\0")
            )
            names[code] = written
            full_names[code] = above + own
            # Statistics number development zones 71-79 at county level; GB/T 2260 has none of them.
            virtual = placeholder or (level is Level.COUNTY and "71" <= code[4:6] <= "79")
            yield (
                code, written, str(int(level)), parent, full_names[code],
                "".join(lazy_pinyin(written)), DIVISION_SOURCE, "1" if virtual else "0", ".",
            )  # fmt: skip


def industry_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """GB/T 4754: code, parent, level, name, aliases."""
    for code, level, section, name in list(_lines(path))[1:]:
        parent = {"1": "", "2": section, "3": code[:2], "4": code[:3]}[level]
        yield code, parent, level, name.strip(), ""


def hitech_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """高新技术领域 with the dotted codes of the certificates; the running number is kept as an alias."""
    for code, level, parent, name in list(_lines(path))[1:]:
        yield _dotted(code), _dotted(parent) if parent else "", level, name.strip(), code


def _dotted(code: str) -> str:
    """10 -> 1, 102 -> 1.2, 10203 -> 1.2.3."""
    parts = [code[0], code[2:3] if len(code) > 2 else "", code[3:]]
    return ".".join(str(int(part)) for part in parts if part)


# Headings that the source table lacks although it lists what stands below them; 待核实, said so in lists_tables.yaml.
_DISCIPLINE_GAPS = {"850": "民族学与文化学", "85010": "民族学", "19035": "发展心理学", "32044": "口腔医学"}


def discipline_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """GB/T 13745: groups A-E, then 3, 5 and 7 digits; `520.20` is an alias of 52020."""
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    group = "E"
    rows = [*_DISCIPLINE_GAPS.items(), *list(sheet.iter_rows(min_row=2, max_col=2, values_only=True))]
    for raw, name, *_ in rows:
        code = str(raw).strip()
        if code.isalpha():
            group = code
            yield code, "", "1", str(name).strip(), ""
            continue
        level = {3: 2, 5: 3, 7: 4}[len(code)]
        parent = group if level == 2 else code[:-2]  # 850, the one gap at this level, is of the last group E
        dotted = ".".join([code[:3], *(code[at : at + 2] for at in range(3, len(code), 2))])
        yield code, parent, str(level), str(name).strip(), dotted if level > 2 else ""


def strategic_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """战略性新兴产业: 1 and 1.1."""
    for code, level, name in list(_lines(path))[1:]:
        yield code, code.rpartition(".")[0], level, name.strip(), ""


def ipc_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """IPC: section, class, subclass, group (…/00), subgroup. The dots of subgroups are not in the source."""
    for code, level, title in _lines(path):
        number = {"section": 1, "class": 2, "subclass": 3, "group": 4, "subgroup": 5}[level]
        parent = ("", "", code[:1], code[:3], code[:4], code.partition("/")[0] + "/00")[number]
        yield code, parent, str(number), _CJK_GAP.sub("", title).strip(), ""
