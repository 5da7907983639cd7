"""The database itself refuses to change or delete a movement of money."""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER envelope_entry_no_update BEFORE UPDATE ON payment_envelopeentry
       BEGIN SELECT RAISE(ABORT, 'movements of money are immutable'); END""",
    """CREATE TRIGGER envelope_entry_no_delete BEFORE DELETE ON payment_envelopeentry
       BEGIN SELECT RAISE(ABORT, 'movements of money are immutable'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION keqiao_envelope_entry_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'movements of money are immutable'; END $$""",
    """CREATE TRIGGER envelope_entry_immutable BEFORE UPDATE OR DELETE ON payment_envelopeentry
       FOR EACH ROW EXECUTE FUNCTION keqiao_envelope_entry_immutable()""",
]


def add_triggers(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER envelope_entry_immutable ON payment_envelopeentry")
        schema_editor.execute("DROP FUNCTION keqiao_envelope_entry_immutable()")
    else:
        schema_editor.execute("DROP TRIGGER envelope_entry_no_update")
        schema_editor.execute("DROP TRIGGER envelope_entry_no_delete")


class Migration(migrations.Migration):
    dependencies = [("payment", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
