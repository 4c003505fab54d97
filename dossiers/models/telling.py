"""News, and who is told of it."""

from __future__ import annotations

from datetime import date

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
        NOTICE_READ = "notice_read", _("Text of a document read")
        NOT_ACCOUNTED = "not_accounted", _("Document not accounted for")
        LIMIT_MOVED = "limit_moved", _("Time limit moved")
        LIMIT_MISSED = "limit_missed", _("Time limit passed")
        CLAIM_NOT_SEEN = "claim_not_seen", _("Said to be done, not seen at the office")
        EXTENSION_NOT_SEEN = "extension_not_seen", _("Extension said to be filed, not seen at the office")
        NOT_FOUND = "not_found", _("The office does not know the case")
        NOT_READ = "not_read", _("The office's answer could not be read")
        FAMILY = "family", _("News from the family abroad")
        DIFFERENCE = "difference", _("Difference from the firm's records")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="news")
    event = models.ForeignKey(
        "dossiers.Event", on_delete=models.CASCADE, null=True, blank=True, related_name="news"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.CharField(max_length=120)  # the same news is written once
    found_on_adding = models.BooleanField(default=False)
    detail = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    # Its place in the order in which programs read news; none until one of them asks (`NewsCounter`).
    position = models.PositiveBigIntegerField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "news"
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="news_once")]
        indexes = [
            models.Index(fields=["-created_at"], name="news_newest"),
            models.Index(fields=["id"], name="news_to_place", condition=models.Q(position=None)),
        ]

    def __str__(self) -> str:
        return self.key


class Alert(models.Model):
    """One message to one person: leased, sent, marked. Unsent rows are found by the sweep."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DAILY = "daily", _("Comes with the daily digest")
        WEEKLY = "weekly", _("Comes with the weekly summary")
        INBOX = "inbox", _("Only here, as chosen")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Not wanted any more")

    news = models.ForeignKey(News, on_delete=models.CASCADE, related_name="alerts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts")
    watchlist = models.ForeignKey(
        "dossiers.Watchlist", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )  # why this person gets it
    follow = models.ForeignKey(  # the follow that is the reason; none for the person in charge
        "dossiers.Follow", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    digest = models.ForeignKey(  # the digest or summary that tells of it
        "dossiers.Digest", on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts"
    )
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )  # who is away, where this person stands in
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=clock.now)  # held while the notice is being read
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=200)  # deterministic: a repeat is recognisable
    # By when somebody has to act, as far as was known when it was written: the most urgent goes first.
    act_by = models.DateField(default=date.max)
    group = models.ForeignKey(
        "dossiers.Prompt", on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts"
    )  # the mail that tells of it together with others
    again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # who had it sent once more
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["news", "user"], name="alert_once")]
        indexes = [
            models.Index(
                fields=["act_by", "not_before"],
                name="alert_due",
                condition=models.Q(state="waiting", group=None),
            ),
            models.Index(fields=["user", "-sent_at"], name="alert_sent_lately"),
            models.Index(fields=["user", "-created_at"], name="alert_inbox"),
            models.Index(
                fields=["user", "state"],
                name="alert_for_digest",
                condition=models.Q(state__in=["daily", "weekly"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.news_id} → {self.user_id}"


class Delivery(models.Model):
    """One attempt to hand a message to the mail server, with the copy of what was sent."""

    alert = models.ForeignKey(
        Alert, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    digest = models.ForeignKey(
        "dossiers.Digest", on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    prompt = models.ForeignKey(
        "dossiers.Prompt", on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    at = models.DateTimeField(default=clock.now)
    to = models.EmailField()
    accepted = models.BooleanField()
    permanent = models.BooleanField(default=False)  # the server said it will never take this
    kept = models.BooleanField(default=False)  # and it is tried again: the server refused almost everybody
    detail = models.CharField(max_length=500, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    cases = models.ManyToManyField("dossiers.Case", related_name="+")  # of which the message tells
    again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # who had it sent once more

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="delivery_of_one_message",
                condition=models.Q(alert__isnull=False, digest=None, prompt=None)
                | models.Q(alert=None, digest__isnull=False, prompt=None)
                | models.Q(alert=None, digest=None, prompt__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["at"], name="delivery_lately")]

    def __str__(self) -> str:
        return f"{self.alert_id or self.digest or self.prompt} {self.at:%Y-%m-%d %H:%M}"
