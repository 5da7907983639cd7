"""The command a seller or a registrar runs on one file."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from keqiao.contract.command import main
from keqiao.contract.reading import READERS

DOCS = Path(__file__).parents[2] / "docs" / "contracts.md"


def example() -> str:
    found = re.search(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "合同.json"
    path.write_text(example(), encoding="utf-8")
    return path


def test_the_documented_example_is_registrable_and_its_sums_are_exact(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(contract), "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert {"class", "amounts", "findings", "verdict"} <= set(said)
    assert (said["class"], said["verdict"], said["rules"]) == ("DEV", "registrable", "CN-2026")
    assert said["amounts"]["tech_amount"] == 880000
    assert all({"code", "level", "article", "message"} <= set(one) for one in said["findings"])


def test_every_field_that_can_be_read_is_in_the_manual() -> None:
    manual = DOCS.read_text(encoding="utf-8")
    aliases = {"declared_class": "class", "field11": "field"}
    missing = [name for name in READERS if f"`{aliases.get(name, name)}`" not in manual]
    assert missing == []


def test_it_runs_without_django(contract: Path) -> None:
    program = (
        "import sys; from keqiao.__main__ import main; "
        f"code = main(['contracts', 'check', {str(contract)!r}, '--json']); "
        "sys.exit(code or ('django' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "field", "word"),
    [
        ('{"total_amount": "12万元"}', "total_amount", "12万元"),
        ('{"total_amount": 0.001}', "total_amount", "两位小数"),
        ('{"total_amount": 1e400}', "total_amount", "有限"),
        ('{"sign_on": "2026-02-30"}', "sign_on", "2026-02-30"),
        ('{"seller": {"name": "甲", "颜色": "红"}}', "seller.颜色", "没有这个字段"),
        ('{"annexes": ["不存在"]}', "annexes[0]", "不存在"),
        ('{"class": "买卖合同"}', "class", "买卖合同"),
        ('{"is_effective": "也许"}', "is_effective", "也许"),
        ('{"totalamount": 1, "total_amount": 2}', "total_amount", "重复"),
        ("[]", None, "JSON 对象"),
        ("{", None, "第 1 行"),
        ('{"total_amount": NaN}', None, "NaN"),
    ],
)
def test_bad_input_is_refused_with_the_field_and_the_value(
    text: str, field: str | None, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["field"] == field
    assert word in error["message"]


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "没有这个文件.json"]) == 2
    assert "没有这个文件.json" in capsys.readouterr().err


def test_both_books_stand_side_by_side_with_articles_and_tax(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = json.loads(contract.read_text(encoding="utf-8")) | {
        "class": "LIC", "title": "技术许可合同", "licence_years": 6, "owns_technology": True,
        "nature": {"object_held": True, "right_passed": "use", "object_complete": True, "ownership_agreed": True, "public_domain": False},
    }  # fmt: skip
    contract.write_text(json.dumps(raw), encoding="utf-8")

    assert main(["check", str(contract), "--compare", "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert (said["CN-2001"]["class"], said["CN-2026"]["class"]) == ("TRF", "LIC")
    kind = next(one for one in said["differences"] if one["what"] == "合同类别")
    assert "第四条" in kind["article_2001"]
    assert "增值税" in kind["meaning"]
    assert {one["tax"]: one["answer"] for one in said["tax"]["CN-2026"]}["企业所得税"] == "可以"


def test_with_strict_an_obstacle_is_an_exit_status(contract: Path) -> None:
    raw = json.loads(contract.read_text(encoding="utf-8")) | {"form": "oral"}
    contract.write_text(json.dumps(raw), encoding="utf-8")
    assert main(["check", str(contract)]) == 0
    assert main(["check", str(contract), "--strict"]) == 1
