"""Which address of a person is confirmed. `User.email` is the one that counts: it was given by an
administrator, or confirmed by its owner; the library's own table follows it."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from dossiers.models import User


@transaction.atomic
def settle(person: User) -> EmailAddress:
    """Have the library know the person's address as confirmed, and no other one as theirs."""
    address = person.email.lower()
    if person.email != address:
        person.email = address
        person.save(update_fields=["email"])
    rows = EmailAddress.objects.filter(user=person)
    rows.exclude(email=address).filter(verified=True).delete()
    rows.exclude(email=address).update(primary=False)
    EmailAddress.objects.filter(email=address, verified=True).exclude(user=person).delete()
    settled, _ = EmailAddress.objects.update_or_create(
        user=person, email=address, defaults={"verified": True, "primary": True}
    )
    return settled


def waiting(person: User) -> EmailAddress | None:
    """The new address that the person has asked for and not confirmed yet."""
    rows = EmailAddress.objects.filter(user=person, verified=False).exclude(email__iexact=person.email)
    return rows.order_by("pk").last()
