"""Keys with which programs use the portal in a person's name, and what must not be done twice for them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers import clock

from .channels import Scope


class ApiToken(models.Model):
    """A key for one program of one person; only its hash is kept. Taken back, the row stays as the record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    token_hash = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)  # its last characters, to tell it from the others
    scopes = models.JSONField(default=list)  # names of `dossiers.api.scopes`
    reach = models.CharField(max_length=4, choices=Scope.choices, default=Scope.MINE)  # which cases it shows
    watchlist = models.ForeignKey(
        "dossiers.Watchlist", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    # The calls of the minute that is running, by the machine's own clock: shared by all processes.
    minute_from = models.DateTimeField(default=timezone.now)
    minute_calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="api_token_list_named",
                condition=models.Q(reach="list", watchlist__isnull=False)
                | (~models.Q(reach="list") & models.Q(watchlist=None)),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ApiWrite(models.Model):
    """A write that a program gave a key of its own: done once, however often it is sent.

    The reply is stored in the transaction that does what was asked, so that without a reply nothing was done.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="writes")
    key = models.CharField(max_length=200)  # as the program chose it
    request_hash = models.CharField(
        max_length=64
    )  # of what was asked: the same key never asks for two things
    claim = models.UUIDField(default=uuid.uuid4)  # who is doing it
    lease_until = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # none while it is being done
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="api_write_once")]
        indexes = [models.Index(fields=["created_at"], name="api_write_old")]

    def __str__(self) -> str:
        return self.key


class NewsCounter(models.Model):
    """The last position given to a piece of news; its row is the lock under which positions are given.

    Keys of rows do not do for that: of two transactions, the one with the lower key may end last, and a
    program that had read on to the higher one would never see it.
    """

    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last)
