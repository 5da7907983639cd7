"""The papers as PDF: what stands in them can be read back from the file, and a reader opens them."""

import io
import re
import shutil
import subprocess
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from keqiao.contract import performing
from keqiao.contract.models import Contract, ContractParty, ContractRegistration
from keqiao.contract.papers import write_certificate_pdf, write_form_pdf, write_income_pdf
from keqiao.core.pdf import Page, text_width, wrapped, write_pdf
from keqiao.people.models import User
from tests.contract.test_registering import registered
from tests.factories.people import UserFactory


def words_of(content: bytes) -> str:
    """Every text of a file as its drawing says it."""
    found = []
    for stream in re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL):
        drawing = zlib.decompress(stream).decode()
        found += [
            bytes.fromhex(code).decode("utf-16-be") for code in re.findall(r"<([0-9a-f]+)> Tj", drawing)
        ]
    return "".join(found)


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


def test_lines_break_where_chinese_lines_may() -> None:
    assert wrapped("甲乙丙丁，戊己", text_width("甲乙丙丁", 10), 10) == ["甲乙丙丁，", "戊己"]
    assert wrapped("共1234567项", text_width("共123", 10), 10) == ["共", "12345", "67项"]
    assert wrapped("", 10, 10) == [""]


def test_the_same_page_gives_the_same_bytes_and_a_sound_table_of_objects() -> None:
    def made() -> bytes:
        page, out = Page(), io.BytesIO()
        page.text(10, 10, "科桥\x00𠮷")
        write_pdf([page, Page()], out, title="科桥")
        return out.getvalue()

    assert made() == made()
    start = int(re.search(rb"startxref\n(\d+)", made())[1])  # type: ignore[index]
    assert made()[start:].startswith(b"xref")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", made()), start=1):
        assert made()[int(place) :].startswith(f"{number} 0 obj".encode())
    assert words_of(made()) == "科桥〓〓"
