"""Orders for classification suggestions, and what came of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class CpcSuggestion(models.Model):
    """The order to have CPC symbols suggested for a case's specification, and later the result.

    A suggestion is made by a model; it is no office's classification and nothing is derived from it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Source(models.TextChoices):
        OPD = "opd", _("One Portal Dossier")
        PASTED = "pasted", _("pasted text")
        UPLOADED = "uploaded", _("uploaded file")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="cpc_suggestions")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)

    # Where the text comes from. It is kept while the order waits, and only its hash and length after that.
    source = models.CharField(max_length=8, choices=Source.choices)
    source_name = models.CharField(max_length=300, blank=True)  # name of a file, or ids of OPD documents
    text = models.BinaryField(null=True, blank=True)  # zlib of UTF-8
    parts = models.JSONField(default=list, blank=True)  # [[id of OPD document, its text or ""]] being fetched
    text_sha256 = models.CharField(max_length=64, blank=True)  # of the UTF-8
    text_length = models.PositiveIntegerField(default=0)  # characters

    # The order.
    key = models.CharField(max_length=70)  # what is asked for: "opd", or the hash of a text given
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(default=clock.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=30, blank=True)  # code of what came of it, for words
    detail = models.CharField(max_length=500, blank=True)

    # The result.
    finished_at = models.DateTimeField(null=True, blank=True)
    predictor = models.CharField(max_length=200, blank=True)  # who suggested, as it is shown
    stand_in = models.BooleanField(default=False)  # not IP Australia's predictor but the sandbox's
    symbols = models.JSONField(
        default=list, blank=True
    )  # [{"symbol": "H04W 72/04", "score": "0.87"}], ranked
    problems = models.JSONField(
        default=list, blank=True
    )  # sentences on what in the answer was not understood

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "key"], condition=models.Q(state="waiting"), name="cpc_order_waits_once"
            )
        ]
        indexes = [
            models.Index(fields=["created_at"], name="cpc_due", condition=models.Q(state="waiting")),
            models.Index(fields=["case", "-created_at"], name="cpc_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.source} {self.created_at:%Y-%m-%d %H:%M}"
