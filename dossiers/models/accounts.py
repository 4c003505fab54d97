"""Who was asked to come in."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Role, User

INVITATION_DAYS = 7


def invitation_ends() -> datetime:
    """When an invitation made now ends, by the machine's own clock."""
    return timezone.now() + timedelta(days=INVITATION_DAYS)


class Invitation(models.Model):
    """Somebody who may make an account with the link they were sent; only its hash is kept.

    It is used once, and not after it ended or was withdrawn. Times are the machine's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=13, choices=Role.choices, default=Role.DOCKETER)
    client = models.CharField(_("client"), max_length=120, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=User.Language.choices, default=User.Language.JAPANESE
    )
    teams = models.ManyToManyField(Group, blank=True, verbose_name=_("teams"), related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ends_at = models.DateTimeField(default=invitation_ends)
    sent_at = models.DateTimeField(null=True, blank=True)  # when the mail server took the mail
    problem = models.CharField(max_length=500, blank=True)  # why it did not, in its own words
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(used_at=None, withdrawn_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()
