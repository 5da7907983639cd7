"""The audit trail stays what it was."""

import csv
import hashlib
import json
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError
from openpyxl import load_workbook
from tests.factories.people import UserFactory

from keqiao.core import audit
from keqiao.core.models import AuditEntry
from keqiao.people.models import User


@pytest.mark.parametrize("act", ["update", "delete"])
def test_nobody_changes_an_audit_entry_through_the_database(act: str, bureau_officer: User) -> None:
    entry = audit.record("demand.published", by=bureau_officer)

    rows = AuditEntry.objects.filter(pk=entry.pk)
    change = partial(rows.update, action="demand.hidden") if act == "update" else rows.delete

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()

    assert AuditEntry.objects.get(pk=entry.pk).action == "demand.published"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_that_commits_leaves_no_audit_entry_and_keeps_the_triggers(turn: str) -> None:
    assert AuditEntry.objects.count() == 0  # the flush after the other turn worked

    entry = audit.record("demand.published", by=UserFactory(bureau_officer=True), reason=turn)

    with pytest.raises(DatabaseError, match="append-only"):  # and put the triggers back
        AuditEntry.objects.filter(pk=entry.pk).update(action="demand.hidden")


# ── the chain, verified and exported ──


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("audit", *map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def tamper(statement: str) -> None:
    """What somebody with the database's own rights could do: take the trigger off, then rewrite."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER audit_append_only")
        else:
            cursor.execute("DROP TRIGGER audit_no_update")
            cursor.execute("DROP TRIGGER audit_no_delete")
        cursor.execute(statement)


@pytest.fixture
def five_entries(bureau_officer: User) -> None:
    for number in range(1, 6):
        audit.record("demand.published", by=bureau_officer, reason=f"第 {number} 次")


def test_an_untouched_chain_holds(five_entries: None) -> None:
    assert audit.verify().holds
    assert "摘要链完好：5 条" in run("verify")


@pytest.mark.parametrize(
    ("statement", "seq", "words"),
    [
        ("UPDATE core_auditentry SET reason = '别的' WHERE seq = 3", 3, "被改动"),
        ("UPDATE core_auditentry SET actor_name = 'someone' WHERE seq = 1", 1, "被改动"),
        ("DELETE FROM core_auditentry WHERE seq = 2", 3, "缺少第 2 条"),
        ("UPDATE core_auditentry SET prev_hash = hash WHERE seq = 4", 4, "不衔接"),
    ],
)
def test_verify_names_the_entry_that_somebody_rewrote(
    five_entries: None, statement: str, seq: int, words: str
) -> None:
    tamper(statement)

    report = audit.verify()

    assert not report.holds
    assert any(at == seq and words in what for at, what in report.broken)
    with pytest.raises(CommandError, match="摘要链有"):
        run("verify")


def test_the_worked_chain_of_the_rule_book() -> None:
    assert audit.chain_hash(audit.FIRST_HASH, {"a": 1}) == (
        "fc6cee09194dd2578bd7664604fcb72a539066fd34544cea0009c43eb6cdc289"
    )


def test_a_line_break_in_a_name_forges_no_entry(bureau_officer: User) -> None:
    entry = audit.record("demand.published", by=bureau_officer, reason="好\n2026 admin 登录成功")

    assert "\n" not in entry.reason


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
def test_an_export_holds_every_entry_and_is_itself_on_record(
    five_entries: None, tmp_path: Path, ending: str
) -> None:
    audit.record("demand.published", reason="=HYPERLINK(1)")
    audit.record(
        "signin.failed", by="\x01\x07", is_success=False
    )  # nobody breaks the export with a strange name
    file = tmp_path / f"audit.{ending}"

    run("export", file)

    rows = read_back(file)
    assert len(rows) == 7
    assert rows[-2]["reason" if ending == "jsonl" else "原因"] in ("=HYPERLINK(1)", "'=HYPERLINK(1)")
    last = AuditEntry.objects.first()
    assert (last.action, last.row_count, last.file_name) == ("audit.exported", 7, f"audit.{ending}")
    assert last.file_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def read_back(file: Path) -> list[dict[str, object]]:
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as text:
            return list(csv.DictReader(text))
    sheet = load_workbook(file).active
    heads, *rows = sheet.iter_rows()
    assert {cell.data_type for row in rows for cell in row if isinstance(cell.value, str)} == {"s"}
    return [
        dict(zip([head.value for head in heads], [cell.value for cell in row], strict=True)) for row in rows
    ]


def test_a_csv_export_runs_no_formula(tmp_path: Path, db: None) -> None:
    audit.record("demand.published", reason="@SUM(A1)")

    run("export", tmp_path / "audit.csv")

    assert read_back(tmp_path / "audit.csv")[0]["原因"] == "'@SUM(A1)"


def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match=r"\.xlsx、\.csv、\.jsonl"):
        run("export", tmp_path / "audit.pdf")
    assert list(tmp_path.glob("audit*")) == []
