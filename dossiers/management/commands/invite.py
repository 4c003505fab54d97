"""The first person on a fresh installation: a link with which they make their account."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from dossiers.models import INVITATION_DAYS, Invitation, Role, User
from dossiers.people import invitations

_REFUSALS = {
    "has_account": "Somebody has an account with this address already.",
    "invited": "This address has been invited already; --again makes another link.",
}


class Command(BaseCommand):
    help = "Prints a link with which whoever opens it makes an account, once; no mail is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="their e-mail address")
        parser.add_argument("--administrator", action="store_true", help="as an administrator")
        parser.add_argument("--again", action="store_true", help="withdraw an earlier invitation first")
        parser.add_argument("--language", choices=User.Language.values, default=User.Language.JAPANESE)

    def handle(
        self, *args: Any, address: str, administrator: bool, again: bool, language: str, **options: Any
    ) -> None:
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(f"{address} is no e-mail address.") from None
        if again:
            for one in Invitation.objects.filter(email__iexact=address, used_at=None, withdrawn_at=None):
                invitations.withdraw(one, by=None)
        try:
            _made, link = invitations.invite(
                by=None,
                email=address,
                role=Role.ADMINISTRATOR if administrator else Role.DOCKETER,
                language=language,
            )
        except invitations.InvitationRefused as refused:
            raise CommandError(_REFUSALS[refused.code]) from None
        self.stdout.write(link)
        self.stderr.write(f"It works once, and for {INVITATION_DAYS} days. Whoever has it is let in.")
