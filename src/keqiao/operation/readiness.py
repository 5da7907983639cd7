"""Getting a database ready to serve: tables, code lists. Quick when there is nothing to do."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from keqiao.codes.models import Division


def make_ready() -> list[str]:
    """Create what is missing; returns what was done, in words, empty when all was there."""
    done: list[str] = []
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0)
        done.append("数据库结构已更新")
    if not Division.objects.exists():
        call_command("load_codes", verbosity=0)
        done.append("行政区划和代码表已载入")
    return done
