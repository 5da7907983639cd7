"""What the tests of running Keqiao share: a lived-in site, and the same database made empty."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from keqiao.core import audit
from keqiao.operation.archive import archived_models
from keqiao.people.enums import Role
from keqiao.people.models import Person, User
from keqiao.people.tokens import create_token
from keqiao.registry.records.models import Origin
from tests.factories.people import UserFactory
from tests.factories.registry import FACTORIES


def nothing(name: str, rows: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def lived_in(db: None) -> User:
    """A record of each kind, encrypted contacts, a token, files, an audit trail, an origin."""
    officer: User = UserFactory(bureau_officer=True, phone="13800001111")
    Person.objects.create(name="欧阳小明", phone="13900002222")
    origin = Origin.objects.create(source="file", file_name="清单.xlsx", received_by=officer)
    for make in FACTORIES.values():
        make(published=True, origin=origin, created_by=officer)
    create_token(user=officer, kind="demand", by=None)
    audit.record("test.happened", by=officer, changes={"预算": [None, 1.5]})
    folder = Path(settings.MEDIA_ROOT) / "intake" / "202611"
    folder.mkdir(parents=True)
    (folder / "清单.xlsx").write_bytes(b"PK" + bytes(range(256)))
    assert officer.roles == {Role.BUREAU_OFFICER}
    return officer


def make_empty() -> None:
    """Every table and the files gone, within the test's transaction; the audit trail's triggers first."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        else:
            cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER USER")
    for model in reversed(archived_models()):
        model._base_manager.all()._raw_delete(connection.alias)
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


def contents() -> dict[str, Any]:
    """How many rows each table has."""
    return {model._meta.label_lower: model._base_manager.count() for model in archived_models()}
