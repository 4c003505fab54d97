"""Cases and what the office has said of them.

Three kinds of columns, never mixed: what the office says, what is derived from it, what people entered.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Law(models.TextChoices):
    PATENT = "patent", _("Patent")
    DESIGN = "design", _("Design")
    TRADEMARK = "trademark", _("Trademark")


class Residency(models.TextChoices):
    """Who the applicants are; overseas applicants have longer periods (all of them must be overseas)."""

    UNKNOWN = "unknown", _("Not known")
    RESIDENT = "resident", _("Resident in Japan")
    OVERSEAS = "overseas", _("Overseas")
    MIXED = "mixed", _("Resident and overseas")


class Case(models.Model):
    """One application at the JPO. The same number can exist in each law, so the law is part of the name."""

    law = models.CharField(_("law"), max_length=9, choices=Law.choices)
    application_number = models.CharField(_("application number"), max_length=10)

    # What the office says (from its last readable answer).
    title = models.CharField(_("title"), max_length=1000, blank=True)
    parties = models.JSONField(default=list, blank=True)  # [{"code","name","role","order"}]
    applicants_text = models.TextField(blank=True)
    filing_date = models.DateField(_("filing date"), null=True, blank=True)
    publication_number = models.CharField(max_length=20, blank=True)
    publication_date = models.DateField(null=True, blank=True)
    registration_number = models.CharField(max_length=20, blank=True)
    registration_date = models.DateField(null=True, blank=True)
    expire_date = models.DateField(null=True, blank=True)
    disappearance_date = models.DateField(null=True, blank=True)
    erasure = models.CharField(max_length=2, blank=True)
    international_application_number = models.CharField(max_length=20, blank=True)
    priorities = models.JSONField(default=list, blank=True)  # [{"day","country","number"}]
    # {"number","filing_date","generation"}; {} when the office names none, null when it was not read yet
    parent = models.JSONField(null=True, blank=True)
    fixed_address = models.URLField(max_length=300, blank=True)

    # What is derived, and from what.
    docketed_with = models.CharField(max_length=60, blank=True)  # the rules its docket was computed with
    cited_with = models.PositiveSmallIntegerField(default=0)  # the refresh.citing.VERSION that gathered it
    pictured_with = models.PositiveSmallIntegerField(
        default=0
    )  # the refresh.old_archives.VERSION of its pictures
    stage = models.CharField(max_length=30, default="unknown")
    stage_basis_ja = models.CharField(max_length=300, blank=True)
    stage_basis_en = models.CharField(max_length=300, blank=True)
    next_due = models.DateField(null=True, blank=True)  # its nearest duty; see `recount`
    open_reviews = models.PositiveIntegerField(default=0)
    # What became of its dispatched documents that the office still lists (`Event.Account`), and the earliest
    # open one: boards of fifty thousand cases add these up instead of looking at each document.
    with_limit = models.PositiveIntegerField(default=0)
    without_limit = models.PositiveIntegerField(default=0)
    by_person = models.PositiveIntegerField(default=0)
    not_accounted = models.PositiveIntegerField(default=0)
    oldest_open_on = models.DateField(null=True, blank=True)
    # The class of promise that the last plan of a day counted it in (refresh.planner); "": not planned yet.
    plan_class = models.CharField(max_length=8, blank=True)

    # How fresh it is. A case asked but not answered is not "unchanged".
    confirmed_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    last_outcome = models.CharField(max_length=20, blank=True)
    in_vain_since = models.DateTimeField(null=True, blank=True)  # no question since brought a usable answer
    changed_at = models.DateTimeField(null=True, blank=True)

    # What people entered.
    own_reference = models.CharField(_("own reference"), max_length=60, blank=True)
    client = models.CharField(_("client"), max_length=120, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("person in charge"),
    )
    # Stands in for the person in charge of this case; where there is none, the person's own deputy does.
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cases_as_deputy",
        verbose_name=_("deputy"),
    )
    # Restricted to the people inside it; `dossiers.reach` alone decides what that means.
    wall = models.ForeignKey(
        "dossiers.Wall",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("restricted to"),
    )
    residency = models.CharField(
        _("applicant's residency"), max_length=10, choices=Residency.choices, default=Residency.UNKNOWN
    )
    note = models.TextField(_("note"), blank=True)
    daily_until = models.DateField(null=True, blank=True)  # asked every day to this day, on a person's wish

    added_at = models.DateTimeField(default=clock.now)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-application_number", "law"]
        constraints = [models.UniqueConstraint(fields=["law", "application_number"], name="case_once")]
        indexes = [
            # The list's order, with what says whose eyes a case is for, so that pages are passed over in it.
            models.Index(fields=["-application_number", "law", "id", "wall"], name="case_in_list_order"),
            models.Index(fields=["next_due"], name="case_by_due"),
            models.Index(fields=["law", "stage"], name="case_by_stage"),
            # The longest unconfirmed first: those never confirmed are found by themselves.
            models.Index(fields=["confirmed_at", "id", "last_outcome", "wall"], name="case_by_freshness"),
            # What each filter of the list would show is counted from this alone.
            models.Index(
                fields=[
                    *("law", "stage", "owner", "next_due", "confirmed_at", "last_outcome", "client"),
                    *("wall", "deputy", "id"),
                ],
                name="case_in_portfolio",
            ),
            # The sums of boards, added up from this alone.
            models.Index(
                fields=[
                    *("law", "owner", "wall", "id", "confirmed_at", "last_outcome", "open_reviews"),
                    *("with_limit", "without_limit", "by_person", "not_accounted", "oldest_open_on"),
                ],
                name="case_sums",
            ),
            models.Index(fields=["publication_number"], name="case_by_publication"),
            models.Index(fields=["registration_number"], name="case_by_registration"),
            models.Index(
                fields=["id"],
                name="case_calendar_changed",
                condition=models.Q(docketed_with__startswith="calendar:"),
            ),
            models.Index(fields=["cited_with", "wall"], name="case_by_citing"),
            models.Index(fields=["pictured_with"], name="case_by_pictures"),
            # Where the cases stand is counted from this alone: a row is as wide as its parties and note.
            models.Index(
                fields=[
                    *("law", "plan_class", "confirmed_at", "asked_at", "last_outcome", "added_at", "owner"),
                    *("wall", "id"),
                ],
                name="case_standing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.law} {self.application_number}"


class Snapshot(models.Model):
    """A reply kept verbatim because it differs from the one before."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="snapshots")
    member = models.ForeignKey(  # the application abroad that it is about
        "dossiers.FamilyMember", on_delete=models.CASCADE, null=True, blank=True, related_name="snapshots"
    )
    endpoint = models.CharField(max_length=60)  # "patent/app_progress"
    sha256 = models.CharField(max_length=64)  # of what the office said, counters and archive times left out
    body = models.BinaryField()  # zlib
    size = models.PositiveIntegerField()  # of the body as received, bytes
    first_received_at = models.DateTimeField()
    last_received_at = models.DateTimeField()
    problems = models.JSONField(default=list, blank=True)
    taken_in = models.BooleanField(default=True)  # false: kept, but nothing in the docket follows from it

    class Meta:
        ordering = ["-last_received_at", "-pk"]
        indexes = [
            models.Index(fields=["case", "endpoint", "-last_received_at"], name="snapshot_latest"),
            # When a part of a case was last shown, for the planner: most replies are of whole cases.
            models.Index(
                fields=["endpoint", "taken_in", "case", "last_received_at"], name="snapshot_by_endpoint"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.sha256[:12]}"


class Event(models.Model):
    """One act of the office or of a party: all parts of one filing together."""

    class Side(models.TextChoices):
        OFFICE = "office", _("Office")
        APPLICANT = "applicant", _("Applicant")
        THIRD_PARTY = "third_party", _("Third party")
        UNKNOWN = "unknown", _("Not known")

    class Account(models.TextChoices):
        """What became of a document: the completeness promise is that no dispatched one stays open unseen."""

        OWN = "own", _("Not from the office")
        LIMIT = "limit", _("Time limit")
        NO_LIMIT = "no_limit", _("No limit by rule")
        PERSON = "person", _("No limit needed, decided by a person")
        OPEN = "open", _("Not accounted for")

    class NoticeState(models.TextChoices):
        NONE = "none", _("The office delivers no text")
        NOT_FETCHED = "not_fetched", _("Text not fetched yet")
        READ = "read", _("Text read")
        UNREADABLE = "unreadable", _("Text could not be read")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    key = models.CharField(max_length=40)  # stable within the case
    code = models.CharField(max_length=12)
    document_number = models.CharField(max_length=11, blank=True)
    legal_date = models.DateField(null=True, blank=True)  # received / dispatched / made, Japan
    description = models.CharField(max_length=200)
    side = models.CharField(max_length=12, choices=Side.choices, default=Side.UNKNOWN)
    notice_state = models.CharField(max_length=12, choices=NoticeState.choices, default=NoticeState.NONE)
    account = models.CharField(max_length=10, choices=Account.choices, default=Account.OPEN)
    account_reason_ja = models.CharField(max_length=300, blank=True)
    account_reason_en = models.CharField(max_length=300, blank=True)
    accounted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accounted_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    vanished_at = models.DateTimeField(null=True, blank=True)  # no longer in the office's list

    class Meta:
        ordering = ["legal_date", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="event_once"),
            models.CheckConstraint(
                name="event_accounted_by_and_when",
                condition=models.Q(accounted_by=None, accounted_at=None)
                | (models.Q(accounted_by__isnull=False) & models.Q(accounted_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["case", "legal_date"], name="event_on_timeline"),
            models.Index(fields=["side", "-first_seen_at"], name="event_newest"),
            models.Index(
                fields=["legal_date", "first_seen_at", "id", "case", "code"],
                name="event_not_accounted",
                condition=models.Q(account="open", vanished_at=None),
            ),
            # The tally of accounts is read from these alone; what it cannot vouch for is rare.
            models.Index(
                fields=["account", "case", "legal_date"],
                name="event_tally",
                condition=models.Q(vanished_at=None),
            ),
            models.Index(fields=["notice_state"], name="event_by_text"),
            # What charts count: the acts of a few codes, by month and by case.
            models.Index(
                fields=["code", "case", "legal_date", "notice_state", "vanished_at"],
                name="event_by_code",
                condition=models.Q(vanished_at=None),
            ),
            models.Index(
                fields=["case"], name="event_vanished", condition=models.Q(vanished_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.legal_date}"


class Document(models.Model):
    """One row of the office's document list; identity is all its naming fields together."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="documents")
    identity = models.CharField(max_length=120)
    number_type = models.CharField(max_length=2)
    number = models.CharField(max_length=20)
    document_number = models.CharField(max_length=20)
    code = models.CharField(max_length=12)
    separator = models.CharField(max_length=2, blank=True)
    legal_date = models.DateField(null=True, blank=True)
    description = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=8, blank=True)
    available = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField()
    vanished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["legal_date", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "identity"], name="document_once")]

    def __str__(self) -> str:
        return self.identity


class Paper(models.Model):
    """The body of a document as the office delivered it, and what could be read in it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="papers")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="papers")
    name = models.CharField(max_length=200)  # member name in the archive
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=10)
    body = models.BinaryField()  # zlib of the member as received
    notice = models.JSONField(null=True, blank=True)  # apiclient.documents.Notice.to_json()
    readable = models.BooleanField(default=False)
    # What a notice of reasons for refusal rests on, to be counted: "patent/29-2 patent/36-6-2".
    grounds = models.CharField(max_length=300, blank=True)
    problems = models.JSONField(default=list, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "name", "sha256"], name="paper_once")]
        indexes = [
            models.Index(
                fields=["grounds", "event", "case"],
                name="paper_by_grounds",
                condition=~models.Q(grounds=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """An image that the office delivered with a document, as it came."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pictures")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, blank=True, related_name="pictures")
    document_number = models.CharField(max_length=11, blank=True)  # of the document it belongs to
    name = models.CharField(max_length=200)  # member name in the archive
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()  # zlib of the member as received
    size = models.PositiveIntegerField()  # of the member as received, bytes
    # Of apiclient.documents.pictures.look; 0 where the file does not say, and `problem` says why.
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    frames = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "name", "sha256"], name="picture_once")]

    def __str__(self) -> str:
        return self.name


class Citation(models.Model):
    """A document that the examiner cited."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="citations")
    draft_date = models.DateField(null=True, blank=True)  # drafting date of the citing office document
    citation_type = models.CharField(max_length=4, blank=True)
    order = models.PositiveIntegerField(default=0)
    patent = models.BooleanField(default=True)
    number = models.CharField(max_length=60, blank=True)  # as the office writes it
    display = models.CharField(max_length=400)  # for people
    first_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["draft_date", "citation_type", "patent", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "draft_date", "citation_type", "patent", "order", "number"],
                name="citation_once",
            )
        ]

    def __str__(self) -> str:
        return self.display


class Register(models.Model):
    """What the register says of a registered case."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="register")
    registration_number = models.CharField(max_length=20, blank=True)
    registration_date = models.DateField(null=True, blank=True)
    decision_date = models.DateField(null=True, blank=True)  # drafting date: never a base for a time limit
    expire_date = models.DateField(null=True, blank=True)
    next_annuity_due = models.DateField(null=True, blank=True)  # as the office gives it, not rolled over
    last_paid_year = models.PositiveSmallIntegerField(null=True, blank=True)
    claims = models.PositiveSmallIntegerField(null=True, blank=True)
    holders = models.JSONField(default=list, blank=True)
    erasure = models.CharField(max_length=2, blank=True)
    disappearance_date = models.DateField(null=True, blank=True)
    updated_on = models.DateField(null=True, blank=True)
    confirmed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.registration_number


class CaseVisit(models.Model):
    """When a person last looked at a case; what came later is new to them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visits")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="visits")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="visit_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.case_id}"
