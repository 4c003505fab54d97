"""Which cases each kept copy of a mail tells of. Of digests from before nobody noted it: their words tell."""

from django.db import migrations, models

# What carried the mails' lines, and the way from there to the case.
_TOLD = """
    SELECT d.id, n.case_id FROM dossiers_delivery d
    JOIN dossiers_alert a ON a.id = d.alert_id JOIN dossiers_news n ON n.id = a.news_id
    UNION SELECT d.id, n.case_id FROM dossiers_delivery d
    JOIN dossiers_alert a ON a.group_id = d.prompt_id JOIN dossiers_news n ON n.id = a.news_id
    UNION SELECT d.id, l.case_id FROM dossiers_delivery d
    JOIN dossiers_reminder r ON r.prompt_id = d.prompt_id JOIN dossiers_timelimit l ON l.id = r.limit_id
    UNION SELECT d.id, c.case_id FROM dossiers_delivery d
    JOIN dossiers_escalation e ON e.prompt_id = d.prompt_id JOIN dossiers_concern c ON c.id = e.concern_id
    UNION SELECT d.id, w.case_id FROM dossiers_delivery d
    JOIN dossiers_watchendnotice o ON o.prompt_id = d.prompt_id JOIN dossiers_watchend w ON w.id = o.ending_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0059_cases_left"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="cases",
            field=models.ManyToManyField(related_name="+", to="dossiers.case"),
        ),
        migrations.RunSQL(
            f"INSERT INTO dossiers_delivery_cases (delivery_id, case_id) {_TOLD}",  # noqa: S608
            migrations.RunSQL.noop,
        ),
    ]
