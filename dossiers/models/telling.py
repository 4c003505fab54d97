"""News, and who is told of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class News(models.Model):
    """Something happened on a case that people may want to know. Written once, with the change itself."""

    class Kind(models.TextChoices):
        OFFICE_ACTION = "office_action", _("Office action")
        DECISION = "decision", _("Decision")
        DISPATCH = "dispatch", _("Other document from the office")
        REGISTERED = "registered", _("Registration")
        NOT_ACCOUNTED = "not_accounted", _("Document not accounted for")
        LIMIT_MOVED = "limit_moved", _("Time limit moved")
        NOT_FOUND = "not_found", _("The office does not know the case")
        NOT_READ = "not_read", _("The office's answer could not be read")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="news")
    event = models.ForeignKey(
        "dossiers.Event", on_delete=models.CASCADE, null=True, blank=True, related_name="news"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=120)  # the same news is written once
    found_on_adding = models.BooleanField(default=False)
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "news"
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="news_once")]
        indexes = [models.Index(fields=["-created_at"], name="news_newest")]

    def __str__(self) -> str:
        return self.key


class Alert(models.Model):
    """One message to one person: leased, sent, marked. Unsent rows are found by the sweep."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Not wanted any more")

    news = models.ForeignKey(News, on_delete=models.CASCADE, related_name="alerts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts")
    watchlist = models.ForeignKey(
        "dossiers.Watchlist", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # why this person gets it
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=clock.now)  # held while the notice is being read
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=200)  # deterministic: a repeat is recognisable
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["news", "user"], name="alert_once")]
        indexes = [
            models.Index(fields=["not_before"], name="alert_due", condition=models.Q(state="waiting")),
            models.Index(fields=["user", "-created_at"], name="alert_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.news_id} → {self.user_id}"


class Delivery(models.Model):
    """One attempt to hand a message to the mail server, with the copy of what was sent."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    at = models.DateTimeField(default=clock.now)
    to = models.EmailField()
    accepted = models.BooleanField()
    permanent = models.BooleanField(default=False)  # the server said it will never take this
    detail = models.CharField(max_length=500, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.alert_id} {self.at:%Y-%m-%d %H:%M}"
