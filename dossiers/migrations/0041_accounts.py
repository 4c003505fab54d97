import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.core.management import call_command
from django.db import migrations, models

import dossiers.models.accounts
import dossiers.models.docket


def cache_table(apps, schema_editor):
    """What all processes share, unless a Redis is named: made here, so that migrating is all there is to do."""
    call_command("createcachetable", "shared_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("dossiers", "0040_roles_and_walls"),
    ]

    operations = [
        migrations.AddField(
            model_name="firmpolicy",
            name="second_factor_roles",
            field=models.JSONField(default=dossiers.models.docket._administrators),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("docketer", "Docketing clerk"),
                            ("attorney", "Attorney"),
                            ("reader", "Reader"),
                            ("client", "Client"),
                        ],
                        default="docketer",
                        max_length=13,
                        verbose_name="role",
                    ),
                ),
                ("client", models.CharField(blank=True, max_length=120, verbose_name="client")),
                (
                    "language",
                    models.CharField(
                        choices=[("ja", "日本語"), ("en", "English")],
                        default="ja",
                        max_length=2,
                        verbose_name="language",
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ends_at", models.DateTimeField(default=dossiers.models.accounts.invitation_ends)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "teams",
                    models.ManyToManyField(
                        blank=True, related_name="+", to="auth.group", verbose_name="teams"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-made_at", "pk"]},
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("used_at", None), ("withdrawn_at", None)),
                name="invitation_open_once",
            ),
        ),
        migrations.RunPython(cache_table, migrations.RunPython.noop),
    ]
