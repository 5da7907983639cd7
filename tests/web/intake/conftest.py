"""Files that people bring."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from keqiao.matching import index
from keqiao.registry.intake.models import IntakeRun
from keqiao.registry.kinds import KINDS

HEADINGS = [
    "序号",
    "需求名称",
    "需求单位",
    "所在县区",
    "需求内容",
    "技术指标",
    "投入预算（万元）",
    "联系人手机号",
]
PLACE = "安徽省蚌埠市固镇县"


def row(number: int, **changes: Any) -> list[Any]:
    """One demand of a bureau's table."""
    said = {
        "序号": number, "需求名称": f"第{number}号涂层附着力提升", "需求单位": f"示例{number}号机械有限公司", "所在县区": PLACE,
        "需求内容": "现有涂层在盐雾试验 240 小时后起泡，需要提高附着力。", "技术指标": "附着力≥10MPa", "投入预算（万元）": 50,
        "联系人手机号": "13800000000",
    }  # fmt: skip
    return list((said | changes).values())


def workbook(
    rows: list[list[Any]], headings: list[str] = HEADINGS, *, more: dict[str, list[list[Any]]] | None = None
) -> bytes:
    """An .xlsx with these rows; `more`: further sheets, headings first."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "需求"
    for one in [headings, *rows]:
        sheet.append(one)
    for name, lines in (more or {}).items():
        other = book.create_sheet(name)
        for one in lines:
            other.append(one)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in rows).encode()


@pytest.fixture
def upload(db: None) -> Callable[..., IntakeRun]:
    """Uploads a file as the person of this browser and gives the run."""

    def bring(browser: Client, body: bytes, name: str = "2026年需求.xlsx", kind: str = "") -> IntakeRun:
        response = browser.post(
            reverse("intake:upload"), {"file": SimpleUploadedFile(name, body), "kind": kind}
        )
        assert response.status_code == 302, response.content.decode()[-1500:]
        return IntakeRun.objects.order_by("-pk")[0]

    return bring


@pytest.fixture
def confirm() -> Callable[..., Any]:
    """Confirms the mapping that the page proposes."""

    def send(browser: Client, run: IntakeRun, **changes: str) -> Any:
        form = {f"column-{index}": key for index, key in run.mapping.items()} | {"kind": run.kind} | changes
        return browser.post(reverse("intake:mapping", args=[run.public_id]), form)

    return send


@pytest.fixture
def indexed(db: None) -> Callable[[], None]:
    """Call it when the records are there: every index then holds its registry."""

    def bring_up() -> None:
        for kind in KINDS:
            index.rebuild(kind)

    return bring_up
