"""One archive out, and the same archive back in; what is not whole is refused and nothing is written."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from keqiao.core import audit
from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed
from keqiao.core.models import AuditEntry
from keqiao.operation.archive import archived_models, backup, table_sum
from keqiao.operation.restoring import restore
from keqiao.people.models import Organisation, Person, User
from keqiao.registry.demand.models import Demand
from tests.operation.conftest import contents, make_empty, nothing

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def archive(lived_in: User, tmp_path: Path) -> Path:
    """A backup of the lived-in site, whose database is empty by now."""
    target = tmp_path / "keqiao.tar"
    backup(target, progress=nothing)
    make_empty()
    return target


def _changed(source: Path, change: Change) -> Path:
    """A copy of the archive with its members changed by `change`."""
    with tarfile.open(source) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar if info.isfile()}  # type: ignore[union-attr]
    change(members)
    target = source.with_name("changed.tar")
    with tarfile.open(target, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return target


def _manifest(**values: Any) -> Change:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | values).encode()

    return change


def _rows(table: str, edit: Callable[[dict[str, Any]], None]) -> Change:
    """The first row of a table edited, as somebody would who opens the archive."""

    def change(members: dict[str, bytes]) -> None:
        name = f"tables/{table}.jsonl.gz"
        first, *others = gzip.decompress(members[name]).splitlines(keepends=True)
        row = json.loads(first)
        edit(row)
        members[name] = gzip.compress(json.dumps(row).encode() + b"\n" + b"".join(others))

    return change


def _stay_empty(source: Path, family: type[KeqiaoError], code: str) -> str:
    with pytest.raises(family) as refused:
        restore(source, progress=nothing)
    assert refused.value.code == code
    assert not any(contents().values())
    root = Path(settings.MEDIA_ROOT)
    assert not root.exists() or not any(path.is_file() for path in root.rglob("*"))
    assert not list(root.parent.glob("*.restoring-*"))
    return refused.value.message


def test_a_restored_site_equals_the_original_table_by_table(lived_in: User, tmp_path: Path) -> None:
    before = {model: table_sum(model) for model in archived_models()}
    file = Path(settings.MEDIA_ROOT) / "intake" / "202611" / "清单.xlsx"
    content = file.read_bytes()
    manifest = backup(tmp_path / "keqiao.tar", progress=nothing)
    make_empty()
    assert restore(tmp_path / "keqiao.tar", progress=nothing) == manifest
    assert {model: table_sum(model) for model in archived_models()} == before
    assert before[Demand].rows == 1
    assert file.read_bytes() == content
    assert audit.verify().holds
    assert Person.objects.get(name="欧阳小明").phone == "13900002222"
    assert User.objects.get(pk=lived_in.pk).check_password("Tq7#mLw29x")


def test_work_goes_on_after_a_restore(archive: Path) -> None:
    restore(archive, progress=nothing)
    last = Organisation.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert Organisation.objects.create(name="新单位").pk > last
    audit.record("test.went_on")
    assert audit.verify().holds


def test_code_lists_that_an_installation_made_give_way_to_the_archived_ones(archive: Path) -> None:
    call_command("load_codes", verbosity=0)
    AuditEntry.objects.all()._raw_delete(connection.alias)
    restore(archive, progress=nothing)
    assert contents()["codes.division"] == 0


def test_the_archive_shows_no_personal_data_and_no_key(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        text = b"".join(
            gzip.decompress(tar.extractfile(info).read())  # type: ignore[union-attr]
            for info in tar
            if info.name.startswith("tables/")
        )
    assert b"13900002222" not in text
    assert settings.KEQIAO_FIELD_KEY.encode() not in text
    assert archive.stat().st_mode & 0o077 == 0


def test_a_backup_is_never_overwritten(lived_in: User, tmp_path: Path) -> None:
    target = tmp_path / "keqiao.tar"
    target.write_text("old")
    with pytest.raises(BadInput, match="已存在"):
        backup(target, progress=nothing)
    assert target.read_text() == "old"
    with pytest.raises(CommandError, match="已存在"):
        call_command("backup", str(target))


def test_a_database_in_use_is_not_restored_over(lived_in: User, tmp_path: Path) -> None:
    backup(tmp_path / "keqiao.tar", progress=nothing)
    before = contents()
    with pytest.raises(NotAllowed, match="空库"):
        restore(tmp_path / "keqiao.tar", progress=nothing)
    assert contents() == before


def test_files_in_the_way_are_not_overwritten(archive: Path) -> None:
    there = Path(settings.MEDIA_ROOT) / "mine.txt"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(NotAllowed, match="附件目录"):
        restore(archive, progress=nothing)
    assert there.read_text() == "mine"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_half_an_archive_is_refused(archive: Path, share: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadInput, match="备份") as refused:
        restore(archive, progress=nothing)
    assert refused.value.code in ("restore.unreadable", "restore.half")
    assert not any(contents().values())


def test_what_is_no_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"not a tar")
    assert "备份" in _stay_empty(tmp_path / "x.tar", BadInput, "restore.unreadable")
    _stay_empty(tmp_path / "none.tar", BadInput, "restore.unreadable")


def test_another_key_is_named_before_anything_is_written(archive: Path, settings: Any) -> None:
    settings.KEQIAO_FIELD_KEY = "another key altogether"
    assert "KEQIAO_FIELD_KEY" in _stay_empty(archive, BadInput, "restore.key")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_manifest(format=99), "restore.format"),
        (_manifest(migrations=["people.9999_future"]), "restore.newer"),
        (
            _manifest(tables={"people.user": {"rows": 0, "digest": "", "columns": ["shoe_size"]}}),
            "restore.older",
        ),
        (lambda members: members.update({"manifest.json": b"{"}), "restore.half"),
        (lambda members: members.update({"manifest.json": b"[]"}), "restore.half"),
        (lambda members: members.pop("manifest.json"), "restore.half"),
        (_rows("demand.demand", lambda row: row.update(title="改过的标题")), "restore.differs"),
        (_rows("core.auditentry", lambda row: row.update(reason="改过")), "restore.differs"),
        (_rows("people.person", lambda row: row.update(phone="v1:0:0:0")), "restore.damaged"),
        (_rows("people.person", lambda row: row.update(shoe_size=1)), "restore.damaged"),
        (_rows("people.person", lambda row: row.update(created_at="gestern")), "restore.damaged"),
        (_rows("demand.demand", lambda row: row.update(organisation_id=987654)), "restore.rejected"),
        (lambda members: members.pop("tables/people.user.jsonl.gz"), "restore.damaged"),
        (lambda members: members.update({"tables/people.user.jsonl.gz": b"\x1f\x8bxx"}), "restore.damaged"),
        (_manifest(files={"../../escaped": "0" * 64}), "restore.path"),
        (_manifest(files={"/etc/escaped": "0" * 64}), "restore.path"),
        (_manifest(files={"missing.pdf": "0" * 64}), "restore.file"),
        (_manifest(files={"intake/202611/清单.xlsx": "0" * 64}), "restore.file"),
    ],
)
def test_a_changed_archive_is_refused_and_nothing_is_written(
    archive: Path, change: Change, code: str
) -> None:
    message = _stay_empty(_changed(archive, change), BadInput, code)
    assert message.endswith(("。", "."))
    assert "备份" in message


def test_an_older_archive_fits_when_columns_were_only_added(archive: Path) -> None:
    """As after an upgrade: the archive knows one column less, and its sum is over those it knows."""

    def without_remark(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        name = "tables/event.event.jsonl.gz"
        rows = [json.loads(line) for line in gzip.decompress(members[name]).splitlines()]
        for row in rows:
            del row["source_note"]
        members[name] = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
        manifest["tables"]["event.event"]["columns"].remove("source_note")
        manifest["tables"]["event.event"]["digest"] = older
        members["manifest.json"] = json.dumps(manifest).encode()

    restore(archive, progress=nothing)
    event = next(model for model in archived_models() if model._meta.label_lower == "event.event")
    older = table_sum(event, set(table_sum(event).columns) - {"source_note"}).digest
    make_empty()
    restore(_changed(archive, without_remark), progress=nothing)
    assert contents()["event.event"] == 1


def test_the_commands_say_what_they_did(lived_in: User, tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("backup", str(tmp_path / "keqiao.tar"), stdout=out)
    assert "1 个附件" in out.getvalue()
    make_empty()
    call_command("restore", str(tmp_path / "keqiao.tar"), stdout=out)
    assert "核对一致" in out.getvalue()
    assert AuditEntry.objects.order_by("-seq")[0].action == "backup.restored"
    assert AuditEntry.objects.filter(action="backup.made").exists()
    with pytest.raises(CommandError, match="空库"):
        call_command("restore", str(tmp_path / "keqiao.tar"))
