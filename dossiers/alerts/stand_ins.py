"""Who can be mailed, and who stands in for whom while they are away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from dossiers.models import Case, User
from dossiers.roles import Right, can


def anybody(_user: int) -> bool:
    return True


class People:
    """Everybody as they are on a day in Japan; read once, by one query."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.all = {user.pk: user for user in User.objects.only(*_FIELDS)}
        self.staff = [
            user.pk for user in self.all.values() if can(user, Right.ADMINISTER) and self.reachable(user.pk)
        ]

    def reachable(self, pk: int) -> bool:
        """Whether the firm's mail gets to the person: nobody from outside is sent any."""
        user = self.all.get(pk)
        return bool(user and can(user, Right.FIRM) and user.mail_on and user.address_off_at is None)

    def cut_off(self, pk: int) -> bool:
        """Whether the person wants mail and none arrives, because the address failed."""
        user = self.all.get(pk)
        return bool(user and can(user, Right.FIRM) and user.mail_on and user.address_off_at)

    def has_left(self, pk: int) -> bool:
        return not (pk in self.all and self.all[pk].is_active)

    def away(self, pk: int) -> bool:
        user = self.all.get(pk)
        return user is not None and is_away(user, self.today)

    def deputy_of(
        self, pk: int, on_the_case: int | None = None, sees: Callable[[int], bool] = anybody
    ) -> int | None:
        """The deputy, or where that one is away, too, theirs; None when nobody of them can be reached.

        `on_the_case`, whom the case itself names, comes before the person's own deputy. Who does not see the
        case (`sees`) passes it on as somebody away does, and is told nothing of it.
        """
        asked = {pk}
        for found in (on_the_case, self._own_deputy(pk)):
            while found is not None and found not in asked:
                if self.reachable(found) and not self.away(found) and sees(found):
                    return found
                asked.add(found)
                found = self._own_deputy(found)
        return None

    def _own_deputy(self, pk: int) -> int | None:
        return self.all[pk].deputy_id if pk in self.all else None

    def told(
        self,
        wanted: Iterable[int],
        on_the_case: Mapping[int, int] | None = None,
        sees: Callable[[int], bool] = anybody,
    ) -> dict[int, int | None]:
        """Whom to mail so that `wanted` are told, and instead of whom: who is away or cut off, and their
        deputies; `on_the_case` are those whom the case names, by the person they stand in for.

        Those whom no mail reaches, and those who do not see the case, are left out; whoever is to be told
        anyway stands in for nobody.
        """
        named = on_the_case or {}
        found: dict[int, int | None] = {}
        absent = []
        for pk in wanted:
            if self.reachable(pk) and sees(pk):
                found[pk] = None
            gone = self.has_left(pk) or not sees(pk)
            if self.away(pk) or self.cut_off(pk) or (pk in named and gone):
                absent.append(pk)
        for pk in absent:
            deputy = self.deputy_of(pk, named.get(pk), sees)
            if deputy is not None:
                found.setdefault(deputy, pk)
        return found


@dataclass(frozen=True)
class Charge:
    """Who answers for a case: the person in charge, or while there is nobody, the deputy it names.

    `named` is that deputy by the person they stand in for; empty where they do not stand in.
    """

    person: int | None
    named: Mapping[int, int]


def charge_of(owner: int | None, deputy: int | None) -> Charge:
    return Charge(owner or deputy, {owner: deputy} if owner and deputy else {})


def charges_of(cases: Iterable[int]) -> dict[int, Charge]:
    """Of these cases; one query."""
    rows = Case.objects.filter(pk__in=set(cases)).values_list("pk", "owner_id", "deputy_id")
    return {pk: charge_of(owner, deputy) for pk, owner, deputy in rows}


_FIELDS = (
    "is_active",
    "role",
    "mail_on",
    "address_off_at",
    "deputy",
    "away_from",
    "away_until",
    "digest_on",
)


def is_away(user: User, today: date) -> bool:
    """Whether the person is on leave; without a last day until they take it back."""
    if user.away_from is None or today < user.away_from:
        return False
    return user.away_until is None or today <= user.away_until
