"""Work behind the request really runs in a thread, with its own connections and the request's origin."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keqiao.core.audit import AuditEntry
from keqiao.people.models import User
from keqiao.registry.demand.models import Demand
from keqiao.registry.intake.models import IntakeRun, RunState
from keqiao.web.intake import jobs
from tests.web.intake.conftest import row, workbook


@pytest.mark.django_db(transaction=True)
def test_a_thread_writes_the_file_and_the_trail_knows_from_where(
    signed_in: Callable[[User], Client], bureau_officer: User, confirm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    browser = signed_in(bureau_officer)
    body = workbook([row(n) for n in range(1, 6)])
    browser.post(reverse("intake:upload"), {"file": SimpleUploadedFile("需求.xlsx", body)})
    run = IntakeRun.objects.get()

    confirm(browser, run)
    _wait()
    browser.post(reverse("intake:write", args=[run.public_id]), {"mode": "good_rows", "land_as": "published"})
    _wait()

    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert Demand.objects.count() == 5
    assert AuditEntry.objects.get(action="intake.finished").ip == "127.0.0.1"


def _wait() -> None:
    for thread in threading.enumerate():
        if thread.name == "intake":
            thread.join(timeout=60)
