"""The manual's example is code that runs."""

import re
from pathlib import Path

import pytest


@pytest.mark.parametrize("page", ["matching.md", "matching.zh-CN.md"])
def test_the_example_of_the_manual_runs_and_says_what_it_promises(
    repository: Path, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    manual = (repository / "docs" / page).read_text("utf-8")
    example = re.search(r"```python\n(.*?)```", manual, re.DOTALL)
    assert example is not None

    exec(compile(example.group(1), page, "exec"), {})

    said = capsys.readouterr().out
    assert "废水" in said
    assert "['印染废水膜法处理回用']" in said
