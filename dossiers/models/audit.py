"""Who did what, when. Rows are only ever added."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from dossiers import clock


class AuditEntry(models.Model):
    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(max_length=60)
    case = models.ForeignKey(
        "dossiers.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="audit"
    )
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["case", "-at"], name="audit_of_case")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"


def record(action: str, *, by: Any = None, case: Any = None, **detail: Any) -> AuditEntry:
    """Write one audit line inside the caller's transaction. `by` is None for the program itself."""
    return AuditEntry.objects.create(action=action, actor=by, case=case, detail=detail)
