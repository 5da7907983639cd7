"""A fresh database is built the short way; the long way, step by step, must lead to the same place."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from keqiao.operation import schema


def _built(folder: Path, *options: str) -> sqlite3.Connection:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KEQIAO_")}
    environment |= {"DJANGO_SETTINGS_MODULE": "keqiao.settings", "KEQIAO_VAR": str(folder)}
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0", *options]
    subprocess.run(command, env=environment, check=True, timeout=300)
    (file,) = folder.glob("*.sqlite3")
    return sqlite3.connect(file)


def _parts(statement: str | None) -> list[str] | str | None:
    """A table's columns and constraints in any order: a column that came later stands last."""
    if statement is None or not statement.startswith("CREATE TABLE"):
        return statement
    inside = statement[statement.index("(") + 1 : statement.rindex(")")]
    return sorted(re.split(r",\s*(?![^(]*\))", inside))


def _told(rows: Iterable[tuple[str, str, str | None]]) -> dict[tuple[str, str], list[str] | str | None]:
    return {(kind, name): _parts(statement) for kind, name, statement in rows}


@pytest.mark.slow
def test_both_ways_give_the_same_tables_triggers_and_notes(tmp_path: Path) -> None:
    short, long = _built(tmp_path / "short"), _built(tmp_path / "long", "--step-by-step")

    everything = "SELECT type, name, sql FROM sqlite_master"
    applied = "SELECT app, name FROM django_migrations ORDER BY app, name"
    assert _told(short.execute(everything)) == _told(long.execute(everything))
    assert short.execute(applied).fetchall() == long.execute(applied).fetchall()


def test_a_database_with_tables_is_never_built_anew(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        schema, "build", lambda *_, **__: pytest.fail("a database in use was taken for fresh")
    )

    call_command("migrate", verbosity=0)

    assert "people_user" in connection.introspection.table_names()
