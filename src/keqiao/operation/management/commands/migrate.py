"""`manage.py migrate`: a fresh database gets today's tables at once instead of every step of their history."""

from typing import Any

from django.core.management import CommandParser
from django.core.management.commands import migrate

from keqiao.operation import schema


class Command(migrate.Command):
    """Django's own command; only a database without any table takes the short way (`operation.schema`)."""

    # Tests that must walk the whole way switch this off
    short_way = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Django's own, and `--step-by-step`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--step-by-step", action="store_true", help="空库也逐个执行迁移，不走一次建成的捷径"
        )

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Build or migrate. Raises what Django's command raises."""
        whole = options.get("app_label") is None and not any(
            options.get(name) for name in ("plan", "fake", "fake_initial", "check_unapplied", "prune")
        )
        step_by_step = options.pop("step_by_step", False) or not self.short_way
        database = options["database"]
        if whole and not step_by_step and schema.is_empty(database):
            schema.build(database, verbosity=options["verbosity"])
            return None
        return super().handle(*args, **options)
