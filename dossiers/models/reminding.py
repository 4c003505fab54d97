"""What somebody has to acknowledge, what people are reminded of, and the mails that say so."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Concern(models.Model):
    """Something that a named person has to acknowledge: a piece of news, or a time limit that presses.

    Whether it still matters is not kept here but asked of the rows it is about (`alerts.acknowledge.live`):
    a limit that is done or has moved needs nobody any more. The acknowledgement, once given, stays.
    """

    class Stage(models.TextChoices):
        NEWS = "news", _("News")
        WEEK = "week", _("Due within seven days")
        OVERDUE = "overdue", _("Overdue")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="concerns")
    news = models.OneToOneField(
        "dossiers.News", on_delete=models.CASCADE, null=True, blank=True, related_name="concern"
    )
    limit = models.ForeignKey(
        "dossiers.TimeLimit", on_delete=models.CASCADE, null=True, blank=True, related_name="concerns"
    )
    due = models.DateField(null=True, blank=True)  # of the limit; another date is another concern
    stage = models.CharField(max_length=8, choices=Stage.choices)
    opened_at = models.DateTimeField(default=clock.now)
    rung = models.PositiveSmallIntegerField(default=0)  # how far it was escalated
    raised_at = models.DateTimeField(default=clock.now)  # when it got there; office hours count from here
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_how = models.CharField(max_length=8, blank=True)  # "mail", "page"

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["limit", "due", "stage"], condition=models.Q(news=None), name="concern_once"
            ),
            models.CheckConstraint(
                name="concern_about_one_thing",
                condition=models.Q(news=None, limit__isnull=False, due__isnull=False)
                | models.Q(news__isnull=False, limit=None, due=None),
            ),
        ]
        indexes = [
            models.Index(fields=["raised_at"], name="concern_open", condition=models.Q(acknowledged_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.news_id or self.limit_id} {self.due or ''}".strip()


class Prompt(models.Model):
    """One mail about several things, or about none of the cases: reminders, what nobody acknowledges, alerts
    in a storm of them, a channel that was switched off, holidays to confirm, a wall without anybody.

    Leased, sent, marked, as an alert is.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("Reminder")
        ESCALATION = "escalation", _("Not acknowledged")
        WATCH_END = "watch_end", _("End of a watch")
        ALERTS = "alerts", _("Several alerts")
        CHANNEL = "channel", _("Channel switched off")
        CALENDAR = "calendar", _("Holidays to confirm")
        WALL = "wall", _("Nobody inside a wall can be reached")
        LEFT = "left", _("Cases to be taken over behind a wall")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Not sent")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()  # when it ought to go out; one that goes later says so
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=200)  # deterministic: a repeat is recognisable
    again_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # who had it sent once more
    webhook = models.ForeignKey(  # the channel that was switched off
        "dossiers.Webhook", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    wall = models.ForeignKey(  # behind which something waits and nobody can be told, or cases were left
        "dossiers.Wall", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    about = models.ForeignKey(  # who leaves cases behind that wall
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["not_before"], name="prompt_due", condition=models.Q(state="waiting")),
            models.Index(fields=["user", "kind", "-created_at"], name="prompt_of_user"),
        ]

    def __str__(self) -> str:
        return self.message_id


class Reminder(models.Model):
    """One person was reminded of one date of a limit on one rung of the ladder: never twice.

    `kind` is "legal" or the kind of an own date; `rung` is the number of days before the date, below 0 the
    days after it.
    """

    limit = models.ForeignKey("dossiers.TimeLimit", on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=12)
    due = models.DateField()
    rung = models.SmallIntegerField()
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )  # who is away
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="reminders")

    class Meta:
        ordering = ["due", "limit", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["limit", "user", "kind", "due", "rung"], name="reminder_once")
        ]

    def __str__(self) -> str:
        return f"{self.limit_id} {self.kind} {self.due} {self.rung:+d}"


class Escalation(models.Model):
    """One person was told of a concern that nobody had acknowledged, on one rung: never twice."""

    class Role(models.TextChoices):
        AGAIN = "again", _("told again")
        DEPUTY = "deputy", _("as deputy")
        TEAM = "team", _("as colleague or follower of a list")
        MANAGER = "manager", _("as administrator")

    concern = models.ForeignKey(Concern, on_delete=models.CASCADE, related_name="escalations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="escalations")
    rung = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=8, choices=Role.choices)
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="escalations")

    class Meta:
        ordering = ["rung", "pk"]
        constraints = [models.UniqueConstraint(fields=["concern", "user", "rung"], name="escalation_once")]

    def __str__(self) -> str:
        return f"{self.concern_id} {self.rung} → {self.user_id}"
