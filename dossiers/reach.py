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
    path = case.removesuffix("__") or "pk"
    if user.role == Role.CLIENT:
        return Q(**{f"{path}__in": _of_client(user).values("pk")})
    return ~Q(**{f"{path}__in": walled_off(user).values("pk")})


def walled_off(user: User) -> QuerySet[Case]:
    """The restricted cases that this person is not to know of."""
    return Case.objects.exclude(wall=None).exclude(wall__in=_open_to(user)).order_by()


def _of_client(user: User) -> QuerySet[Case]:
    if not user.client:
        return Case.objects.none()
    return Case.objects.filter(Q(wall=None) | Q(wall__in=_open_to(user)), client=user.client).order_by()


def _open_to(user: User) -> QuerySet[Insider, int]:
    today = clock.office_today()
    inside = Insider.objects.filter(Q(until=None) | Q(until__gte=today), user=user.pk)
    return inside.order_by().values_list("wall", flat=True)


def may_see(user: User, case: Case) -> bool:
    return Case.objects.filter(shown_to(user), pk=case.pk).exists()
