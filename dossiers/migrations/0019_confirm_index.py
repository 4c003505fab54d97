"""The round of confirming leaves out what had passed before its case was added: its index knows that, too."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0018_channels"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="timelimit", name="limit_to_confirm"),
        migrations.AddIndex(
            model_name="timelimit",
            index=models.Index(
                fields=["confirmed_by", "state", "passed_on_adding", "due", "case"], name="limit_to_confirm"
            ),
        ),
    ]
