"""Where acts come from, the chain they are sealed in, and a database that refuses to change them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dossiers.clock
import dossiers.models.audit
import dossiers.origin
from dossiers.audit import triggers

WAYS = [
    ("page", "page"),
    ("token", "program with a token"),
    ("command", "command on the server"),
    ("worker", "round of the worker"),
]
OFFICES = [("jpo", "Japan Patent Office"), ("ipaustralia", "IP Australia")]


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


def text(name, length, default, **more):
    """A column that is empty in rows from before, and filled by `default` in new ones."""
    field = models.CharField(blank=True, max_length=length, default="", **more)
    later = models.CharField(blank=True, max_length=length, default=default, **more)
    return [
        migrations.AddField("auditentry", name, field),
        migrations.AlterField("auditentry", name, later),
    ]


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0042_indexes_of_boards")]

    operations = [
        migrations.CreateModel(
            "AuditChain",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.PositiveBigIntegerField(default=0)),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            "OfficeCredential",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("office", models.CharField(choices=OFFICES, max_length=12, unique=True)),
                ("sealed", models.TextField()),
                ("changed_at", models.DateTimeField(default=dossiers.clock.now)),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            "CredentialUse",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("office", models.CharField(choices=OFFICES, max_length=12)),
                ("day", models.DateField()),
                ("mark", models.CharField(max_length=24)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("office", "day", "mark"), name="credential_use_once")
                ]
            },
        ),
        migrations.AddField("user", "erased_at", models.DateTimeField(blank=True, null=True)),
        *text("way", 8, dossiers.origin.way, choices=WAYS),
        *text("via", 80, dossiers.origin.via),
        *text("address", 45, dossiers.origin.address),
        *text("address_salt", 32, dossiers.models.audit.salt),
        *text("detail_salt", 32, dossiers.models.audit.salt),
        migrations.AddField(
            "auditentry", "address_hash", models.CharField(blank=True, max_length=64, default=""), False
        ),
        migrations.AddField(
            "auditentry", "detail_hash", models.CharField(blank=True, max_length=64, default=""), False
        ),
        migrations.AddField(
            "auditentry", "seal", models.CharField(blank=True, max_length=64, default=""), False
        ),
        migrations.AddField(
            "auditentry", "position", models.PositiveBigIntegerField(blank=True, null=True, unique=True)
        ),
        migrations.AddField(
            "auditentry",
            "redacted_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="redacted",
                to="dossiers.auditentry",
            ),
        ),
        migrations.AddIndex("auditentry", models.Index(fields=["action", "-id"], name="audit_of_act")),
        migrations.AddIndex("auditentry", models.Index(fields=["at"], name="audit_of_day")),
        migrations.RunPython(install, remove),
    ]
