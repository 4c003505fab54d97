"""The family abroad, as the One Portal Dossier tells it: members at other offices and their documents.

Nothing is deleted: what leaves the dossier is marked. What the dossier does not say is not filled in.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class CaseFamily(models.Model):
    """When the dossier was last asked which family a case has, and what it said."""

    case = models.OneToOneField("dossiers.Case", on_delete=models.CASCADE, related_name="family_list")
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # the dossier named a family, or said: none
    last_outcome = models.CharField(max_length=20, blank=True)  # of apiclient.outcomes
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "case families"
        indexes = [models.Index(fields=["asked_at"], name="family_longest_unasked")]

    def __str__(self) -> str:
        return f"family of {self.case_id}"


class FamilyMember(models.Model):
    """One application of a case's family, at whatever office; the numbers are as the dossier writes them."""

    case = models.ForeignKey("dossiers.Case", on_delete=models.CASCADE, related_name="family")
    office = models.CharField(max_length=2)  # of its number: US, EP, …; "" where no number tells it
    # Its name within the case: the application number, or the first other number where none is told.
    identity = models.CharField(max_length=100)
    application_number = models.CharField(max_length=100, blank=True)  # DOCDB with dots: US.201412345678.A
    filed_on = models.DateField(null=True, blank=True)
    publications = models.JSONField(default=list, blank=True)  # [{"number","day"}], the day "" if not told
    registrations = models.JSONField(default=list, blank=True)  # the same
    first_seen_at = models.DateTimeField(default=clock.now)
    vanished_at = models.DateTimeField(null=True, blank=True)  # no longer in the family that the office tells

    # How fresh its list of documents is. A member asked in vain is not "unchanged".
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_outcome = models.CharField(max_length=20, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    # The same of what its office cites against it, asked for when a person wants it.
    cited_asked_at = models.DateTimeField(null=True, blank=True)
    cited_confirmed_at = models.DateTimeField(null=True, blank=True)
    cited_outcome = models.CharField(max_length=20, blank=True)

    title = models.CharField(max_length=1000, blank=True)
    title_translated = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["office", "filed_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "identity"], name="family_member_once")]
        indexes = [
            models.Index(fields=["application_number"], name="member_by_number"),
            models.Index(fields=["office", "asked_at"], name="member_longest_unasked"),
        ]

    def __str__(self) -> str:
        return self.identity


class ForeignDocument(models.Model):
    """One row of a member's list of documents. The dossier gives no codes: what it is, its words say, or not.

    ``legal_date`` is as told; that it is the day on which the office sent or received the document is
    inferred, so no time limit is counted from it without a person.
    """

    class Side(models.TextChoices):
        OFFICE = "office", _("Office")
        APPLICANT = "applicant", _("Applicant")
        UNKNOWN = "unknown", _("Not known")

    member = models.ForeignKey(FamilyMember, on_delete=models.CASCADE, related_name="documents")
    identity = models.CharField(max_length=100)
    original_id = models.CharField(max_length=250, blank=True)
    translated_id = models.CharField(max_length=250, blank=True)
    group = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=500, blank=True)
    title_translated = models.CharField(max_length=500, blank=True)
    legal_date = models.DateField(null=True, blank=True)
    side = models.CharField(max_length=9, choices=Side.choices, default=Side.UNKNOWN)
    first_seen_at = models.DateTimeField(default=clock.now)
    vanished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-legal_date", "-pk"]
        constraints = [models.UniqueConstraint(fields=["member", "identity"], name="foreign_document_once")]
        indexes = [models.Index(fields=["member", "side", "-legal_date"], name="foreign_newest_act")]

    def __str__(self) -> str:
        return self.identity
