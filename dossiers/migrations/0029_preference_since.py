"""Since when somebody has wanted a rhythm; differences from the firm's records are news."""

from django.db import migrations, models

import dossiers.clock


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0028_citations"),
    ]

    operations = [
        migrations.AddField(
            model_name="preference",
            name="chosen_at",
            field=models.DateTimeField(default=dossiers.clock.now),
        ),
        migrations.AlterField(
            model_name="news",
            name="kind",
            field=models.CharField(
                choices=[
                    ("office_action", "Office action"),
                    ("decision", "Decision"),
                    ("dispatch", "Other document from the office"),
                    ("registered", "Registration"),
                    ("notice_read", "Text of a document read"),
                    ("not_accounted", "Document not accounted for"),
                    ("limit_moved", "Time limit moved"),
                    ("limit_missed", "Time limit passed"),
                    ("claim_not_seen", "Said to be done, not seen at the office"),
                    ("extension_not_seen", "Extension said to be filed, not seen at the office"),
                    ("not_found", "The office does not know the case"),
                    ("not_read", "The office's answer could not be read"),
                    ("family", "News from the family abroad"),
                    ("difference", "Difference from the firm's records"),
                ],
                max_length=20,
            ),
        ),
    ]
