"""Writes the table of bad files into docs/bad-input.md: `python -m tests.registry.intake.bad_input_page`."""

import os
from pathlib import Path

import django

from tests.registry.intake.hostile import CASES, Case, Outcome, meet

PAGE = Path(__file__).resolve().parents[3] / "docs" / "bad-input.md"
BEGIN, END = "<!-- files: begin, written by tests.registry.intake.bad_input_page -->", "<!-- files: end -->"
_HEAD = """# 坏输入和它得到的话

什么样的文件会被拒绝或退回，系统怎么说。每一行都有测试：`tests/registry/intake/test_hostile.py` 现场造出这个文件，
比对代码和原话；本表由同一份用例生成，改了话要重新生成：`python -m tests.registry.intake.bad_input_page`。

“整个文件”表示一行也没有读；“这一行”表示只退回这一行，随退回表给出红格和批注；“提示”表示照常写入，请人看一眼。

"""


def _line(number: int, case: Case, outcome: Outcome) -> str:
    message = outcome.message.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
    return (
        f"| {number} | {case.shown} | `{case.file_name}` | {outcome.effect} | `{outcome.code}` | {message} |"
    )


def section() -> str:
    """The table between its two marks."""
    lines = [
        BEGIN,
        "",
        f"共 {len(CASES)} 种。",
        "",
        "| 序号 | 输入 | 文件名 | 结果 | 代码 | 系统的话 |",
        "|---|---|---|---|---|---|",
    ]
    for number, case in enumerate(CASES, start=1):
        outcome = next(one for one in meet(case) if one.code == case.code)
        lines.append(_line(number, case, outcome))
    return "\n".join([*lines, "", *_entrances(), "", END])


def _entrances() -> list[str]:
    """The second table: what single rooms add to the guards that all entrances share."""
    # here, not above: these rooms have models, and on the command line Django is set up only below
    from tests.registry.intake.entrances import ENTRANCES
    from tests.registry.intake.entrances import meet as meet_entrance

    lines = [
        "## 各业务入口的表",
        "",
        "打不开、伪装、炸弹、加密、编码等整个文件的毛病，各入口说的话与上表相同。下面是各入口自己的，"
        "测试在 `tests/registry/intake/test_entrances.py`。",
        "",
        "| 入口 | 输入 | 文件名 | 结果 | 代码 | 系统的话 |",
        "|---|---|---|---|---|---|",
    ]
    for case in ENTRANCES:
        outcome = next(one for one in meet_entrance(case) if case.says in one.message)
        message = outcome.message.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
        lines.append(
            f"| {case.room} | {case.shown} | `{case.file_name}` | {outcome.effect} | `{outcome.code}` | {message} |"
        )
    return lines


def page(old: str) -> str:
    """The page with the section renewed; what others wrote around it stays."""
    if BEGIN in old and END in old:
        before, rest = old.split(BEGIN, 1)
        return before + section() + rest.split(END, 1)[1]
    return (old or _HEAD) + ("\n" if old else "") + section() + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keqiao.settings")
    django.setup()
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""), encoding="utf-8")
