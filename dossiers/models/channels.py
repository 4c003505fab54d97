"""Other ways out than mail: signed calls to the firm's own systems, and feeds that programs read."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock

from .telling import News


class Scope(models.TextChoices):
    """Of which cases a channel tells."""

    MINE = "mine", _("Cases I am in charge of or follow")
    LIST = "list", _("Cases of one watchlist")
    ALL = "all", _("All cases of the docket")


def new_salt() -> str:
    return secrets.token_hex(16)


class Webhook(models.Model):
    """A way out that is called with each piece of news: a webhook, or a room or person in a chat service.

    A webhook's secret is derived, not stored (`channels.signing`); what opens a chat is kept sealed
    (`dossiers.sealing`).
    """

    WEBHOOK = "webhook"  # the service of those that are signed; any other is one of `channels.chat`

    class Off(models.TextChoices):
        BY_HAND = "by_hand", _("Switched off by hand")
        GONE = "gone", _("The receiver said that it wants no more (410)")
        FAILING = "failing", _("The receiver has failed for days")
        REFUSED = "refused", _("The service does not take what was entered for it any more")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(_("name"), max_length=60)
    service = models.CharField(max_length=20, default=WEBHOOK)
    url = models.CharField(_("address"), max_length=500, blank=True)  # may be a key in itself: never logged
    sealed = models.TextField(blank=True)  # what was filled in for a chat service; "" for a webhook
    # From which rung on it tells of what nobody has acknowledged; 0: of nothing.
    escalate_from = models.PositiveSmallIntegerField(default=0)
    kinds = models.JSONField(default=list)  # of News
    scope = models.CharField(max_length=4, choices=Scope.choices, default=Scope.MINE)
    watchlist = models.ForeignKey(
        "dossiers.Watchlist", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    salt = models.CharField(max_length=32, default=new_salt)
    old_salt = models.CharField(max_length=32, blank=True)  # signs beside the new one until `old_until`
    old_until = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=clock.now)
    accepted_at = models.DateTimeField(null=True, blank=True)  # the last time the receiver took a message
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True, blank=True)
    quiet_until = models.DateTimeField(null=True, blank=True)  # a receiver in trouble is left alone
    off = models.CharField(max_length=8, choices=Off.choices, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # when its owner was mailed that it went off

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="webhook_list_named",
                condition=models.Q(scope="list", watchlist__isnull=False)
                | (~models.Q(scope="list") & models.Q(watchlist=None)),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_chat(self) -> bool:
        return self.service != self.WEBHOOK


class WebhookDelivery(models.Model):
    """One message to one channel: leased, sent, marked, as an alert is. Identity and body never change.

    It is about a piece of news, about a concern on a rung of its escalation, about mail that does not reach
    its owner (`notice`), or about nothing: a test.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Taken by the receiver")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Settled before it was sent")

    class Notice(models.TextChoices):
        ADDRESS_OFF = "address_off", _("Mail comes back")
        GIVEN_UP = "given_up", _("Mail not delivered")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    news = models.ForeignKey(News, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    concern = models.ForeignKey(
        "dossiers.Concern", on_delete=models.CASCADE, null=True, blank=True, related_name="chats"
    )
    rung = models.PositiveSmallIntegerField(default=0)  # of the concern's escalation
    notice = models.CharField(max_length=12, choices=Notice.choices, blank=True)  # to its owner, about mail
    message_id = models.CharField(max_length=80)  # the header webhook-id: a repeat is recognisable
    batch = models.CharField(max_length=80, blank=True)  # what goes to a chat as one message has one
    body = models.TextField(blank=True)  # written at the first attempt; JSON for a webhook
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["webhook", "message_id"], name="webhook_message_once"),
            models.CheckConstraint(
                name="webhook_about_one_thing",
                condition=models.Q(news=None) | models.Q(concern=None),
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="webhook_due", condition=models.Q(state="waiting")),
            models.Index(fields=["webhook", "-created_at"], name="webhook_log"),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def is_test(self) -> bool:
        return self.news_id is None and self.concern_id is None and not self.notice


class WebhookAttempt(models.Model):
    """One call and what came of it."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="calls")
    at = models.DateTimeField(default=clock.now)
    accepted = models.BooleanField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # none: there was no answer
    milliseconds = models.PositiveIntegerField()
    answer = models.CharField(max_length=200, blank=True)  # the beginning of what the receiver said
    problem = models.CharField(max_length=40, blank=True)  # a code; `channels.post.Problem`

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.status or self.problem}"


class Feed(models.Model):
    """A private address at which programs read news or time limits. Only its token's hash is kept."""

    class Kind(models.TextChoices):
        LIMITS = "limits", _("Time limits, for a calendar")
        NEWS = "news", _("News, for a feed reader")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feeds")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    scope = models.CharField(max_length=4, choices=Scope.choices, default=Scope.MINE)
    watchlist = models.ForeignKey(
        "dossiers.Watchlist", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    rotated_at = models.DateTimeField(null=True, blank=True)
    # What was last read, and since when it has been so: the validators of HTTP.
    etag = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="feed_list_named",
                condition=models.Q(scope="list", watchlist__isnull=False)
                | (~models.Q(scope="list") & models.Q(watchlist=None)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner_id}"
