"""Time limits, the tasks that need a person, and the office's own closed days."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock

from .people import Role

BY_HAND = "by_hand"  # the rule of a limit that a person entered; no rule computes or removes it


class TimeLimit(models.Model):
    """One duty with its last day, computed or entered. Nothing is deleted: a limit ends by its state."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done, shown by the office's data")
        CLAIMED = "claimed", _("Said to be done, not yet seen at the office")
        NOT_NEEDED = "not_needed", _("Not needed")
        GONE = "gone", _("No longer follows from the office's data")
        EXPIRED = "expired", _("A chance that passed unused")

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
    # Until when the office's data must show what was said to be done; then the limit opens again.
    claim_until = models.DateField(null=True, blank=True)
    # What can still be done: 0 is the due date, n the n-th rung of the ladder, one more than the ladder has:
    # nothing known; and the last day of it, none when nothing is left.
    rung = models.PositiveSmallIntegerField(default=0)
    stands_until = models.DateField(null=True, blank=True)
    duty = models.CharField(max_length=6, default="limit")  # "limit": missing it costs; "chance": one may
    # The last way to act had passed before the case was added: nobody missed it here; a person decides.
    passed_on_adding = models.BooleanField(default=False)

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
            models.Index(fields=["event", "state"], name="limit_of_event"),
            models.Index(
                fields=["confirmed_by", "state", "passed_on_adding", "due", "id", "case"],
                name="limit_to_confirm",
            ),
            # Sums and the order of lists are read from this alone: a row is as wide as its calculation.
            models.Index(
                fields=["state", "passed_on_adding", "due", "duty", "rung", "stands_until", "case", "id"],
                name="limit_at_a_glance",
            ),
            # What charts count of a few rules: when they are due, and when the answer came.
            models.Index(
                fields=["rule_id", "state", "due", "base_date", "proof", "case"], name="limit_by_rule"
            ),
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
            models.Index(
                fields=["opened_at", "id", "case", "event"],
                name="review_open",
                condition=models.Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class OfficeClosure(models.Model):
    """A day on which the office is closed beyond weekends, national holidays and the turn of the year.

    With `opens` the other way round: a working day that the calendar which came with the program closes.
    """

    day = models.DateField(unique=True)
    opens = models.BooleanField(default=False)
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


class OwnDate(models.Model):
    """A date of the firm's own beside a limit's legal one. The newest of a kind holds; none is deleted.

    One without a day takes the earlier one back.
    """

    class Kind(models.TextChoices):
        INTERNAL = "internal", _("Internal date")
        TARGET = "target", _("Target date")
        INSTRUCTION = "instruction", _("Client's instructions by")

    limit = models.ForeignKey(TimeLimit, on_delete=models.CASCADE, related_name="own_dates")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    day = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["limit", "kind", "-at"], name="own_date_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


class ExtensionClaim(models.Model):
    """A person says that more time was requested; it counts until the office's data should have shown it."""

    limit = models.ForeignKey(TimeLimit, on_delete=models.CASCADE, related_name="extension_claims")
    code = models.CharField(max_length=12)  # of the document that asks for it: A601, A603
    filed_on = models.DateField()
    until = models.DateField()  # when it no longer counts without the document
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason_ja = models.CharField(max_length=300, blank=True)  # seen at the office, taken back, not seen
    ended_reason_en = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.filed_on}"


class EnteredStart(models.Model):
    """A person dockets a rule from a day the office's data do not tell: a disclosure, a first filing."""

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="entered_starts")
    rule_id = models.CharField(max_length=60)
    base_date = models.DateField()
    note = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "rule_id", "base_date"],
                condition=models.Q(withdrawn_at=None),
                name="entered_start_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.base_date}"


class BlindCheck(models.Model):
    """A second person computed the date before seeing ours."""

    limit = models.ForeignKey(TimeLimit, on_delete=models.CASCADE, related_name="blind_checks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    entered = models.DateField()
    computed = models.DateField()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.entered} / {self.computed}"

    @property
    def agrees(self) -> bool:
        return self.entered == self.computed


