"""The firm's own words in the mails, each version kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class MailWording(models.Model):
    """One version of the firm's words for one kind of mail in one language; the newest holds.

    A field left empty means the packaged words; a version with all three empty returns to them whole. Words
    hold variables in braces and nothing else that is carried out (`alerts.wording`).
    """

    class Kind(models.TextChoices):
        ALERT = "alert", _("Alert")
        DIGEST = "digest", _("Daily digest")
        REMINDER = "reminder", _("Reminder")
        ESCALATION = "escalation", _("Not acknowledged")
        WEEKLY = "weekly", _("Weekly summary")
        ALERTS = "alerts", _("Several alerts")
        REMINDERS = "reminders", _("Several reminders")
        ESCALATIONS = "escalations", _("Several things not acknowledged")
        WATCH_END = "watch_end", _("End of a watch")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(max_length=200, blank=True)
    opening = models.TextField(blank=True)
    closing = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    failed_at = models.DateTimeField(null=True, blank=True)  # when a mail last went without these words
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["kind", "language", "-id"], name="wording_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.at:%Y-%m-%d %H:%M}"
