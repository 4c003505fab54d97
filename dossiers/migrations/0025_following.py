"""Follow single cases and as a team; rhythms of telling; a weekly summary; ends of watches."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dossiers.clock


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("dossiers", "0024_mail_in_storms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("office_action", "Office action"),
                            ("decision", "Decision"),
                            ("limit_due", "Time limit due"),
                            ("limit_overdue", "Time limit overdue"),
                            ("not_checked", "Case that could not be checked"),
                            ("status", "Other document or change of status"),
                            ("register", "Registration and register"),
                            ("family", "News from the family abroad"),
                            ("difference", "Difference from the firm's records"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[
                            ("at_once", "At once"),
                            ("daily", "With the daily digest"),
                            ("weekly", "Weekly"),
                            ("never", "Not at all"),
                        ],
                        max_length=8,
                    ),
                ),
                ("ways", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="WatchEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("finished_since", models.DateTimeField(default=dossiers.clock.now)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="WatchEndNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="digest",
            name="digest_once",
        ),
        migrations.AddField(
            model_name="alert",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="alerts",
                to="dossiers.digest",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="follow",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="dossiers.follow",
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="kind",
            field=models.CharField(
                choices=[("daily", "Daily digest"), ("weekly", "Weekly summary")],
                default="daily",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="firmpolicy",
            name="watch_end_days",
            field=models.PositiveSmallIntegerField(default=90),
        ),
        migrations.AddField(
            model_name="follow",
            name="case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follows",
                to="dossiers.case",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="left",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="follow",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follows",
                to="auth.group",
            ),
        ),
        migrations.AlterField(
            model_name="alert",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("daily", "Comes with the daily digest"),
                    ("weekly", "Comes with the weekly summary"),
                    ("inbox", "Only here, as chosen"),
                    ("sent", "Sent"),
                    ("failed", "Failed"),
                    ("dropped", "Not wanted any more"),
                ],
                default="waiting",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="follow",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follows",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="follow",
            name="watchlist",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follows",
                to="dossiers.watchlist",
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
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("state__in", ["daily", "weekly"])),
                fields=["user", "state"],
                name="alert_for_digest",
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.UniqueConstraint(fields=("user", "kind", "day"), name="digest_once"),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(fields=("watchlist", "team"), name="follow_of_team_once"),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(fields=("case", "user"), name="follow_of_case_once"),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(fields=("case", "team"), name="follow_of_case_by_team_once"),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case", None), ("watchlist__isnull", False)),
                    models.Q(("case__isnull", False), ("watchlist", None)),
                    _connector="OR",
                ),
                name="follow_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("team", None), ("user__isnull", False)),
                    models.Q(("team__isnull", False), ("user", None)),
                    _connector="OR",
                ),
                name="follow_by_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left", False), models.Q(("active", False), ("user__isnull", False)), _connector="OR"
                ),
                name="follow_left_is_ended",
            ),
        ),
        migrations.AddField(
            model_name="preference",
            name="follow",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="preferences",
                to="dossiers.follow",
            ),
        ),
        migrations.AddField(
            model_name="preference",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="preferences",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="watchend",
            name="case",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="watch_end", to="dossiers.case"
            ),
        ),
        migrations.AddField(
            model_name="watchend",
            name="kept_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="watchendnotice",
            name="ending",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="dossiers.watchend"
            ),
        ),
        migrations.AddField(
            model_name="watchendnotice",
            name="prompt",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="watch_ends", to="dossiers.prompt"
            ),
        ),
        migrations.AddField(
            model_name="watchendnotice",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.UniqueConstraint(
                condition=models.Q(("follow", None)), fields=("user", "kind"), name="preference_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.UniqueConstraint(fields=("follow", "kind"), name="preference_of_follow_once"),
        ),
        migrations.AddConstraint(
            model_name="watchend",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at", None),
                    models.Q(("kept_at", None), ("told_at__isnull", False)),
                    _connector="OR",
                ),
                name="watch_ends_after_notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="watchendnotice",
            constraint=models.UniqueConstraint(fields=("ending", "user"), name="watch_end_told_once"),
        ),
    ]
