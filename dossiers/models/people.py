"""People who read and answer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from dossiers import clock


class Role(models.TextChoices):
    """What a person is in the firm. What each role may do is said in `dossiers.roles` alone."""

    ADMINISTRATOR = "administrator", _("Administrator")
    DOCKETER = "docketer", _("Docketing clerk")
    ATTORNEY = "attorney", _("Attorney")
    READER = "reader", _("Reader")
    CLIENT = "client", _("Client")


class People(UserManager["User"]):
    """Whoever is made on the server as Django's superuser is an administrator here."""

    use_in_migrations = False

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> User:
        from .audit import record

        with transaction.atomic():
            made = super().create_superuser(
                username, email, password, **{"role": Role.ADMINISTRATOR, **fields}
            )
            record("people.made_on_server", person=made.pk, role=str(made.role))
        return made


class User(AbstractUser):
    """A person of the firm. Mails and pages speak their language; days are counted in their zone."""

    class Language(models.TextChoices):
        JAPANESE = "ja", "日本語"
        ENGLISH = "en", "English"

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the device is set")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")
        CONTRAST = "contrast", _("High contrast")

    objects: ClassVar[People] = People()

    email = models.EmailField(_("e-mail address"), unique=True)
    role = models.CharField(_("role"), max_length=13, choices=Role.choices, default=Role.DOCKETER)
    # Of a client's person: the client whose cases they see, as written in `Case.client`.
    client = models.CharField(_("client"), max_length=120, blank=True)
    display_name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.JAPANESE
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Asia/Tokyo")
    theme = models.CharField(_("colours"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    mail_on = models.BooleanField(_("receives mail"), default=True)
    digest_on = models.BooleanField(_("receives the daily digest"), default=True)
    digest_hour = models.PositiveSmallIntegerField(_("hour of the daily digest"), default=8)  # in their zone
    reminders_of_lists = models.BooleanField(_("reminders on cases of lists I follow, too"), default=False)
    # Mail for somebody away also goes to the deputy; both days are the first and last of the absence.
    deputy = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("deputy")
    )
    away_from = models.DateField(_("away from"), null=True, blank=True)
    away_until = models.DateField(_("away until"), null=True, blank=True)
    era_dates = models.BooleanField(
        _("dates in Japanese eras"), default=False
    )  # 令和8年11月22日, where people read
    case_columns = models.JSONField(default=list, blank=True)  # of the list of cases; empty: the usual ones
    digest_from = models.DateTimeField(default=clock.now)  # none is due for an hour before it was wanted

    # Since when nothing is sent to the address, because mail to it came back; and what the server said.
    address_off_at = models.DateTimeField(null=True, blank=True)
    address_off_why = models.CharField(max_length=500, blank=True)

    # When name and address of somebody who left were erased; the row stays for what they answered for.
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.display_name or self.get_full_name() or self.username
