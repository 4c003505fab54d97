"""People who read and answer."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person of the firm. Mails and pages speak their language; days are counted in their zone."""

    class Language(models.TextChoices):
        JAPANESE = "ja", "日本語"
        ENGLISH = "en", "English"

    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.JAPANESE
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Tokyo")
    mail_on = models.BooleanField(_("receives mail"), default=True)

    def __str__(self) -> str:
        return self.display_name or self.get_full_name() or self.username
