"""The mail server as all processes see it, and what came back from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class MailServer(models.Model):
    """The one server mail is handed to: when messages were, and until when it is left alone.

    Times here are those of the machine, not of the demo's clock.
    """

    taken = models.JSONField(default=list)  # seconds since the epoch of the last minute's messages
    paused_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row, all about the server
    words = models.CharField(max_length=500, blank=True)  # why it is left alone
    # Since when it refuses so many that this says nothing of the addresses (`alerts.refusals`).
    refusing_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "mail server"


class Bounce(models.Model):
    """A message that did not reach its reader: refused at once, or sent back. Written once for each."""

    class How(models.TextChoices):
        ANSWER = "answer", _("Answer of the mail server")
        REPORT = "report", _("Report that came back")
        GIVEN_UP = "given", _("Given up after many attempts")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bounces")
    address = models.EmailField()
    at = models.DateTimeField(default=clock.now)
    hard = models.BooleanField()  # the mailbox is not there; a soft one may be full, or its server away
    status = models.CharField(max_length=16, blank=True)  # RFC 3463, "5.1.1"
    words = models.CharField(max_length=500, blank=True)
    how = models.CharField(max_length=6, choices=How.choices)
    delivery = models.ForeignKey(
        "dossiers.Delivery", on_delete=models.CASCADE, null=True, blank=True, related_name="bounces"
    )
    key = models.CharField(max_length=64, unique=True)  # the same report read twice counts once

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["user", "-at"], name="bounce_of_user")]

    def __str__(self) -> str:
        return f"{self.address} {self.status}".strip()
