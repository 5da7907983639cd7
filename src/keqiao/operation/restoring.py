"""An archive back into an empty database: looked at whole, then written, then proved equal. All or nothing."""

import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction

from keqiao.core.errors import BadInput, KeqiaoError, NotAllowed
from keqiao.core.fields import EncryptedTextField
from keqiao.operation.archive import (
    BATCH,
    FORMAT,
    Progress,
    applied_migrations,
    archived_models,
    columns_of,
    key_id,
    table_sum,
)

_DAMAGE = (KeyError, ValueError, TypeError, EOFError, OSError, tarfile.TarError, zlib.error, ValidationError)
"""What reading a changed or broken archive raises, whatever was changed."""


def restore(source: Path, *, progress: Progress) -> dict[str, Any]:
    """Fill the empty, migrated database from the archive, then prove it equal; then the files.

    Raises BadInput for a damaged or foreign archive, NotAllowed when there is something to overwrite. In both cases
    nothing was written.
    """
    try:
        tar = tarfile.open(source)  # noqa: SIM115  # closed below; the error has to be translated first
    except (OSError, tarfile.TarError) as error:
        raise BadInput(
            f"{source} 不是完整的备份文件（{error}）。请换一份备份。", code="restore.unreadable"
        ) from error
    with tar:
        manifest = _manifest(tar, source)
        _refuse_if_not_empty()
        with _staged_files(tar, manifest["files"]) as staged, _one_whole():
            _fill_all(tar, manifest["tables"], progress)
            connection.check_constraints()  # now, not at the commit, so that it can be told
            _prove(manifest["tables"])
            _move_in(staged)
    return manifest


# -- looking ----------------------------------------------------------------------------------------------------


