"""One archive of everything, and back. The same archive restores into SQLite and into PostgreSQL.

A tar of `manifest.json`, one `tables/<app>.<model>.jsonl.gz` each, and `files/…`. Encrypted columns travel
encrypted; the key does not travel. Each table has its columns, its row count and a digest over its plain values, so
that "restored equals original" is a comparison, not a hope. `operation.restoring` reads it back.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

import keqiao
from keqiao.core.crypto import encrypt
from keqiao.core.errors import BadInput
from keqiao.core.fields import EncryptedTextField

FORMAT = 1
BATCH = 1000
_LEFT_OUT_APPS = frozenset({"sessions", "contenttypes", "auth", "axes"})
"""Made anew by every installation (contenttypes, auth's unused groups and permissions), or worth nothing elsewhere."""
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class TableSum:
    """What one table holds, in these columns. digest: the rows' SHA-256 added up modulo 2^256, 64 hex digits.

    A sum does not depend on the order, in which databases of different collations disagree.
    """

    rows: int
    digest: str
    columns: list[str]


def archived_models() -> list[type[models.Model]]:
    """Every stored model, in an order that needs nothing that comes later (foreign keys are checked at commit)."""
    found = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy]
    return [m for m in found if m._meta.app_label not in _LEFT_OUT_APPS]


def columns_of(model: type[models.Model]) -> list[str]:
    """The names of a table's columns as the archive has them."""
    return sorted(column.attname for column in model._meta.concrete_fields)


def _row(instance: models.Model, columns: Collection[str], *, plain: bool) -> str:
    """One row as canonical JSON. plain: encrypted columns in clear, for the digest only."""
    values: dict[str, Any] = {}
    for column in instance._meta.concrete_fields:
        if column.attname not in columns:
            continue
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


class Adder:
    """Adds rows up to a TableSum."""

    def __init__(self, columns: Collection[str]) -> None:
        self.columns = sorted(columns)
        self.rows = self._total = 0

    def add(self, instance: models.Model) -> None:
        digest = hashlib.sha256(_row(instance, self.columns, plain=True).encode()).digest()
        self._total = (self._total + int.from_bytes(digest)) % 2**256
        self.rows += 1

    def sum(self) -> TableSum:
        return TableSum(self.rows, f"{self._total:064x}", self.columns)


def table_sum(model: type[models.Model], columns: Collection[str] | None = None) -> TableSum:
    """Count and digest of a table as it stands, over these columns (None = all). Reads it once."""
    adder = Adder(columns if columns is not None else columns_of(model))
    for instance in _rows(model):
        adder.add(instance)
    return adder.sum()


def key_id() -> str:
    """Which field key is in use; blank text has no ciphertext, so a fixed word is sealed."""
    return encrypt("key").split(":")[1]


@contextmanager
def _one_moment() -> Iterator[None]:
    """Everything read within is of one moment, and nobody who writes has to wait for it.

    Our SQLite transactions begin by taking the writer's lock, so this one is begun by hand.
    """
    if connection.in_atomic_block:  # a caller's transaction already is one moment
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def backup(target: Path, *, progress: Progress) -> dict[str, Any]:
    """Write the archive to `target` (never over an existing file) and return its manifest.

    Readable by its owner only: it holds everything but the keys. Raises BadInput when the file exists or cannot be
    written.
    """
    refuse_existing(target)
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)  # left by a backup that was killed
        with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file, _one_moment():
            manifest = _write(file, progress)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(target)
    except OSError as error:
        raise BadInput(
            f"写不进 {target}（{error.strerror or error}），没有留下备份。请检查目录权限和剩余空间后重试。",
            code="backup.write",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def refuse_existing(target: Path) -> None:
    """A backup is never overwritten."""
    if target.exists():
        raise BadInput(f"{target} 已存在，没有覆盖。请换一个文件名，或先移走旧备份。", code="backup.exists")


def _write(file: IO[bytes], progress: Progress) -> dict[str, Any]:
    with tarfile.open(fileobj=file, mode="w") as tar:
        tables = {m._meta.label_lower: asdict(_dump(tar, m, progress)) for m in archived_models()}
        files = {name: _add_file(tar, path, name) for name, path in _stored_files()}
        manifest = {
            "format": FORMAT, "keqiao": keqiao.__version__, "made_at": timezone.now().isoformat(),
            "database": connection.vendor, "key_id": key_id(), "migrations": applied_migrations(),
            "tables": tables, "files": files,
        }  # fmt: skip
        _add_bytes(tar, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return manifest


def _dump(tar: tarfile.TarFile, model: type[models.Model], progress: Progress) -> TableSum:
    adder = Adder(columns_of(model))
    with tempfile.TemporaryFile() as raw:
        with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=4, mtime=0) as packed:
            for instance in _rows(model):
                adder.add(instance)
                packed.write(_row(instance, adder.columns, plain=False).encode() + b"\n")
                if adder.rows % BATCH == 0:
                    progress(str(model._meta.verbose_name), BATCH)
        progress(str(model._meta.verbose_name), adder.rows % BATCH)
        info = tarfile.TarInfo(f"tables/{model._meta.label_lower}.jsonl.gz")
        info.size = raw.tell()
        raw.seek(0)
        tar.addfile(info, raw)
    return adder.sum()


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


def applied_migrations() -> list[str]:
    """app.name of every migration that this database has had."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
