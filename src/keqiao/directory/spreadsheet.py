"""A directory as .xlsx: the two lists and the matches with their evidence."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from keqiao.directory.models import Directory
from keqiao.registry.intake.workbook import SheetPlan, Value, write_workbook


def write_directory(directory: Directory, out: Path | IO[bytes]) -> int:
    """Write the workbook; returns the rows in all sheets."""
    day = timezone.localdate(directory.published_at)
    note = f"编号 {directory.number}    发布单位 {directory.issuer}    发布日期 {day.year} 年 {day.month} 月 {day.day} 日"
    plans = []
    if directory.demands:
        plans.append(_demands(directory, note))
        if directory.match_count:
            plans.append(_matches(directory, note))
    if directory.achievements:
        plans.append(_achievements(directory, note))
    return write_workbook(plans, out, footer=f"{directory.number}  {directory.title}")


def named(line: dict[str, Any]) -> str:
    """The title, marked when it is a sample."""
    return f"{line['title']}（示例）" if line["is_sample"] else str(line["title"])


def _demands(directory: Directory, note: str) -> SheetPlan:
    headings = [
        "序号",
        "编号",
        "需求名称",
        "需求单位",
        "所在地",
        "技术领域",
        "需求内容",
        "技术指标",
        "合作方式",
        "预算",
        "完成时限",
        "匹配成果",
    ]
    widths = [6, 16, 20, 16, 13, 12, 36, 22, 10, 10, 11, 36]
    rows = (
        [
            at, one["number"], named(one), one["unit"], one["place"], one["fields"], one["content"], one["metrics"],
            one["modes"], one["budget"], one["due"],
            "\n".join(f"{n}. {m['title']}（{m['number']}，{m['grade']}）" for n, m in enumerate(one["matches"], start=1)),
        ]
        for at, one in enumerate(directory.demands, start=1)
    )  # fmt: skip
    return SheetPlan(
        "技术需求清单", headings, rows, title=f"{directory.title}（一）技术需求", note=note, widths=widths
    )


def _achievements(directory: Directory, note: str) -> SheetPlan:
    headings = [
        "序号",
        "编号",
        "成果名称",
        "完成单位",
        "所在地",
        "技术领域",
        "成果简介",
        "成熟度",
        "转化方式",
        "意向价格",
        "对应需求",
    ]
    widths = [6, 16, 26, 18, 13, 12, 56, 10, 12, 10, 16]
    rows = (
        [
            at, one["number"], named(one), one["unit"], one["place"], one["fields"], one["summary"], one["maturity"],
            one["modes"], one["price"], "\n".join(one["demands"]),
        ]
        for at, one in enumerate(directory.achievements, start=1)
    )  # fmt: skip
    return SheetPlan(
        "科技成果清单", headings, rows, title=f"{directory.title}（二）科技成果", note=note, widths=widths
    )


def _matches(directory: Directory, note: str) -> SheetPlan:
    headings = [
        "需求编号",
        "需求名称",
        "序",
        "成果编号",
        "成果名称",
        "成果单位",
        "相关程度",
        "成果原文依据",
        "对应的需求原文",
    ]
    return SheetPlan(
        "匹配依据",
        headings,
        _match_rows(directory),
        title=f"{directory.title}  匹配依据",
        note=note,
        widths=[16, 22, 5, 16, 24, 18, 10, 40, 40],
    )


def _match_rows(directory: Directory) -> Iterator[list[Value]]:
    for one in directory.demands:
        for at, match in enumerate(one["matches"], start=1):
            yield [
                one["number"], one["title"], at, match["number"], match["title"], match["unit"], match["grade"],
                match["theirs"], match["ours"],
            ]  # fmt: skip
