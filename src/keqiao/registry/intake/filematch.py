"""keqiao match DEMANDS ACHIEVEMENTS --out DIR: two lists in, explained matches out. No site, no database.

Writes `matches.jsonl`, `report.html` (self-contained) and `双向清单.xlsx`; all three or none.
"""

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from keqiao.core.errors import KeqiaoError
from keqiao.registry.intake.filedocs import FileList, read_file
from keqiao.registry.intake.filereport import Pair, write_report
from keqiao.registry.intake.workbook import SheetPlan, write_workbook
from keqiao_match import Doc, Index, Match, MatchError

BEIJING = timezone(timedelta(hours=8))
LISTED = 3  # matches of a demand in the circulated list; all of them are in the .jsonl and the report


def main(argv: Sequence[str]) -> int:
    """The command. 0 done, 1 refused with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="keqiao match", description="两张清单进，带依据的匹配结果出。")
    parser.add_argument("demands", type=Path, metavar="需求文件", help=".xlsx .csv .jsonl .docx")
    parser.add_argument(
        "achievements", type=Path, metavar="成果文件", help=".xlsx .csv .jsonl .docx，.gz 亦可"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="目录", help="结果写入的目录")
    parser.add_argument("--top", type=int, default=10, help="每项需求列出几项成果，默认 10")
    options = parser.parse_args(list(argv))
    console = Console(stderr=True)
    if options.top < 1 or options.top > 100:
        console.print("--top 须在 1 到 100 之间。")
        return 1
    try:
        match_files(options.demands, options.achievements, options.out, top=options.top, console=console)
    except (KeqiaoError, MatchError) as error:
        console.print(f"[red]没有完成：[/red]{error}", highlight=False)
        return 1
    except OSError as error:
        console.print(
            f"[red]没有完成：[/red]{error.filename or ''} {error.strerror}。请检查路径和权限。",
            highlight=False,
        )
        return 1
    return 0


def match_files(
    demands: Path, achievements: Path, out: Path, *, top: int, console: Console
) -> dict[str, Any]:
    """Match the two files and write the three results into `out`. Returns the summary that is printed."""
    for path in (demands, achievements):
        if not path.is_file():
            raise FileNotFoundError(2, "没有这个文件", str(path))
    began = time.monotonic()
    asked_list, asked_docs = read_file(demands, "demand")
    pool_list, pool_docs = read_file(achievements, "achievement")
    asked = list(asked_docs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        reading = bar.add_task("读入成果", total=None)
        index = Index.build(_counted(pool_docs, lambda n: bar.update(reading, completed=n)), keep_text=True)
        bar.update(reading, total=pool_list.read)
        matching = bar.add_task("匹配需求", total=len(asked))
        pairs = []
        for doc in asked:
            pairs.append(Pair(doc, index.match(doc, top=top)))
            bar.advance(matching)
    summary = _summary(asked_list, pool_list, pairs)
    _write(out, pairs, asked_list, pool_list, summary)
    summary["seconds"] = round(time.monotonic() - began, 1)
    summary["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    _say(summary, asked_list, pool_list, out, console)
    return summary


def _counted(docs: Iterable[Doc], tell: Any) -> Iterator[Doc]:
    count = 0
    for doc in docs:
        yield doc
        count += 1
        if count % 500 == 0:
            tell(count)
    tell(count)


def _summary(asked: FileList, pool: FileList, pairs: list[Pair]) -> dict[str, Any]:
    best = [pair.matches[0].grade if pair.matches else "无" for pair in pairs]
    return {
        "demands": len(pairs),
        "achievements": pool.read - len(pool.missing),
        "grades": {grade: best.count(grade) for grade in ("强相关", "较强相关", "弱相关", "无")},
        "made_at": datetime.now(UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"),
        "demand_file": asked.name,
        "achievement_file": pool.name,
    }


def as_json(demand: Doc, matches: Sequence[Match]) -> dict[str, Any]:
    """One line of matches.jsonl."""
    return {
        "demand": demand.id,
        "title": demand.title,
        "matches": [
            {
                "achievement": m.id,
                "title": m.title,
                "rank": m.rank,
                "score": round(m.score, 4),
                "grade": m.grade,
                "parts": [
                    {"name": p.name, "value": round(p.value, 4), "weight": round(p.weight, 4), "note": p.note} for p in m.parts
                ],
                "evidence": [
                    {
                        "field": e.field, "sentence": e.sentence, "terms": list(e.terms),
                        "demand_field": e.other_field, "demand_sentence": e.other_sentence,
                    }
                    for e in m.evidence
                ],
                "against": list(m.against),
            }
            for m in matches
        ],
    }  # fmt: skip


def _write(out: Path, pairs: list[Pair], asked: FileList, pool: FileList, summary: dict[str, Any]) -> None:
    """Into a folder beside `out` first, then moved: an interrupted run leaves no half results."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".unfinished-") as name:
        draft = Path(name)
        with (draft / "matches.jsonl").open("w", encoding="utf-8") as file:
            for pair in pairs:
                file.write(json.dumps(as_json(pair.demand, pair.matches), ensure_ascii=False) + "\n")
        write_report(draft / "report.html", pairs, asked, pool, summary)
        _write_workbook(draft / "双向清单.xlsx", pairs, asked, pool, summary)
        for result in draft.iterdir():
            shutil.move(result, out / result.name)


