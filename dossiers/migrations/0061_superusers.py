"""Migrations know no manager of people; no table changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0060_cases_of_copies"),
    ]

    operations = [
        migrations.AlterModelManagers(name="user", managers=[]),
    ]
