"""What is remembered of how the installation runs: outages people were told of, calls to outside watchers."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Outage(models.Model):
    """A part that stopped, from when it was noticed until it was over; at most one open for each part.

    Times are the machine's own, whatever a demo's clock says.
    """

    name = models.CharField(max_length=40)  # of alerts.heartbeats.PARTS
    reason = models.CharField(max_length=20)  # a code of alerts.heartbeats
    since = models.DateTimeField(null=True, blank=True)  # the last sign of life; null: there never was one
    noticed_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)  # when administrators were last told
    tellings = models.PositiveIntegerField(default=0)
    over_at = models.DateTimeField(null=True, blank=True)
    over_told_at = models.DateTimeField(null=True, blank=True)  # only of one that they were told of

    class Meta:
        ordering = ["-noticed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(over_at=None), name="outage_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.reason} {self.noticed_at:%Y-%m-%d %H:%M}"


class Ping(models.Model):
    """The last call to the outside watcher of a part, and what came of it."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(default=timezone.now)
    said = models.CharField(max_length=8)  # "success" or "fail": what the watcher was told
    problem = models.CharField(max_length=20, blank=True)  # a code of alerts.channels.post; "": it was taken
    heard_at = models.DateTimeField(null=True, blank=True)  # when it last took one

    def __str__(self) -> str:
        return f"{self.name} {self.said} {self.problem}".strip()


class Fault(models.Model):
    """A kind of fault of the program's own: where it came up and what it was, how often, and who was told.

    Neither words of the failure nor anybody's data: both stand in the log. Times are the machine's own.
    """

    where = models.CharField(max_length=80)  # the name of a view, a round of the worker or a logger
    what = models.CharField(max_length=200)  # the exception's class, and the file and line of ours it left
    times = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now, db_index=True)
    told_at = models.DateTimeField(null=True, blank=True)  # when administrators were last told
    told_times = models.PositiveIntegerField(default=0)  # how many they had then been told of

    class Meta:
        ordering = ["-last_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["where", "what"], name="fault_once")]

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"
