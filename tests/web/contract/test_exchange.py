"""The yearly list in and out over the pages, and the rows that come back red."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keqiao.contract.models import LedgerEntry, LedgerImport
from keqiao.contract.national import HEADINGS
from keqiao.people.models import User
from tests.contract.test_importing import GOOD, book_of, row
from tests.factories.contract import ledger_entry
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignedIn, settings: Any) -> Client:
    settings.KEQIAO_HOME_DIVISION = "340300"
    return signed_in(UserFactory(registrar=True))


def test_a_list_is_taken_in_and_its_bad_row_given_back(browser: Client) -> None:
    file = SimpleUploadedFile("2024年度.xlsx", book_of(GOOD, row(no="12")))
    page = browser.post(reverse("contract:ledger-imports"), {"file": file, "source": "national"}, follow=True)
    assert "读入 2 行：新增 1，更新 0，相同 0，退回 1" in page.content.decode()
    batch = LedgerImport.objects.get()
    back = browser.get(reverse("contract:ledger-rejected", args=[batch.public_id]))
    assert "待改正的行" in openpyxl.load_workbook(BytesIO(back.content)).sheetnames


def test_a_file_that_cannot_be_read_says_what_to_do(browser: Client) -> None:
    address = reverse("contract:ledger-imports")
    file = SimpleUploadedFile("台账.xlsx", b"not a workbook")
    answer = browser.post(address, {"file": file, "source": "national"})
    assert answer.status_code == 422
    assert "没有导入" in answer.content.decode()
    assert "没有收到文件" in browser.post(address, {"source": "national"}).content.decode()
    assert not LedgerImport.objects.exists()


def test_the_ledger_goes_out_in_the_columns_of_the_form(browser: Client) -> None:
    ledger_entry(project_name="要导出的", on=date(2026, 3, 9))
    ledger_entry(project_name="别的年度", on=date(2025, 3, 9))
    answer = browser.get(reverse("contract:ledger-export"), {"from": "2026-01-01", "to": "2026-12-31"})
    book = openpyxl.load_workbook(BytesIO(answer.content))
    rows = [[cell.value for cell in line] for line in book["技术合同登记表"]]
    assert rows[2] == list(HEADINGS)
    assert [line[2] for line in rows[3:]] == ["要导出的"]
    assert book.sheetnames == ["技术合同登记表", "代码说明"]
    assert browser.get(reverse("contract:ledger-form")).content.startswith(b"PK")


def test_auditors_read_the_ledger_but_export_and_import_nothing(signed_in: SignedIn) -> None:
    auditor = signed_in(UserFactory(auditor=True))
    assert auditor.get(reverse("contract:ledger")).status_code == 200
    for name in ("ledger-export", "ledger-imports", "ledger-form"):
        assert auditor.get(reverse(f"contract:{name}")).status_code == 403
    assert not LedgerEntry.objects.exists()
