"""The database itself refuses to change or delete an audit entry."""

from django.db import migrations

from keqiao.core.immutable import append_only


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [append_only("core_auditentry", "audit", "audit trail is append-only")]
