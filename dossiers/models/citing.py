"""What is cited against the portfolio, gathered from notices, the office's lists and the dossiers abroad.

All of it is derived, by `refresh.citing`: the notices, `Citation` and the snapshots are what it follows from.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class CitedDocument(models.Model):
    """A document cited in one paper (or in an office's list of citations), on one ground."""

    class Use(models.TextChoices):
        AGAINST = "against", _("held against the application")
        SEARCH = "search", _("named in the record of the search")
        GRANT = "grant", _("reference document of a grant")
        UNKNOWN = "unknown", _("use not told")

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="cited")
    member = models.ForeignKey(  # the application abroad against which it is cited; none: the case itself
        "dossiers.FamilyMember", on_delete=models.CASCADE, null=True, blank=True, related_name="cited"
    )
    paper = models.ForeignKey(  # whose text names it; none: a list of citations alone does
        "dossiers.Paper", on_delete=models.CASCADE, null=True, blank=True, related_name="cited"
    )
    # The same for every way of writing its number, of apiclient.documents.identity.
    document = models.CharField(max_length=80)
    display = models.CharField(max_length=400)  # for people, as this paper or list writes it
    use = models.CharField(max_length=7, choices=Use.choices)
    ground = models.CharField(max_length=30, blank=True)  # "patent/29-2"; "": which one is not told
    claims = models.CharField(max_length=300, blank=True)  # as printed; "": not told
    label = models.CharField(max_length=8, blank=True)  # its name in the paper: 引用文献1
    drafted_on = models.DateField(null=True, blank=True)  # of the citing paper
    cited_in = models.CharField(max_length=200, blank=True)  # the citing paper as a dossier names it

    class Meta:
        ordering = ["drafted_on", "label", "display", "pk"]
        indexes = [
            # What is cited most is counted from this alone.
            models.Index(fields=["document", "use", "ground", "case", "drafted_on"], name="cited_most"),
            models.Index(
                fields=["document", "ground", "case"],
                name="cited_held",
                condition=models.Q(member=None, use__in=("against", "unknown")),
            ),
            models.Index(fields=["member"], name="cited_abroad", condition=models.Q(member__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.display


class ForeignText(models.Model):
    """A document of an application abroad, ordered by a person and kept as the dossier delivered it."""

    document = models.ForeignKey("dossiers.ForeignDocument", on_delete=models.CASCADE, related_name="texts")
    translated = models.BooleanField(default=False)  # the dossier's machine translation
    ordered_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)  # of apiclient.outcomes
    received_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)  # as received, bytes
    body = models.BinaryField(default=bytes)  # zlib of the answer as received; empty: not received

    class Meta:
        ordering = ["translated", "pk"]
        constraints = [models.UniqueConstraint(fields=["document", "translated"], name="foreign_text_once")]

    def __str__(self) -> str:
        return f"{self.document_id} {self.sha256[:12]}"
