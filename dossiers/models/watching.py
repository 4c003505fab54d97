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
    """A person who is mailed about a list. Unsubscribing ends it; the row stays as the record of that."""

    watchlist = models.ForeignKey(Watchlist, on_delete=models.CASCADE, related_name="follows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watchlist", "user"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.watchlist_id}"
