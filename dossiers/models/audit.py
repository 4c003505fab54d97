"""Who did what, when, from where. Rows are only ever added, and sealed one after the other."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock, origin


def salt() -> str:
    return secrets.token_hex(16)


class AuditEntry(models.Model):
    """One act. The database refuses to change or delete it (`dossiers.audit.triggers`).

    What may have to be erased for a person's sake (their address, names within `detail`) is not itself in the
    seal but a salted hash of it, so that the chain holds without it (`dossiers.audit.chain`).
    """

    class Way(models.TextChoices):
        PAGE = origin.PAGE, _("page")
        TOKEN = origin.TOKEN, _("program with a token")
        COMMAND = origin.COMMAND, _("command on the server")
        WORKER = origin.WORKER, _("round of the worker")

    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    case = models.ForeignKey(
        "dossiers.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="audit"
    )
    detail = models.JSONField(default=dict)

    # Where from; "" in rows from before this was kept.
    way = models.CharField(max_length=8, choices=Way.choices, default=origin.way, blank=True)
    via = models.CharField(max_length=origin.LONGEST_VIA, default=origin.via, blank=True)
    address = models.CharField(max_length=45, default=origin.address, blank=True)  # "" once erased, too

    # Its place in the chain; none until it is sealed, some seconds after it was written.
    position = models.PositiveBigIntegerField(null=True, blank=True, unique=True)
    seal = models.CharField(max_length=64, blank=True)
    address_salt = models.CharField(max_length=32, default=salt, blank=True)
    detail_salt = models.CharField(max_length=32, default=salt, blank=True)
    address_hash = models.CharField(max_length=64, blank=True)
    detail_hash = models.CharField(max_length=64, blank=True)
    # The act by which a person's name was taken out of `detail`; that act holds the hash of what remains.
    redacted_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="redacted"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["case", "-at"], name="audit_of_case"),
            models.Index(fields=["action", "-id"], name="audit_of_act"),
            models.Index(fields=["at"], name="audit_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"


class AuditChain(models.Model):
    """The last position of the audit trail and its seal; its row is the lock under which rows are sealed."""

    last = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.last}:{self.seal}"


def record(action: str, *, by: Any = None, case: Any = None, **detail: Any) -> AuditEntry:
    """Write one audit line inside the caller's transaction. `by` is None for the program itself.

    Where it comes from is known (`dossiers.origin`). Say what a value was and is as `old` and `new`; never
    give a secret.
    """
    return AuditEntry.objects.create(action=action, actor=by, case=case, detail=detail)
