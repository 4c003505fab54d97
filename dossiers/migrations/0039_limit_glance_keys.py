from __future__ import annotations

from django.db import migrations, models

FIELDS = ["state", "passed_on_adding", "due", "duty", "rung", "stands_until", "case", "id"]


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0038_imports")]

    operations = [
        migrations.RemoveIndex("timelimit", "limit_at_a_glance"),
        migrations.AddIndex("timelimit", models.Index(fields=FIELDS, name="limit_at_a_glance")),
    ]
