"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from keqiao.operation.management.commands import migrate

# In CI a verdict depends on the code alone; elsewhere every run looks at examples that nobody has seen
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")
pytest_plugins = ["tests.people_fixtures", "tests.browser_fixtures"]

_TOUCHES = frozenset(("db", "transactional_db", "django_db_reset_sequences", "live_server"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="leave out tests that never meet the database: they say the same on every one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--only-database"):
        return
    meet = [
        item
        for item in items
        if (item.get_closest_marker("django_db") or _TOUCHES.intersection(getattr(item, "fixturenames", ())))
        and not item.get_closest_marker("looks")
    ]
    kept = set(meet)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = meet


REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of measuring data beside the checkout; the test skips where it is not there."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("../shared is not here: the measuring data does not travel with the repository")
    return folder


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: object) -> None:
    """Index and files of a test never outlive it; passwords are hashed cheaply."""
    settings.KEQIAO_INDEX = tmp_path / "index"  # type: ignore[attr-defined]  # pytest-django's settings proxy
    settings.MEDIA_ROOT = tmp_path / "files"  # type: ignore[attr-defined]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """On PostgreSQL the first worker walks through every migration; `test_schema` does so on SQLite."""
    first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    migrate.Command.short_way = connection.vendor == "sqlite" or not first


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Tests that commit (live server, transaction=True) are cleaned up after by `_emptied` in the place of a flush."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: _emptied())
        yield


def _emptied() -> None:
    """Take the rows out of the few tables that have some.

    A flush goes through all 170 tables, makes content types and permissions anew, and is refused by the append-only
    audit trail, as it should be; it took seconds a test, and most of a test's time on PostgreSQL.
    """
    kept = {"django_content_type", "auth_permission", "django_migrations"}
    names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - kept)
    questions = (
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})" for name in names
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(questions))
        filled = [name for (name,) in cursor.fetchall()]
        guards = _guards_off(cursor, filled)
        for name in filled:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
        for statement in guards:
            cursor.execute(statement)


def _guards_off(cursor: Any, tables: list[str]) -> list[str]:
    """Stop the triggers of these tables for this transaction. Returns what puts them back."""
    if connection.vendor == "postgresql":
        cursor.execute(
            "SET LOCAL session_replication_role = replica"
        )  # foreign keys rest too: all of it goes
        return ["SET LOCAL session_replication_role = origin"]
    cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
    return [sql for _, sql in triggers]
