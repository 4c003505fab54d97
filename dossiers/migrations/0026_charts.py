"""What charts count: acts by code, limits by rule, and the grounds of each notice that was read."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


def read_grounds(apps, schema_editor):
    """The grounds of the notices read before there was a column for them."""
    Paper = apps.get_model("dossiers", "Paper")
    papers = Paper.objects.filter(readable=True).only("pk", "notice")
    for paper in papers.iterator(chunk_size=200):
        found = _grounds(paper.notice or {})
        if found:
            Paper.objects.filter(pk=paper.pk).update(grounds=found)


def _grounds(notice):
    if notice.get("kind") != "refusal":
        return ""
    named = {f"{article['law']}/{article['reference']}" for article in notice.get("articles", ())}
    kept = ""
    for one in sorted(named):
        if len(kept) + len(one) < 300:
            kept = f"{kept} {one}".strip()
    return kept


class Migration(migrations.Migration):
    dependencies = [
        ("dossiers", "0025_following"),
    ]

    operations = [
        migrations.AddField(
            model_name="paper",
            name="grounds",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.RunPython(read_grounds, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(
                fields=["grounds", "event", "case"], name="paper_by_grounds", condition=~Q(grounds="")
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["code", "case", "legal_date", "notice_state", "vanished_at"],
                name="event_by_code",
                condition=Q(vanished_at=None),
            ),
        ),
        migrations.AddIndex(
            model_name="timelimit",
            index=models.Index(
                fields=["rule_id", "state", "due", "base_date", "proof", "case"], name="limit_by_rule"
            ),
        ),
    ]
