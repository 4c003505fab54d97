"""Lists of cases, and the people who follow them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Watchlist(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="watchlists")
    shared = models.BooleanField(_("visible to everybody"), default=True)
    cases = models.ManyToManyField("dossiers.Case", through="WatchlistEntry", related_name="watchlists")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name", "pk"]  # names may repeat

    def __str__(self) -> str:
        return self.name


class WatchlistEntry(models.Model):
    watchlist = models.ForeignKey(Watchlist, on_delete=models.CASCADE, related_name="entries")
    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="watch_entries")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watchlist", "case"], name="watch_entry_once")]

    def __str__(self) -> str:
        return f"{self.watchlist_id} {self.case_id}"


class Follow(models.Model):
    """A person or a team that is told about a list or a single case.

    Leaving ends a follow; the row stays as the record of that. A person who leaves what their team follows
    has an ended row of their own for it, with `left`.
    """

    watchlist = models.ForeignKey(
        Watchlist, on_delete=models.CASCADE, null=True, blank=True, related_name="follows"
    )
    case = models.ForeignKey(
        "dossiers.Case", on_delete=models.CASCADE, null=True, blank=True, related_name="follows"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="follows"
    )
    team = models.ForeignKey(  # its members are read on the day of telling
        "auth.Group", on_delete=models.CASCADE, null=True, blank=True, related_name="follows"
    )
    active = models.BooleanField(default=True)
    left = models.BooleanField(default=False)  # nothing as a member of a team either
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watchlist", "user"], name="follow_once"),
            models.UniqueConstraint(fields=["watchlist", "team"], name="follow_of_team_once"),
            models.UniqueConstraint(fields=["case", "user"], name="follow_of_case_once"),
            models.UniqueConstraint(fields=["case", "team"], name="follow_of_case_by_team_once"),
            models.CheckConstraint(
                name="follow_of_one_thing",
                condition=models.Q(watchlist__isnull=False, case=None)
                | models.Q(watchlist=None, case__isnull=False),
            ),
            models.CheckConstraint(
                name="follow_by_one",
                condition=models.Q(user__isnull=False, team=None) | models.Q(user=None, team__isnull=False),
            ),
            models.CheckConstraint(
                name="follow_left_is_ended",
                condition=models.Q(left=False) | models.Q(active=False, user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.team} {self.watchlist_id or self.case_id}"


class EventKind(models.TextChoices):
    """What people choose a rhythm for."""

    OFFICE_ACTION = "office_action", _("Office action")
    DECISION = "decision", _("Decision")
    LIMIT_DUE = "limit_due", _("Time limit due")
    LIMIT_OVERDUE = "limit_overdue", _("Time limit overdue")
    NOT_CHECKED = "not_checked", _("Case that could not be checked")
    STATUS = "status", _("Other document or change of status")
    REGISTER = "register", _("Registration and register")
    FAMILY = "family", _("News from the family abroad")
    DIFFERENCE = "difference", _("Difference from the firm's records")


class Rhythm(models.TextChoices):
    """How soon, the soonest first."""

    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("With the daily digest")
    WEEKLY = "weekly", _("Weekly")
    NEVER = "never", _("Not at all")


class Preference(models.Model):
    """How soon a person wants to be told by mail of one kind of event; of one follow or of all.

    Only what differs from the usual has a row (`alerts.preferences`). A row without a person is what a team
    chose for its follow: it holds for the members who have not chosen for themselves.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="preferences",
    )
    follow = models.ForeignKey(
        Follow, on_delete=models.CASCADE, null=True, blank=True, related_name="preferences"
    )
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    rhythm = models.CharField(max_length=8, choices=Rhythm.choices)
    chosen_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=models.Q(follow=None), name="preference_once"
            ),
            models.UniqueConstraint(fields=["user", "follow", "kind"], name="preference_of_follow_once"),
            models.UniqueConstraint(
                fields=["follow", "kind"], condition=models.Q(user=None), name="preference_of_team_once"
            ),
            models.CheckConstraint(
                name="preference_of_somebody",
                condition=models.Q(user__isnull=False) | models.Q(follow__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'team'} {self.follow_id or 'all'} {self.kind} {self.rhythm}"


class WatchEnd(models.Model):
    """A followed case that is finished, and how far the end of watching it has gone.

    Seen finished, told to its followers with the day on which it ends, then kept by one of them or ended.
    The row goes when the case is finished no longer: then everything begins anew.
    """

    case = models.OneToOneField("dossiers.Case", on_delete=models.CASCADE, related_name="watch_end")
    finished_since = models.DateTimeField(default=clock.now)  # as far as it was seen here
    told_at = models.DateTimeField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)  # the first day, in Japan, on which nobody is told
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="watch_ends_after_notice",
                condition=models.Q(ended_at=None) | models.Q(told_at__isnull=False, kept_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ends_on or ''}".strip()


class WatchEndNotice(models.Model):
    """One person was told on which day the watch on a case ends: once."""

    ending = models.ForeignKey(WatchEnd, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    prompt = models.ForeignKey("dossiers.Prompt", on_delete=models.CASCADE, related_name="watch_ends")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ending", "user"], name="watch_end_told_once")]

    def __str__(self) -> str:
        return f"{self.ending_id} {self.user_id}"
