"""The command an officer runs on a file of firms."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from keqiao.rules.book import parse_book
from keqiao.rules.command import main
from keqiao.rules.shelf import names

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    path = tmp_path / "企业.json"
    path.write_text(block("json"), encoding="utf-8")
    return path


def test_the_documented_firm_is_a_tech_sme_with_88_points(
    firm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--book", "tech_sme", str(firm), "--on", "2026-07-15", "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    found = said["judgement"]
    assert (found["outcome"], found["route"], found["version_id"]) == ("met", "score", "tech_sme-2017")
    assert found["scores"][0]["least"] == "88"
    assert {"value", "bound", "margin", "unit", "article", "source", "says"} <= set(found["conditions"][2])


def test_the_documented_book_can_be_read() -> None:
    book = parse_book(yaml.safe_load(block("yaml")))

    assert [one.id for one in book.versions] == ["sample-2026"]
    assert book.versions[0].unverified == ("销售收入下限",)


@pytest.mark.django_db  # within the site, `current` looks for what officers have published
def test_the_documented_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block("python"), "docs/rules.md", "exec"), {})

    assert "满足 职工总数 80 人" in capsys.readouterr().out


def test_a_list_of_firms_gives_a_list_of_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "清单.json"
    path.write_text(json.dumps([{"id": 1, "facts": {"staff": 501}}, {"id": 2, "staff": 5}]), encoding="utf-8")

    status = main(["check", "--book", "tech_sme", str(path), "--on", "2026-07-15", "--json", "--strict"])

    said = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["judgement"]["outcome"]) for one in said] == [(1, "unmet"), (2, "unknown")]
    assert status == 1


def test_people_read_each_condition_with_its_article(firm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--book", "tech_sme", str(firm), "--on", "2026-07-15"]) == 0

    said = capsys.readouterr().out
    assert "[满足] 职工总数 80 人，要求不超过 500 人，富余 420 人。第六条（二）" in said
    assert "科技人员指标 20 分（满分 20）不低于 30%" in said


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "不是 JSON"),
        ("3", "第 1 家企业"),
        ('{"staff": "很多"}', "“职工总数”的值“很多”不是数字"),
        ('{"staff": 1.5}', "应是整数"),
        ('{"staff": -1}', "不能是负数"),
        ('{"founded_on": "去年"}', "不是日期"),
        ('{"sales": 12345678901234567}', "超过 15 位有效数字"),
        ('{"resident": "也许"}', "请填写“是”或“否”"),
        ('{"titles": 3}', "应是一张清单"),
    ],
)
def test_a_bad_file_is_refused_with_the_value_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, word: str
) -> None:
    path = tmp_path / "坏.json"
    path.write_text(content, encoding="utf-8")

    assert main(["check", "--book", "tech_sme", str(path)]) == 2
    assert word in capsys.readouterr().err


def test_a_day_without_a_rule_is_refused_with_the_versions_that_exist(
    firm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--book", "tech_sme", str(firm), "--on", "2016-01-01", "--json"]) == 2

    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "rules.version"
    assert "2017-05-03" in error["message"]


def test_the_shelf_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["books", "--json"]) == 0

    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == list(names())


def test_it_runs_without_django(firm: Path) -> None:
    program = (
        "import sys; from keqiao.__main__ import main; "
        f"code = main(['rules', 'check', '--book', 'all', {str(firm)!r}, '--json']); "
        "sys.exit(code or ('django' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
