"""Tables whose rows the database itself refuses to change or delete, as a step for migrations."""

from typing import Any

from django.db.migrations import RunPython


def append_only(table: str, name: str, message: str) -> RunPython:
    """The step that puts triggers on `table`. name: what they and their function are called after; message: what the
    database says when somebody tries. Rows may still be added, and PostgreSQL's TRUNCATE passes."""
    refused = message.replace("'", "''")

    def add(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION keqiao_{name}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{refused}'; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION keqiao_{name}_append_only()"
            )
            return
        for event in ("update", "delete"):
            schema_editor.execute(
                f"CREATE TRIGGER {name}_no_{event} BEFORE {event.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
            )

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {name}_append_only ON {table}")
            schema_editor.execute(f"DROP FUNCTION keqiao_{name}_append_only()")
            return
        for event in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {name}_no_{event}")

    return RunPython(add, drop)
