"""One archive of everything, and back. The same archive restores into SQLite and into PostgreSQL.

A tar of `manifest.json`, one `tables/<app>.<model>.jsonl.gz` each, and `files/…`. Encrypted columns travel
encrypted; the key does not travel. Each table has its row count and a digest over its plain values, so that
"restored equals original" is a comparison, not a hope.
"""

import gzip
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

import keqiao
from keqiao.core.crypto import encrypt
from keqiao.core.errors import BadInput, NotAllowed
from keqiao.core.fields import EncryptedTextField

FORMAT = 1
BATCH = 1000
_LEFT_OUT = frozenset({"sessions.session", "contenttypes.contenttype", "auth.permission", "axes.accessattempt"})
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class TableSum:
    """What one table holds. digest: SHA-256 over its rows' plain values in key order."""

    rows: int
    digest: str


def archived_models() -> list[type[models.Model]]:
    """Every stored model, in an order that needs nothing that comes later (foreign keys are checked at commit)."""
    found = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    return [m for m in found if m._meta.label_lower not in _LEFT_OUT]


def _row(instance: models.Model, *, plain: bool) -> str:
    """One row as canonical JSON. plain: encrypted columns in clear, for the digest only."""
    values: dict[str, Any] = {}
    for column in instance._meta.concrete_fields:
        value = getattr(instance, column.attname)
        if isinstance(column, models.JSONField):
            value = json.loads(json.dumps(value))
        elif isinstance(column, models.DecimalField) and value is not None:
            value = f"{value:.{column.decimal_places}f}"
        if isinstance(column, EncryptedTextField) and value is not None and not plain:
            value = encrypt(value)
        values[column.attname] = value
    return json.dumps(values, ensure_ascii=False, sort_keys=True, cls=_Exact)


class _Exact(DjangoJSONEncoder):
    """Moments to the microsecond in UTC; Django's own encoder cuts to milliseconds."""

    def default(self, o: Any) -> Any:
        if hasattr(o, "isoformat"):
            return (o.astimezone(UTC) if getattr(o, "tzinfo", None) else o).isoformat()
        return super().default(o)


def _rows(model: type[models.Model]) -> Iterator[models.Model]:
    return model._base_manager.order_by("pk").iterator(chunk_size=BATCH)


def table_sum(model: type[models.Model]) -> TableSum:
    """Count and digest of a table as it stands. Reads it once."""
    digest, count = hashlib.sha256(), 0
    for count, instance in enumerate(_rows(model), start=1):  # noqa: B007  # the last count is the total
        digest.update(_row(instance, plain=True).encode() + b"\n")
    return TableSum(count, digest.hexdigest())


def key_id() -> str:
    """Which field key is in use; blank text has no ciphertext, so a fixed word is sealed."""
    return encrypt("key").split(":")[1]


def backup(target: Path, *, progress: Progress) -> dict[str, Any]:
    """Write the archive to `target` (never over an existing file) and return its manifest.

    One read transaction, so the archive is one moment. Raises BadInput when the file exists.
    """
    if target.exists():
        raise BadInput(f"{target} 已存在，没有覆盖。请换一个文件名，或先移走旧备份。", code="backup.exists")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    try:
        with tarfile.open(partial, "w") as tar, transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            tables = {m._meta.label_lower: asdict(_dump(tar, m, progress)) for m in archived_models()}
            files = {name: _add_file(tar, path, name) for name, path in _stored_files()}
            manifest = {
                "format": FORMAT, "keqiao": keqiao.__version__, "made_at": timezone.now().isoformat(),
                "database": connection.vendor, "key_id": key_id(), "migrations": _migrations(),
                "tables": tables, "files": files,
            }
            _add_bytes(tar, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _dump(tar: tarfile.TarFile, model: type[models.Model], progress: Progress) -> TableSum:
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=4, mtime=0) as packed:
            for instance in _rows(model):
                digest.update(_row(instance, plain=True).encode() + b"\n")
                packed.write(_row(instance, plain=False).encode() + b"\n")
                count += 1
                if count % BATCH == 0:
                    progress(str(model._meta.verbose_name), BATCH)
        progress(str(model._meta.verbose_name), count % BATCH)
        info = tarfile.TarInfo(f"tables/{model._meta.label_lower}.jsonl.gz")
        info.size = raw.tell()
        raw.seek(0)
        tar.addfile(info, raw)
    return TableSum(count, digest.hexdigest())


def _stored_files() -> Iterator[tuple[str, Path]]:
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")) if root.is_dir() else []:
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(root).as_posix(), path


