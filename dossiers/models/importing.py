"""Files of cases that people bring: what was uploaded, and how its columns were understood."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from dossiers import clock


class ImportFile(models.Model):
    """An uploaded table, kept until its cases are saved or the import is given up."""

    class Kind(models.TextChoices):
        TEXT = "text", "CSV"
        EXCEL = "excel", "Excel"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    body = models.BinaryField()  # as received
    rows = models.PositiveIntegerField(default=0)  # about how many; the file's own word for Excel
    # How it is read: recognised first, then as its owner says.
    encoding = models.CharField(max_length=12, blank=True)
    encoding_sure = models.BooleanField(default=True)
    delimiter = models.CharField(max_length=1, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    heading_row = models.PositiveIntegerField(default=0)  # counted from 1; 0: the file has no headings
    columns = models.JSONField(default=list)  # of each column the intake.columns.Field, "" for none
    default_law = models.CharField(max_length=9, blank=True)
    watchlist = models.ForeignKey("dossiers.Watchlist", on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class ColumnMapping(models.Model):
    """What a person said that columns with these headings are, for the next file that has them."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    headings = models.CharField(max_length=64)  # SHA-256 of the folded headings, in order
    columns = models.JSONField(default=list)
    used_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "headings"], name="column_mapping_once")]

    def __str__(self) -> str:
        return self.headings[:12]
