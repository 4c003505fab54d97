"""The daily digest and the weekly summary: one message to one person, also when nothing happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Digest(models.Model):
    """The digest of one person for one day, or for the week that day begins: leased, sent, marked, as an
    alert is.

    What it says is put together when it is sent, so that one that goes out late tells of that moment.
    """

    class Kind(models.TextChoices):
        DAILY = "daily", _("Daily digest")
        WEEKLY = "weekly", _("Weekly summary")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Not sent")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.DAILY)
    day = models.DateField()  # on the reader's own calendar
    due_at = models.DateTimeField()  # the reader's hour of that day
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=200)  # deterministic: a repeat is recognisable
    again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # who had it sent once more
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    covers_until = models.DateTimeField(null=True, blank=True)  # the next one tells of what came after

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "day"], name="digest_once")]
        indexes = [
            models.Index(fields=["due_at"], name="digest_due", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.day}"