def _add_file(tar: tarfile.TarFile, path: Path, name: str) -> str:
    tar.add(path, arcname=f"files/{name}", recursive=False)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _migrations() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def restore(source: Path, *, progress: Progress) -> dict[str, Any]:
    """Fill the empty, migrated database from the archive, then prove it equal. All or nothing.

    Raises BadInput for a damaged or foreign archive, NotAllowed when the database is not empty.
    """
    try:
        tar = tarfile.open(source)  # noqa: SIM115  # closed below; the error has to be translated first
    except (OSError, tarfile.TarError) as error:
        raise BadInput(f"{source} 不是完整的备份文件（{error}）。请换一份备份。", code="restore.unreadable") from error
    with tar:
        manifest = _manifest(tar, source)
        _refuse_if_not_empty()
        with transaction.atomic():
            for model in archived_models():
                if model._meta.label_lower in manifest["tables"]:
                    _fill(tar, model, progress)
            _reset_sequences()
            wrong = [
                name
                for model in archived_models()
                if (name := model._meta.label_lower) in manifest["tables"]
                and asdict(table_sum(model)) != manifest["tables"][name]
            ]
            if wrong:
                raise BadInput(
                    f"恢复后与备份不一致：{'、'.join(wrong)}。已全部撤销，数据库未改动。请换一份备份重试。", code="restore.differs"
                )
        _restore_files(tar, manifest["files"])
    return manifest


def _manifest(tar: tarfile.TarFile, source: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(_member(tar, "manifest.json").read())
    except (KeyError, ValueError, EOFError, OSError, tarfile.TarError) as error:
        raise BadInput(f"{source} 里没有完整的清单，备份可能只写了一半。请换一份备份。", code="restore.half") from error
    if found.get("format") != FORMAT:
        raise BadInput(f"备份格式 {found.get('format')} 不认识，本版本支持 {FORMAT}。请用制作备份的版本恢复。", code="restore.format")
    if found["key_id"] != key_id():
        raise BadInput(
            f"备份是用另一把字段密钥加密的（{found['key_id']}，现为 {key_id()}）。请把原来的 KEQIAO_FIELD_KEY 配好再恢复。",
            code="restore.key",
        )
    missing = sorted(set(found["migrations"]) - set(_migrations()))
    if missing:
        raise BadInput(f"备份来自更新的版本（缺 {missing[0]} 等 {len(missing)} 项）。请先升级本系统再恢复。", code="restore.newer")
    return found


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _refuse_if_not_empty() -> None:
    for label in ("people.user", "records.origin", "core.auditentry"):
        if apps.get_model(label)._base_manager.exists():
            raise NotAllowed("数据库里已有数据，恢复只写入空库，以免覆盖。请换一个空库（或新的 KEQIAO_VAR）再恢复。", code="restore.not_empty")


def _fill(tar: tarfile.TarFile, model: type[models.Model], progress: Progress) -> None:
    model._base_manager.all().delete() if model._base_manager.exists() else None
    columns = {c.attname: c for c in model._meta.concrete_fields}
    batch: list[models.Model] = []
    with gzip.open(_member(tar, f"tables/{model._meta.label_lower}.jsonl.gz"), "rb") as lines:
        for line in lines:
            batch.append(_instance(model, columns, json.loads(line)))
            if len(batch) == BATCH:
                _insert(model, batch, progress)
                batch = []
    _insert(model, batch, progress)


def _instance(model: type[models.Model], columns: dict[str, Any], row: dict[str, Any]) -> models.Model:
    values = {}
    for name, value in row.items():
        column = columns[name]
        if isinstance(column, EncryptedTextField):
            values[name] = column.from_db_value(value, None, None)
        elif isinstance(column, models.JSONField):
            values[name] = value
        else:
            values[name] = column.target_field.to_python(value) if column.is_relation else column.to_python(value)
    return model(**values)


def _insert(model: type[models.Model], batch: list[models.Model], progress: Progress) -> None:
    if batch:
        automatic = [c for c in model._meta.concrete_fields if getattr(c, "auto_now", False)]
        for column in automatic:
            column.auto_now = False  # the archive's moment, not now
        try:
            model._base_manager.bulk_create(batch, batch_size=500)
        finally:
            for column in automatic:
                column.auto_now = True
        progress(str(model._meta.verbose_name), len(batch))


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), archived_models()):
            cursor.execute(statement)


def _restore_files(tar: tarfile.TarFile, files: dict[str, str]) -> None:
    root = Path(settings.MEDIA_ROOT)
    for name, digest in files.items():
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts:
            raise BadInput(f"备份里的文件名“{name}”越出了存放目录，已停止。请换一份可信的备份。", code="restore.path")
        content = _member(tar, f"files/{name}").read()
        if hashlib.sha256(content).hexdigest() != digest:
            raise BadInput(f"附件“{name}”与清单摘要不符。记录已恢复，这个附件没有写入。请从另一份备份取回。", code="restore.file")
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