USUAL_LADDER = "30 14 7 3 1"


def _administrators() -> list[str]:
    return [Role.ADMINISTRATOR.value]


class FirmPolicy(models.Model):
    """How the firm handles its docket; one row, made when somebody first sets it."""

    internal_days = models.PositiveSmallIntegerField(default=14)  # calendar days before the due date
    claim_office_days = models.PositiveSmallIntegerField(default=5)  # a claim waits so long for its proof
    blind_check = models.BooleanField(default=False)  # confirm by entering one's own date first
    # Days before the last day on which people are reminded; after it they are on each office day.
    remind_limits = models.CharField(max_length=60, default=USUAL_LADDER)
    remind_fees = models.CharField(max_length=60, default=USUAL_LADDER)
    remind_chances = models.CharField(max_length=60, default=USUAL_LADDER)
    remind_own_dates = models.CharField(max_length=60, default=USUAL_LADDER)
    # What nobody acknowledges goes one step further after so many hours in which the firm is at work.
    escalate_hours = models.PositiveSmallIntegerField(default=8)
    opens_at = models.TimeField(default=time(9, 0))  # in Japan
    closes_at = models.TimeField(default=time(17, 30))
    watch_end_days = models.PositiveSmallIntegerField(default=90)  # a case is finished; 0: never
    # Alerts one person gets singly in a short time; what is due beyond them comes as one mail.
    most_single_mails = models.PositiveSmallIntegerField(default=20)
    second_factor_roles = models.JSONField(default=_administrators)  # who cannot work without one

    def __str__(self) -> str:
        return "firm policy"


def firm_policy() -> FirmPolicy:
    """The firm's policy; the usual one while nobody has set any. Reading it writes nothing."""
    return FirmPolicy.objects.filter(pk=1).first() or FirmPolicy(pk=1)


class CalendarYear(models.Model):
    """A year whose holidays a named person has compared with the official announcement."""

    year = models.PositiveSmallIntegerField(unique=True)
    source = models.CharField(max_length=300)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class OwnRecord(models.Model):
    """What the firm's own records say of a case, to be compared with the office's data; the newest holds."""

    class Field(models.TextChoices):
        TITLE = "title", _("Title")
        APPLICANT = "applicant", _("Applicant")
        FILING_DATE = "filing_date", _("Filing date")
        REGISTRATION_NUMBER = "registration_number", _("Registration number")
        REGISTRATION_DATE = "registration_date", _("Registration date")
        EXPIRE_DATE = "expire_date", _("End of term")
        NEXT_ANNUITY = "next_annuity", _("Next annuity due")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="own_records")
    field = models.CharField(max_length=24, choices=Field.choices)
    value = models.CharField(max_length=1000)  # dates as ISO 8601
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["case", "field", "-at"], name="own_record_newest")]

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"


class Difference(models.Model):
    """The office's data and the firm's own records disagree on one field of a case."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("The office's value was taken over")
        IGNORED = "ignored", _("Quiet until it changes again")
        SETTLED = "settled", _("They agree again")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="differences")
    field = models.CharField(max_length=24, choices=OwnRecord.Field.choices)
    own = models.CharField(max_length=1000, blank=True)
    office = models.CharField(max_length=1000, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    seen_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["seen_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "field"], name="difference_once")]
        indexes = [
            models.Index(fields=["seen_at"], name="difference_open", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.own} / {self.office}"


class CoverageDay(models.Model):
    """How many dispatched documents were accounted for on an office day: the promise, as a figure."""

    day = models.DateField(unique=True)
    dispatched = models.PositiveIntegerField()
    accounted = models.PositiveIntegerField()
    oldest_open_on = models.DateField(null=True, blank=True)
    cases = models.PositiveIntegerField()
    cases_not_confirmed = models.PositiveIntegerField()
    standings = models.JSONField(default=dict, blank=True)  # cases by refresh.freshness.STANDINGS

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.accounted}/{self.dispatched}"

    @property
    def open(self) -> int:
        return self.dispatched - self.accounted
