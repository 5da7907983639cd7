"""The tables of a fresh database, made from today's models in one transaction.

Walking through every migration renders the state of all models again after each step, which took 20 s for 60 tables
and grows with their square. An empty database needs no history: the models say what it must look like, the steps that
migrations wrote by hand (triggers) are run, and every migration is noted as applied. A test compares both ways.
"""

from dataclasses import dataclass

from django.apps import apps
from django.apps.registry import Apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.recorder import MigrationRecorder


@dataclass(frozen=True, slots=True)
class _Today:
    """What a hand-written step takes for the state before and after it: the models as they are now."""

    apps: Apps

    def clear_delayed_apps_cache(self) -> None:
        """Nothing is put off here."""


def is_empty(database: str = "default") -> bool:
    """Whether the database has no table at all."""
    connection = connections[database]
    return not connection.introspection.table_names()


def build(database: str = "default", *, verbosity: int = 0) -> None:
    """Create all tables, run the hand-written steps, note every migration as applied; all of it or nothing.

    The steps meet an empty database, so one that carries rows over has nothing to do.
    """
    connection = connections[database]
    loader = MigrationLoader(connection)
    plan = [node for leaf in loader.graph.leaf_nodes() for node in loader.graph.forwards_plan(leaf)]
    today = _Today(apps)
    recorder = MigrationRecorder(connection)
    emit_pre_migrate_signal(verbosity, False, database)
    with connection.schema_editor(atomic=True) as editor:
        for model in apps.get_models():
            # Proxies, swapped and unmanaged models have no table of ours
            if model._meta.can_migrate(connection) and router.allow_migrate_model(database, model):
                editor.create_model(model)
        # Indexes and foreign keys that Django puts off to the end; the steps below may need them
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
        editor.deferred_sql.clear()
        for label, name in dict.fromkeys(plan):
            for step in loader.graph.nodes[label, name].operations:
                if isinstance(step, RunPython | RunSQL):
                    step.database_forwards(label, editor, today, today)  # type: ignore[arg-type]  # only `apps` is read
        recorder.ensure_schema()
        for label, name in dict.fromkeys(plan):
            recorder.record_applied(label, name)
    emit_post_migrate_signal(verbosity, False, database)
