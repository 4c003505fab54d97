"""What was asked of the office, what it cost, and the work still to do there."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class QuotaDay(models.Model):
    """The daily counter of one credential's bucket (endpoint and law); days are Japan days."""

    credential = models.CharField(max_length=200)
    bucket = models.CharField(max_length=60)
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)  # reserved and not given back
    in_flight = models.PositiveIntegerField(default=0)  # reserved and not settled yet
    silent = models.PositiveIntegerField(default=0)  # counted, and ended without a counter
    remaining_reported = models.PositiveIntegerField(
        null=True, blank=True
    )  # lowest the office has said today
    limit_shown = models.PositiveIntegerField(null=True, blank=True)  # highest its counters prove
    elsewhere = models.PositiveIntegerField(default=0)  # the office counts them, we did not make them
    exhausted = models.BooleanField(default=False)  # the office said: daily limit

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "bucket", "day"], name="quota_day_once")]

    def __str__(self) -> str:
        return f"{self.bucket} {self.day}"


class QuotaMinute(models.Model):
    """The rolling minute of one credential and group of endpoints. The row is what callers lock."""

    credential = models.CharField(max_length=200)
    group = models.CharField(max_length=20)
    calls = models.JSONField(default=list)  # rows of apiclient.quota.Call, POSIX seconds first

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "group"], name="quota_minute_once")]

    def __str__(self) -> str:
        return f"{self.credential} {self.group}"


