"""The database itself refuses to change or delete a movement of money."""

from django.db import migrations

from keqiao.core.immutable import append_only


class Migration(migrations.Migration):
    dependencies = [("payment", "0001_initial")]
    operations = [append_only("payment_envelopeentry", "envelope_entry", "movements of money are immutable")]
