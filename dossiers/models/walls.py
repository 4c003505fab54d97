"""Cases that only named people see: a wall around cases of clients whose interests are opposed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Wall(models.Model):
    """A group of restricted cases and the people inside. For everybody else these cases do not exist."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Insider(models.Model):
    """A person inside a wall, for good or, as somebody's deputy, to a last day."""

    wall = models.ForeignKey(Wall, on_delete=models.CASCADE, related_name="insiders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="walls")
    until = models.DateField(_("until"), null=True, blank=True)  # the last day, in the office's zone
    let_in_at = models.DateTimeField(default=clock.now)
    let_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["wall", "user"], name="insider_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.wall}"
