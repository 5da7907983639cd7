"""The audit trail stays what it was."""

import pytest
from django.db import connection
from django.db.utils import DatabaseError

from keqiao.core import audit
from keqiao.core.models import AuditEntry
from keqiao.people.models import User
from tests.factories.people import UserFactory


@pytest.mark.parametrize("act", ["update", "delete"])
def test_nobody_changes_an_audit_entry_through_the_database(act: str, bureau_officer: User) -> None:
    entry = audit.record("demand.published", by=bureau_officer)

    with pytest.raises(DatabaseError, match="append-only"):
        if act == "update":
            AuditEntry.objects.filter(pk=entry.pk).update(action="demand.hidden")
        else:
            AuditEntry.objects.filter(pk=entry.pk).delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_that_commits_leaves_no_audit_entry_and_keeps_the_triggers(turn: str) -> None:
    assert AuditEntry.objects.count() == 0  # the flush after the other turn worked

    entry = audit.record("demand.published", by=UserFactory(bureau_officer=True), reason=turn)

    with pytest.raises(DatabaseError, match="append-only"):  # and put the triggers back
        AuditEntry.objects.filter(pk=entry.pk).update(action="demand.hidden")
    connection.rollback() if not connection.get_autocommit() else None
