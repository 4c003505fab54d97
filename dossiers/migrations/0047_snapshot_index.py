from __future__ import annotations

from django.db import migrations, models

FIELDS = ["endpoint", "taken_in", "case", "last_received_at"]


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0046_passed_on")]

    operations = [
        migrations.AddIndex("snapshot", models.Index(fields=FIELDS, name="snapshot_by_endpoint")),
    ]
