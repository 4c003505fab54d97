"""A line whose case stands behind a wall is passed on to those inside."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0045_search_spelling"),
    ]

    operations = [
        migrations.AlterField(
            model_name="batchline",
            name="state",
            field=models.CharField(
                choices=[
                    ("ready", "Ready to add"),
                    ("to_resolve", "The application number must be asked of the office"),
                    ("found", "Found at the office"),
                    ("not_found", "The office knows no such case"),
                    ("not_checked", "The office could not be asked"),
                    ("known", "Already in the docket"),
                    ("repeated", "Repeats an earlier line"),
                    ("unreadable", "No number could be read"),
                    ("ambiguous", "Could be more than one case"),
                    ("left_out", "Left out by you"),
                    ("passed_on", "Passed on: others decide first"),
                    ("saved", "Added"),
                    ("updated", "Already in the docket, changed"),
                    ("undone", "Taken back"),
                ],
                max_length=12,
            ),
        ),
    ]