def _write_workbook(
    path: Path, pairs: list[Pair], asked: FileList, pool: FileList, summary: dict[str, Any]
) -> None:
    note = f"共 {summary['demands']} 项需求，在 {summary['achievements']} 项成果中匹配；{summary['made_at']} 生成"
    list_rows = [
        (number, pair.demand.title, asked.organisations.get(pair.demand.id, ""), m.grade, m.title,
         pool.organisations.get(m.id, ""), _because(m), "；".join(m.against))
        for number, pair in enumerate(pairs, start=1)
        for m in pair.matches[:LISTED]
    ]  # fmt: skip
    reverse: dict[str, list[tuple[Doc, Match]]] = {}
    for pair in pairs:
        for m in pair.matches[:LISTED]:
            if m.grade != "弱相关":
                reverse.setdefault(m.id, []).append((pair.demand, m))
    ordered = sorted(reverse.values(), key=lambda rows: (-len(rows), -max(m.score for _, m in rows)))
    back_rows = [
        (
            number,
            m.title,
            pool.organisations.get(m.id, ""),
            demand.title,
            asked.organisations.get(demand.id, ""),
            m.grade,
            _because(m),
        )
        for number, rows in enumerate(ordered, start=1)
        for demand, m in sorted(rows, key=lambda row: -row[1].score)
    ]
    plans = [
        SheetPlan(
            "需求找成果", ("序号", "技术需求", "需求单位", "相关程度", "推荐成果", "完成单位", "依据", "需要留意"), list_rows,
            title="科技供需双向清单（一）需求找成果", note=note, widths=(6, 30, 18, 10, 34, 18, 60, 24),
        ),
        SheetPlan(
            "成果找需求", ("序号", "科技成果", "完成单位", "对应需求", "需求单位", "相关程度", "依据"), back_rows,
            title="科技供需双向清单（二）成果找需求", note=note + "；只列较强相关以上", widths=(6, 34, 18, 34, 18, 10, 60),
        ),
    ]  # fmt: skip
    write_workbook(plans, path, footer=f"需求：{asked.name}　成果：{pool.name}")


def _because(m: Match) -> str:
    """The best evidence in one cell: both sentences and the shared words."""
    if not m.evidence:
        return ""
    e = m.evidence[0]
    return f"需求：{e.other_sentence.strip()}\n成果：{e.sentence.strip()}\n共同：{'、'.join(e.terms)}"


def _say(summary: dict[str, Any], asked: FileList, pool: FileList, out: Path, console: Console) -> None:
    grades = "，".join(f"{grade} {count}" for grade, count in summary["grades"].items() if count)
    console.print(f"{summary['demands']} 项需求 × {summary['achievements']} 项成果，最佳匹配：{grades}。")
    for one in (asked, pool):
        if one.missing:
            rows = "、".join(map(str, one.missing[:5]))
            console.print(
                f"{one.name} 有 {len(one.missing)} 行没有名称，未参与匹配（第 {rows} 行{'等' if len(one.missing) > 5 else ''}）。"
            )
        if one.repeated:
            console.print(f"{one.name} 有 {one.repeated} 行编号重复，已按行号区分。")
    console.print(
        f"结果在 {out}：matches.jsonl、report.html、双向清单.xlsx。用时 {summary['seconds']} 秒，最大内存 {summary['peak_mb']} MB。"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
