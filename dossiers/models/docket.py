"""Time limits, the tasks that need a person, and the office's own closed days."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock

BY_HAND = "by_hand"  # the rule of a limit that a person entered; no rule computes or removes it


class TimeLimit(models.Model):
    """One duty with its last day, computed or entered. Nothing is deleted: a limit ends by its state."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done, shown by the office's data")
        CLAIMED = "claimed", _("Said to be done, not yet seen at the office")
        NOT_NEEDED = "not_needed", _("Not needed")
        GONE = "gone", _("No longer follows from the office's data")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="limits")
    event = models.ForeignKey(
        "dossiers.Event", on_delete=models.CASCADE, null=True, blank=True, related_name="limits"
    )
    key = models.CharField(max_length=120)  # "pat.oa.response:A131:06126000321"
    rule_id = models.CharField(max_length=60)
    rule_version = models.CharField(max_length=20)
    title_ja = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    base_date = models.DateField(null=True, blank=True)
    raw_end = models.DateField(null=True, blank=True)  # before roll-over
    due = models.DateField(null=True, blank=True)  # none: the document must be read
    calculation = models.JSONField()  # docketing.engine.Calculation.to_json()
    confidence = models.CharField(max_length=10)
    provisional = models.BooleanField(default=False)

    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    proof = models.ForeignKey(
        "dossiers.Event", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state_reason_ja = models.CharField(max_length=300, blank=True)
    state_reason_en = models.CharField(max_length=300, blank=True)
    state_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state_at = models.DateTimeField(default=clock.now)

    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["due", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="limit_once"),
            models.CheckConstraint(
                name="limit_confirmed_by_and_when",
                condition=models.Q(confirmed_by=None, confirmed_at=None)
                | (models.Q(confirmed_by__isnull=False) & models.Q(confirmed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due"], name="limit_by_due"),
            models.Index(fields=["case", "due"], name="limit_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.due}"


class TimeLimitChange(models.Model):
    """A limit's earlier value and why it changed."""

    limit = models.ForeignKey(TimeLimit, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    field = models.CharField(max_length=20)  # "due", "state", "confirmed"
    old = models.CharField(max_length=100, blank=True)
    new = models.CharField(max_length=100, blank=True)
    reason_ja = models.CharField(max_length=300, blank=True)
    reason_en = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.field}: {self.old} → {self.new}"


class ReviewTask(models.Model):
    """Something only a person can decide; it stays red until one does."""

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="reviews")
    event = models.ForeignKey(
        "dossiers.Event", on_delete=models.CASCADE, null=True, blank=True, related_name="reviews"
    )
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    detail_ja = models.CharField(max_length=500)
    detail_en = models.CharField(max_length=500)
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.CharField(max_length=500, blank=True)  # a person's words, or why it fell away

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="review_once")]
        indexes = [
            models.Index(fields=["opened_at"], name="review_open", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class OfficeClosure(models.Model):
    """A day on which the office is closed beyond weekends, national holidays and the turn of the year."""

    day = models.DateField(unique=True)
    reason_ja = models.CharField(max_length=100)
    reason_en = models.CharField(max_length=100)
    source = models.CharField(max_length=200)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.reason_ja}"
