"""The papers as PDF: what stands in them can be read back from the file, and a reader opens them."""

import io
import re
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from keqiao.contract import performing
from keqiao.contract.models import Contract, ContractParty, ContractRegistration
from keqiao.contract.papers import write_certificate_pdf, write_form_pdf, write_income_pdf
from keqiao.core.pdf import Page, height_of, text_width, write_pdf
from keqiao.people.models import User
from tests.contract.test_registering import registered
from tests.factories.people import UserFactory


def lines_of(content: bytes) -> list[str]:
    """Every piece of text of a file as its drawing says it."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        for text in re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", stream, re.DOTALL):
            plain = re.sub(rb"\\([0-7]{3}|.)", _unescaped, text, flags=re.DOTALL)
            found.append(plain.decode("utf-16-be"))
    return found


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if len(code) == 3 else {b"n": b"\n", b"r": b"\r"}.get(code, code)


def words_of(content: bytes) -> str:
    """All its text in one piece."""
    return "".join(lines_of(content))


@pytest.fixture
def done(institute_user: User, settings: Any) -> ContractRegistration:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return registered(institute_user, UserFactory(registrar=True))


@pytest.mark.django_db
def test_the_certificate_says_number_sums_and_code(done: ContractRegistration) -> None:
    out = io.BytesIO()
    write_certificate_pdf(done.versions.get(), "https://example.org/verify/x/", out)
    said = words_of(out.getvalue())
    assert done.reg_no in said
    assert "壹佰万元整" in said
    assert done.certificate_no in said


def test_a_reader_draws_the_chinese_of_a_page(tmp_path: Path) -> None:
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("needs pdftoppm, a reader of PDF")
    page, file = Page(), tmp_path / "证明.pdf"
    page.text(20, 40, "技术合同登记证明 2026", 24, bold=True)
    page.squares(20, 60, 30, [[1, 0], [0, 1]])
    with file.open("wb") as out:
        write_pdf([page], out, title="证明")
    ran = subprocess.run([program, "-r", "20", "-gray", str(file), str(tmp_path / "page")], capture_output=True, check=True)  # fmt: skip
    if b"language pack" in ran.stderr:
        pytest.skip("needs poppler-data, with which poppler knows Chinese fonts that are not embedded")
    assert b"Error" not in ran.stderr
    drawn = next(tmp_path.glob("page*.pgm")).read_bytes()
    assert min(drawn[-200 * 160 :]) < 128


@pytest.mark.django_db
def test_the_form_masks_the_contacts_of_others(done: ContractRegistration) -> None:
    ContractParty.objects.filter(contract=done.contract, side="buyer").update(
        contact="王小明", contact_phone="13812345678", address="固镇县谷阳路1号"
    )
    contract = Contract.objects.get(pk=done.contract_id)
    plain, masked = io.BytesIO(), io.BytesIO()
    write_form_pdf(contract, plain, plainly=True)
    write_form_pdf(contract, masked, plainly=False)
    assert "13812345678" in words_of(plain.getvalue())
    assert "13812345678" not in words_of(masked.getvalue())
    assert "王小明" not in words_of(masked.getvalue())
    for words in ("技术领域", "先进制造（03）", "1,000,000.00 元", "卖方", "买方", str(done.reg_no)):
        assert words in words_of(masked.getvalue())


@pytest.mark.django_db
def test_an_income_form_has_the_fields_of_the_official_one(
    done: ContractRegistration, institute_user: User
) -> None:
    form = performing.declare_income(
        contract=done.contract, by=institute_user, received_on=date(2026, 4, 2), realised_contract=Decimal(400_000),
        realised_tech=Decimal(400_000), deductions={"劳务费": Decimal(50_000)},
    )  # fmt: skip
    out = io.BytesIO()
    write_income_pdf(form, out)
    said = words_of(out.getvalue())
    for words in ("劳务费", "一、二级管理费", "350,000.00 元", "审查人", "一式四份", "第 1 次"):
        assert words in said


def test_lines_of_a_cell_break_where_chinese_lines_may() -> None:
    page, out = Page(), io.BytesIO()
    below = page.table(
        20,
        20,
        (text_width("甲乙丙丁", 10) + 2 * 2.2 + 0.1, 30),
        [("甲乙丙丁，戊己", "一"), ("", "二")],
        size=10,
    )
    write_pdf([page], out, title="表")
    said = lines_of(out.getvalue())
    assert "，" not in {line[:1] for line in said}
    assert "".join(said) == "甲乙丙丁，戊己一二"
    assert below > 20 + height_of((30,), ("一",), size=10)


def test_the_same_page_gives_the_same_bytes() -> None:
    def made() -> bytes:
        page, out = Page(), io.BytesIO()
        page.text(10, 10, "科桥\x00𠮷")
        write_pdf([page, Page()], out, title="科桥")
        return out.getvalue()

    assert made() == made()
    assert words_of(made()) == "科桥〓〓"
