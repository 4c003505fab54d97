"""Whose eyes a case is for: the one place where walls and clients' own cases are decided.

What is out of a person's reach does not exist for them: in no list, count, search, feed, mail, export, page
of progress or message. Everything that shows rows of cases to a person asks here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext_noop

from dossiers import clock
from dossiers.models import Case, Delivery, Insider, Role, User

# Of a message that was on its way when its reader's reach ended; read by those who see the case alone.
RESTRICTED = gettext_noop("The case has been restricted to others since.")


def shown_to(user: User, case: str = "") -> Q:
    """Of rows those about cases within the person's reach; `case` is the path to the case, as "case__".

    Only keys are compared, so that wide rows of cases are not read for each row that is looked at.
    """
    path = case.removesuffix("__")
    if not path:
        return _own_columns(user)
    if user.role == Role.CLIENT:
        return Q(**{f"{path}__in": Case.objects.filter(_own_columns(user)).order_by().values("pk")})
    return ~Q(**{f"{path}__in": walled_off(user).values("pk")})


def cases(user: User) -> QuerySet[Case]:
    """Every case within the person's reach."""
    return Case.objects.filter(_own_columns(user))


def _own_columns(user: User) -> Q:
    """The same of cases themselves, by columns that the indexes of the list hold."""
    open_to = Q(wall=None) | Q(wall__in=_open_to(user))
    if user.role == Role.CLIENT:
        return open_to & Q(client=user.client) & ~Q(client="")
    return open_to


def everybodys(case: str = "") -> Q:
    """Of rows those about cases behind no wall: of these alone are figures kept that everybody reads."""
    path = case.removesuffix("__")
    if not path:
        return Q(wall=None)
    return ~Q(**{f"{path}__in": Case.objects.exclude(wall=None).order_by().values("pk")})


def walled_off(user: User) -> QuerySet[Case]:
    """The restricted cases that this person is not to know of."""
    return Case.objects.exclude(wall=None).exclude(wall__in=_open_to(user)).order_by()


def _open_to(user: User) -> QuerySet[Insider, int]:
    return standing().filter(user=user.pk).values_list("wall", flat=True)


def standing() -> QuerySet[Insider]:
    """Those who are inside any wall today."""
    today = clock.office_today()
    return Insider.objects.filter(Q(until=None) | Q(until__gte=today)).order_by()


def within(user: User, held: Iterable[Case]) -> set[int]:
    """Of cases at hand the keys of those that the person sees; no query where none of them has a wall."""
    cases = list(held)
    open_to = set(_open_to(user)) if any(case.wall_id for case in cases) else set()
    mine = (case for case in cases if case.wall_id is None or case.wall_id in open_to)
    return {case.pk for case in mine if user.role != Role.CLIENT or case.client == user.client != ""}


def mentions_restricted(user: User, *fields: str) -> Exists:
    """Whether texts of a row name a restricted case by its number: mails, calls to the office."""
    told = [part for field in fields for part in (OuterRef(field), Value(" "))]
    written = Concat(Substr("application_number", 1, 4), Value("-"), Substr("application_number", 5))
    rows = walled_off(user).annotate(told=Concat(*told, output_field=TextField()), written=written)
    named = Q(told__contains=F("application_number")) | Q(told__contains=F("written"))
    for field in ("registration_number", "publication_number"):
        named |= ~Q(**{field: ""}) & Q(told__contains=F(field))
    return Exists(rows.filter(named))


def tells_of_restricted(user: User) -> Q:
    """Of copies of mails those that tell of a restricted case: by its key, as was noted when it was sent; and
    by its number, which may stand in the words of another case, or in a copy from before keys were noted."""
    told = Delivery.cases.through.objects.filter(delivery=OuterRef("pk"), case__in=walled_off(user))
    return Q(Exists(told)) | Q(mentions_restricted(user, "subject", "html"))


# --- many people at once -----------------------------------------------------------------------------------


class Eyes:
    """Who sees which of these cases, for deciding about many people; a few queries, however many they are."""

    def __init__(self, keys: Iterable[int]) -> None:
        rows = Case.objects.filter(pk__in=set(keys)).order_by().values_list("pk", "wall", "client")
        self._cases = {pk: (wall, client) for pk, wall, client in rows}
        self._clients = dict(User.objects.filter(role=Role.CLIENT).values_list("pk", "client"))
        self._inside: dict[int, set[int]] = defaultdict(set)
        walls = {wall for wall, _client in self._cases.values() if wall}
        for wall, user in standing().filter(wall__in=walls).values_list("wall", "user") if walls else ():
            self._inside[wall].add(user)

    def see(self, user: int, case: int) -> bool:
        wall, client = self._cases.get(case, (None, ""))
        if user in self._clients and not (client and client == self._clients[user]):
            return False
        return wall is None or user in self._inside[wall]

    def of(self, case: int) -> Callable[[int], bool]:
        """Whether a person, by the key, sees this case."""
        return partial(self._seen, case)

    def _seen(self, case: int, user: int) -> bool:
        return self.see(user, case)

    def wall_of(self, case: int) -> int | None:
        return self._cases.get(case, (None, ""))[0]

    def insiders(self, case: int) -> list[int]:
        """Those inside its wall; nobody where it has none."""
        wall = self.wall_of(case)
        return sorted(user for user in self._inside[wall] if self.see(user, case)) if wall else []


def may_see(user: User, case: Case) -> bool:
    return cases(user).filter(pk=case.pk).exists()
