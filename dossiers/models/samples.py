"""Answers that could not be read as expected, kept for the administrator with secrets removed."""

from __future__ import annotations

from django.db import models


class Sample(models.Model):
    """One such answer, and how often it came. Kept outside the docket: nothing is computed from it."""

    key = models.CharField(max_length=64, unique=True)  # what makes two of them the same; see refresh.samples
    endpoint = models.CharField(max_length=60)  # "patent/app_progress"
    argument = models.CharField(max_length=100)  # of the last time
    outcome = models.CharField(max_length=20)
    status_code = models.CharField(max_length=5, blank=True)  # the office's
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    problems = models.JSONField(default=list, blank=True)
    failure = models.CharField(max_length=500, blank=True)  # our own, where taking the answer in failed
    body = models.BinaryField()  # zlib of the beginning, secrets removed
    size = models.PositiveBigIntegerField()  # of the whole body as received, bytes
    sha256 = models.CharField(max_length=64)  # of the whole body as received
    cut = models.BooleanField(default=False)  # more was received than is kept
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at", "-pk"]
        indexes = [models.Index(fields=["endpoint", "-last_at"], name="sample_newest")]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.outcome} {self.sha256[:12]}"