class OfficeCall(models.Model):
    """One request to the office. A row without an end is a call whose worker died."""

    endpoint = models.CharField(max_length=60)
    argument = models.CharField(max_length=100)
    purpose = models.CharField(max_length=10)
    office_day = models.DateField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    status_code = models.CharField(max_length=5, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    remaining = models.IntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["endpoint", "argument", "office_day"], name="call_asked_today"),
            models.Index(fields=["-started_at"], name="call_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.argument} {self.outcome}"


class RefreshJob(models.Model):
    """The work order to ask the office about one case."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Purpose(models.TextChoices):
        PERSON = "person", _("Asked for by a person")
        ADDED = "added", _("Case just added")
        DAILY = "daily", _("Daily round")
        FAMILY = "family", _("Weekly round of the family abroad")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="refresh_jobs")
    member = models.ForeignKey(  # of whom in the family abroad the documents are asked for
        "dossiers.FamilyMember", on_delete=models.CASCADE, null=True, blank=True, related_name="refresh_jobs"
    )
    text = models.ForeignKey(  # the document abroad that a person wants
        "dossiers.ForeignText", on_delete=models.CASCADE, null=True, blank=True, related_name="refresh_jobs"
    )
    key = models.CharField(max_length=80, unique=True)  # "daily:2026-11-24:17": asked once a day
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    rank = models.IntegerField(default=100)  # smaller is sooner
    # Whose calls it was planned with, "patent/app_progress"; "": the status, by whichever counter has calls.
    bucket = models.CharField(max_length=60, blank=True)
    reason_code = models.CharField(max_length=20, blank=True)  # of refresh.planner.words
    reason_values = models.JSONField(default=dict, blank=True)  # the figures of its sentence
    planned_for = models.DateField(null=True, blank=True)  # the office day of the plan that made it
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    steps = models.JSONField(default=list, blank=True)  # [{"endpoint","outcome"}]
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["rank", "created_at", "pk"]
        indexes = [
            models.Index(
                fields=["rank", "created_at"], name="refresh_due", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["case", "-created_at"], name="refresh_of_case"),
            models.Index(fields=["planned_for", "rank"], name="refresh_of_day"),
        ]

    def __str__(self) -> str:
        return self.key


class DayPlan(models.Model):
    """What was planned for one office day, as last revised; its orders are the RefreshJobs of that day."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField(default=clock.now)
    revised_at = models.DateTimeField(default=clock.now)
    revisions = models.PositiveSmallIntegerField(default=0)
    basis = models.JSONField(default=dict, blank=True)  # what it was made from; made anew when that differs
    budgets = models.JSONField(default=list, blank=True)  # [{"bucket","calls","daily","planned"}]
    promises = models.JSONField(default=list, blank=True)  # [{"law","class","days"}]
    left_out = models.PositiveIntegerField(default=0)  # live cases that may have news and are not asked
    sweep_days = models.FloatField(null=True, blank=True)  # one round of all live cases; null: no calls
    first_round = models.JSONField(default=dict, blank=True)  # {"waiting","done","until"}: never asked yet

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"plan of {self.day}"


class Outlook(models.Model):
    """The order to play the plan forward on this docket, and what came out: how late acts will be seen."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    key = models.CharField(max_length=60, unique=True)  # "day:2026-11-24": one each office day
    day = models.DateField()  # the office day from which it plays forward
    more = models.PositiveIntegerField()  # cases that one of the forecasts adds
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=clock.now)
    detail = models.CharField(max_length=500, blank=True)
    assumed = models.JSONField(default=dict, blank=True)  # what it was played with, of refresh.outlook
    found = models.JSONField(default=dict, blank=True)  # per name of refresh.outlook.FORECASTS
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"outlook {self.key}"


class Circuit(models.Model):
    """Whether an office is worth asking: open after failures in a row, tried again by one call at a time."""

    name = models.CharField(max_length=40, unique=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    openings = models.PositiveIntegerField(default=0)  # in a row; each pause is longer than the one before
    outcome = models.CharField(max_length=20, blank=True)  # of the last failure
    opened_at = models.DateTimeField(null=True, blank=True)  # null: closed, calls may go
    until = models.DateTimeField(null=True, blank=True)  # nobody asks before
    trial_until = models.DateTimeField(null=True, blank=True)  # the lease of whoever tries

    def __str__(self) -> str:
        return f"{self.name} {'open' if self.opened_at else 'closed'}"


class Heartbeat(models.Model):
    """The last sign of life of a part that must not stop."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(default=clock.now)
    detail = models.JSONField(default=dict, blank=True)
    # The same instant by the clock that nobody can set (apiclient.steady); no machine: not known.
    machine = models.CharField(max_length=120, blank=True)
    seconds = models.FloatField(default=0.0)

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"


class Pump(models.Model):
    """A lease on a loop of which one is enough at a time."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Lines that a person pasted or uploaded, from preview to saved."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        REFUSED = "refused", _("Could not be read")
        PREVIEW = "preview", _("Preview")
        SAVING = "saving", _("Being added")
        SAVED = "saved", _("Saved")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        DISCARDED = "discarded", _("Discarded")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    watchlist = models.ForeignKey("dossiers.Watchlist", on_delete=models.SET_NULL, null=True, blank=True)
    default_law = models.CharField(max_length=9, blank=True)
    source = models.CharField(max_length=200, blank=True)  # "paste" or a file name
    file = models.ForeignKey(  # the table it is read from; none of a paste, and none any more once saved
        "dossiers.ImportFile", on_delete=models.SET_NULL, null=True, blank=True, related_name="batches"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEW)
    update_known = models.BooleanField(default=False)  # cases that were there already take what lines say
    rows_read = models.PositiveIntegerField(default=0)  # of the file, so that reading goes on from there
    problem = models.CharField(max_length=30, blank=True)  # code of what went wrong with the whole
    not_before = models.DateTimeField(default=clock.now)  # after trouble its work rests until then
    created_at = models.DateTimeField(default=clock.now)
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"{self.source} {self.created_at:%Y-%m-%d %H:%M}"


class BatchLine(models.Model):
    """One line of a batch and what became of it. No line is ever dropped without a word."""

    class State(models.TextChoices):
        READY = "ready", _("Ready to add")
        TO_RESOLVE = "to_resolve", _("The application number must be asked of the office")
        FOUND = "found", _("Found at the office")
        NOT_FOUND = "not_found", _("The office knows no such case")
        NOT_CHECKED = "not_checked", _("The office could not be asked")
        KNOWN = "known", _("Already in the docket")
        REPEATED = "repeated", _("Repeats an earlier line")
        UNREADABLE = "unreadable", _("No number could be read")
        AMBIGUOUS = "ambiguous", _("Could be more than one case")
        LEFT_OUT = "left_out", _("Left out by you")
        PASSED_ON = "passed_on", _("Passed on: others decide first")
        SAVED = "saved", _("Added")
        UPDATED = "updated", _("Already in the docket, changed")
        UNDONE = "undone", _("Taken back")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=State.choices)
    law = models.CharField(max_length=9, blank=True)
    kind = models.CharField(max_length=24, blank=True)  # apiclient.numbers kind
    number = models.CharField(max_length=20, blank=True)  # canonical, of that kind
    application_number = models.CharField(max_length=10, blank=True)
    own_reference = models.CharField(max_length=60, blank=True)
    row = models.PositiveIntegerField(null=True, blank=True)  # of the file, as spreadsheets count
    values = models.JSONField(default=dict, blank=True)  # what else it says, by intake.columns.Field
    remarks = models.JSONField(default=list, blank=True)  # [[code, detail]]: what was not taken
    made = models.BooleanField(default=False)  # its case is in the docket through this line alone
    old = models.JSONField(default=dict, blank=True)  # what a case that was there already said before
    message = models.CharField(max_length=60, blank=True)  # code of what to do about it
    title = models.CharField(max_length=1000, blank=True)
    applicants = models.CharField(max_length=500, blank=True)
    body = models.BinaryField(null=True, blank=True)  # the office's answer, so that saving asks nothing twice
    checked_at = models.DateTimeField(null=True, blank=True)
    case = models.ForeignKey(
        "dossiers.Case", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="batch_line_once")]
        indexes = [models.Index(fields=["batch", "state"], name="batch_line_state")]

    def __str__(self) -> str:
        return f"{self.position}: {self.text}"
