"""Writes the table of bad files into docs/bad-input.md: `python -m tests.registry.intake.bad_input_page`."""

from pathlib import Path

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
    return "\n".join([*lines, "", END])


def page(old: str) -> str:
    """The page with the section renewed; what others wrote around it stays."""
    if BEGIN in old and END in old:
        before, rest = old.split(BEGIN, 1)
        return before + section() + rest.split(END, 1)[1]
    return (old or _HEAD) + ("\n" if old else "") + section() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""), encoding="utf-8")
