"""Acts on many cases may restrict them; administrators are told of a wall behind which nobody is reached."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0043_audit_chain"),
    ]

    operations = [
        migrations.AddField(
            model_name="prompt",
            name="wall",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="dossiers.wall",
            ),
        ),
        migrations.AlterField(
            model_name="bulkchange",
            name="act",
            field=models.CharField(
                choices=[
                    ("owner", "Assign"),
                    ("deputy", "Name as deputy"),
                    ("tag", "Tag"),
                    ("untag", "Take a tag off"),
                    ("watch", "Put on a watchlist"),
                    ("unwatch", "Take off a watchlist"),
                    ("wall", "Restrict, or restrict no more"),
                    ("refresh", "Ask the office"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="prompt",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reminder", "Reminder"),
                    ("escalation", "Not acknowledged"),
                    ("watch_end", "End of a watch"),
                    ("alerts", "Several alerts"),
                    ("channel", "Channel switched off"),
                    ("calendar", "Holidays to confirm"),
                    ("wall", "Nobody inside a wall can be reached"),
                ],
                max_length=10,
            ),
        ),
    ]
