"""How people find their way in the portfolio: labels, lists they keep, changes of many cases, orders."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Tag(models.Model):
    """A word of the firm's own on cases; the same for everybody."""

    name = models.CharField(_("tag"), max_length=40)
    folded = models.CharField(max_length=80, unique=True)  # width, case and kana make no second tag
    cases = models.ManyToManyField("dossiers.Case", related_name="tags", blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["folded"]

    def __str__(self) -> str:
        return self.name


class SearchText(models.Model):
    """What a case or one of its documents is found by, folded.

    The database's own index over it is no field here: `refresh.search_index` writes both together.
    """

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="search_texts")
    paper = models.OneToOneField(  # none: the row of the case itself
        "dossiers.Paper", on_delete=models.CASCADE, null=True, blank=True, related_name="search_text"
    )
    text = models.TextField(blank=True)
    left_out = models.PositiveIntegerField(default=0)  # characters of the document that are not searched

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(paper=None), name="search_text_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.paper_id or ''}"


class SavedList(models.Model):
    """A filter with its order and columns under a name; what it holds is looked up each time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_lists")
    shared = models.BooleanField(_("visible to everybody"), default=False)
    query = models.JSONField(default=dict)  # the fields of views.portfolio.filters.CaseFilter that are set
    columns = models.JSONField(default=list)  # their names, in order; empty: each reader's own
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name", "pk"]  # names may repeat

    def __str__(self) -> str:
        return self.name


class BulkChange(models.Model):
    """One act on many cases, with what is needed to take it back."""

    class Act(models.TextChoices):
        OWNER = "owner", _("Assign")
        DEPUTY = "deputy", _("Name as deputy")
        TAG = "tag", _("Tag")
        UNTAG = "untag", _("Take a tag off")
        WATCH = "watch", _("Put on a watchlist")
        UNWATCH = "unwatch", _("Take off a watchlist")
        WALL = "wall", _("Restrict, or restrict no more")
        REFRESH = "refresh", _("Ask the office")

    class State(models.TextChoices):
        DOING = "doing", _("under way")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.CharField(max_length=10, choices=Act.choices)
    value = models.CharField(max_length=40, blank=True)  # key of the person, tag, watchlist or wall
    words = models.CharField(max_length=120, blank=True)  # its name on that day
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    found = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    back = models.PositiveIntegerField(default=0)  # cases that undoing put back
    state = models.CharField(max_length=8, choices=State.choices, default=State.DONE)
    attempts = models.PositiveSmallIntegerField(
        default=0
    )  # in a row that failed; see intake.bulk.MOST_ATTEMPTS
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)  # when the last case was done
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-at", "pk"]
        indexes = [
            models.Index(
                fields=["at"],
                name="bulk_change_unfinished",
                condition=models.Q(state__in=("doing", "undoing")),
            ),
            models.Index(fields=["by", "-at"], name="bulk_change_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.words}"


class BulkItem(models.Model):
    """A case that the act is about, what it was before, and how far the act or its undoing has come."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CHANGED = "changed", _("changed")
        SAME = "same", _("so already, or could not be changed")
        BACK = "back", _("as before")
        KEPT = "kept", _("changed since; left as it is")

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="+")
    old = models.CharField(
        max_length=40, blank=True
    )  # key of the owner, deputy or wall before; of the order; else ""
    state = models.CharField(max_length=8, choices=State.choices, default=State.CHANGED)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "case"], name="bulk_item_once")]
        indexes = [models.Index(fields=["change", "state"], name="bulk_item_by_state")]

    def __str__(self) -> str:
        return f"{self.change_id} {self.case_id}"


class StandingInstruction(models.Model):
    """What the client or the firm has decided beforehand; it stands until somebody ends it."""

    class About(models.TextChoices):
        ANY = "any", _("every time limit")
        FEE = "fee", _("fees, annuities and renewals")
        OTHER = "other", _("every time limit but fees")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="instructions")
    about = models.CharField(_("concerns"), max_length=5, choices=About.choices, default=About.ANY)
    text = models.CharField(_("instruction"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-since", "-pk"]
        indexes = [
            models.Index(fields=["case"], name="instruction_stands", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return self.text