def _manifest(tar: tarfile.TarFile, source: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(_member(tar, "manifest.json").read())
        wanted = {"format", "key_id", "migrations", "tables", "files"} - found.keys()
    except (*_DAMAGE, AttributeError) as error:
        raise BadInput(
            f"{source} 里没有完整的清单，备份可能只写了一半。请换一份备份。", code="restore.half"
        ) from error
    if wanted:
        raise BadInput(
            f"{source} 的清单缺 {'、'.join(sorted(wanted))}，不是本系统的备份。请换一份备份。",
            code="restore.half",
        )
    if found["format"] != FORMAT:
        raise BadInput(
            f"备份格式 {found['format']} 不认识，本版本支持 {FORMAT}。请用制作备份的版本恢复。",
            code="restore.format",
        )
    if found["key_id"] != key_id():
        raise BadInput(
            f"备份是用另一把字段密钥加密的（{found['key_id']}，现为 {key_id()}）。请把原来的 KEQIAO_FIELD_KEY 配好再恢复。",
            code="restore.key",
        )
    _refuse_other_shape(found)
    return found


def _refuse_other_shape(found: dict[str, Any]) -> None:
    """An older archive fits when every table and column it has is still there."""
    missing = sorted(set(found["migrations"]) - set(applied_migrations()))
    if missing:
        raise BadInput(
            f"备份来自更新的版本（缺 {missing[0]} 等 {len(missing)} 项）。请先升级本系统再恢复。",
            code="restore.newer",
        )
    known = {model._meta.label_lower: set(columns_of(model)) for model in archived_models()}
    for name, table in found["tables"].items():
        gone = set(table["columns"]) - known.get(name, set())
        if gone:
            raise BadInput(
                f"备份里的表 {name} 有本版本已没有的列：{'、'.join(sorted(gone))}。请先装制作备份的版本恢复，再升级。",
                code="restore.older",
            )


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _refuse_if_not_empty() -> None:
    where = "请换一个空库（或新的 KEQIAO_VAR）再恢复。"
    for label in ("people.user", "records.origin", "core.auditentry"):
        if apps.get_model(label)._base_manager.exists():
            raise NotAllowed(f"数据库里已有数据，恢复只写入空库，以免覆盖。{where}", code="restore.not_empty")
    root = Path(settings.MEDIA_ROOT)
    if root.is_dir() and any(path.is_file() for path in root.rglob("*")):
        raise NotAllowed(f"附件目录 {root} 里已有文件，恢复不覆盖。{where}", code="restore.not_empty")


# -- rows -------------------------------------------------------------------------------------------------------


@contextmanager
def _one_whole() -> Iterator[None]:
    """One transaction; what the database refuses is said in words."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        raise BadInput(
            f"数据库不接受备份里的内容（{str(error).splitlines()[0][:200]}）。已全部撤销，数据库未改动。请换一份备份重试。",
            code="restore.rejected",
        ) from error


def _fill_all(tar: tarfile.TarFile, tables: dict[str, Any], progress: Progress) -> None:
    wanted = [model for model in archived_models() if model._meta.label_lower in tables]
    for model in wanted:  # rows that migrations or load_codes made; references are checked at the end
        model._base_manager.all()._raw_delete(connection.alias)
    for model in wanted:
        try:
            _fill(tar, model, progress)
        except (*_DAMAGE, KeqiaoError) as error:
            raise BadInput(
                f"备份里的表“{model._meta.verbose_name}”读不下去（{type(error).__name__}），可能损坏或被改动。"
                "已全部撤销，数据库未改动。请换一份备份。",
                code="restore.damaged",
            ) from error
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), wanted):
            cursor.execute(statement)


def _fill(tar: tarfile.TarFile, model: type[models.Model], progress: Progress) -> None:
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
            values[name] = (
                column.target_field.to_python(value) if column.is_relation else column.to_python(value)
            )
    return model(**values)


@contextmanager
def _moments_as_archived(model: type[models.Model]) -> Iterator[None]:
    """Columns that set themselves to now keep the archive's moment."""
    switched = [
        (column, name)
        for column in model._meta.concrete_fields
        for name in ("auto_now", "auto_now_add")
        if getattr(column, name, False)
    ]
    for column, name in switched:
        setattr(column, name, False)
    try:
        yield
    finally:
        for column, name in switched:
            setattr(column, name, True)


def _insert(model: type[models.Model], batch: list[models.Model], progress: Progress) -> None:
    if batch:
        with _moments_as_archived(model):
            model._base_manager.bulk_create(batch, batch_size=500)
        progress(str(model._meta.verbose_name), len(batch))


def _prove(tables: dict[str, Any]) -> None:
    wrong = [
        str(model._meta.verbose_name)
        for model in archived_models()
        if (table := tables.get(model._meta.label_lower))
        and asdict(table_sum(model, table["columns"])) != table
    ]
    if wrong:
        raise BadInput(
            f"恢复后与备份不一致：{'、'.join(wrong)}。已全部撤销，数据库未改动。请换一份备份重试。",
            code="restore.differs",
        )


# -- files ------------------------------------------------------------------------------------------------------


@contextmanager
def _staged_files(tar: tarfile.TarFile, files: dict[str, str]) -> Iterator[Path]:
    """The archive's files in a folder beside their place, each one checked; gone afterwards."""
    for name in files:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\0" in name or not name:
            raise BadInput(
                f"备份里的文件名“{name}”越出了存放目录，没有写入任何内容。请换一份可信的备份。",
                code="restore.path",
            )
    root = Path(settings.MEDIA_ROOT)
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{root.name}.restoring-", dir=root.parent) as folder:
        for name, digest in files.items():
            _stage(tar, name, digest, Path(folder) / name)
        yield Path(folder)


def _stage(tar: tarfile.TarFile, name: str, digest: str, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _member(tar, f"files/{name}") as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)
        with target.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (KeyError, EOFError, OSError, tarfile.TarError) as error:
        raise BadInput(
            f"附件“{name}”在备份里读不出来，没有写入任何内容。请换一份备份。", code="restore.file"
        ) from error
    if found != digest:
        raise BadInput(f"附件“{name}”与清单摘要不符，没有写入任何内容。请换一份备份。", code="restore.file")


def _move_in(staged: Path) -> None:
    """Last before the commit, so that records never point to files that are not there. The root has no files."""
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(staged.rglob("*")):
        if path.is_file():
            target = root / path.relative_to(staged)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
