"""Whose eyes a case is for: the one place where walls and clients' own cases are decided.

What is out of a person's reach does not exist for them: in no list, count, search, feed, mail, export, page
of progress or message. Everything that shows rows of cases to a person asks here.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from dossiers import clock
from dossiers.models import Case, Insider, Role, User


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


def walled_off(user: User) -> QuerySet[Case]:
    """The restricted cases that this person is not to know of."""
    return Case.objects.exclude(wall=None).exclude(wall__in=_open_to(user)).order_by()


def _open_to(user: User) -> QuerySet[Insider, int]:
    today = clock.office_today()
    inside = Insider.objects.filter(Q(until=None) | Q(until__gte=today), user=user.pk)
    return inside.order_by().values_list("wall", flat=True)


def may_see(user: User, case: Case) -> bool:
    return cases(user).filter(pk=case.pk).exists()
