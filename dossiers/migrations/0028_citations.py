"""What is cited against the portfolio, and documents of the family abroad that people order."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import dossiers.clock


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0027_portfolio"),
    ]

    operations = [
        migrations.CreateModel(
            name="CitedDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.CharField(max_length=80)),
                ("display", models.CharField(max_length=400)),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("against", "held against the application"),
                            ("search", "named in the record of the search"),
                            ("grant", "reference document of a grant"),
                            ("unknown", "use not told"),
                        ],
                        max_length=7,
                    ),
                ),
                ("ground", models.CharField(blank=True, max_length=30)),
                ("claims", models.CharField(blank=True, max_length=300)),
                ("label", models.CharField(blank=True, max_length=8)),
                ("drafted_on", models.DateField(blank=True, null=True)),
                ("cited_in", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["drafted_on", "label", "display", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ForeignText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("translated", models.BooleanField(default=False)),
                ("ordered_at", models.DateTimeField(default=dossiers.clock.now)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("received_at", models.DateTimeField(blank=True, null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                ("body", models.BinaryField(default=bytes)),
            ],
            options={
                "ordering": ["translated", "pk"],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="cited_with",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="familymember",
            name="cited_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="familymember",
            name="cited_confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="familymember",
            name="cited_outcome",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["cited_with"], name="case_by_citing"),
        ),
        migrations.AddField(
            model_name="citeddocument",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="cited", to="dossiers.case"
            ),
        ),
        migrations.AddField(
            model_name="citeddocument",
            name="member",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="cited",
                to="dossiers.familymember",
            ),
        ),
        migrations.AddField(
            model_name="citeddocument",
            name="paper",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="cited",
                to="dossiers.paper",
            ),
        ),
        migrations.AddField(
            model_name="foreigntext",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="texts",
                to="dossiers.foreigndocument",
            ),
        ),
        migrations.AddField(
            model_name="refreshjob",
            name="text",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="refresh_jobs",
                to="dossiers.foreigntext",
            ),
        ),
        migrations.AddIndex(
            model_name="citeddocument",
            index=models.Index(fields=["document", "use", "ground", "case", "drafted_on"], name="cited_most"),
        ),
        migrations.AddIndex(
            model_name="citeddocument",
            index=models.Index(
                condition=models.Q(("member__isnull", False)), fields=["member"], name="cited_abroad"
            ),
        ),
        migrations.AddConstraint(
            model_name="foreigntext",
            constraint=models.UniqueConstraint(fields=("document", "translated"), name="foreign_text_once"),
        ),
    ]
