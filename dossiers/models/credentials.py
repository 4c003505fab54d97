"""What offices know this installation by, where it was entered in the portal."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class OfficeCredential(models.Model):
    """One office's ID and password, sealed (`dossiers.sealing`): a copy of the database opens nothing."""

    class Office(models.TextChoices):
        JPO = "jpo", _("Japan Patent Office")
        IP_AUSTRALIA = "ipaustralia", _("IP Australia")

    office = models.CharField(max_length=12, choices=Office.choices, unique=True)
    sealed = models.TextField()
    changed_at = models.DateTimeField(default=clock.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.office


class CredentialUse(models.Model):
    """That a credential was first used on a day; the audit trail has a line for each of these."""

    office = models.CharField(max_length=12, choices=OfficeCredential.Office.choices)
    day = models.DateField()
    mark = models.CharField(max_length=24)  # a keyed digest: which credential, without telling it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "day", "mark"], name="credential_use_once")]

    def __str__(self) -> str:
        return f"{self.office} {self.day}"
