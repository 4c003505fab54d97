"""How fresh the docket is: what the office confirmed, by when it will again, and which cases are behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from dossiers import clock
from dossiers.models import Case, Difference, Law, User
from dossiers.refresh import freshness

from . import selectors
from .completeness import BoardFilter
from .standings_days import NAMES, history

_CLASSES = {
    "hot": gettext_lazy("a time limit ends within a week, or a person wants it"),
    "due": gettext_lazy("something is due or awaited"),
    "live": gettext_lazy("other live cases"),
    "new": gettext_lazy("never asked: the first time"),
    "finished": gettext_lazy("finished cases"),
}
_BEHIND = tuple(name for name in freshness.STANDINGS if name not in freshness.KEPT)
_LOUD = {
    "late": "soon",
    "not_answered": "soon",
    "not_found": "danger",
    "not_read": "danger",
    "never": "danger",
}


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    wanted, now = BoardFilter.of(request), clock.now()
    standing = request.GET.get("standing", "")
    standing = standing if standing in freshness.STANDINGS else ""
    given = freshness.promise(now)
    cases = freshness.with_standing(Case.objects.filter(wanted.cases(request.user)), given, now)
    counted = list(cases.order_by().values_list("law", "owner", "standing").annotate(n=Count("*")))
    total = _count(counted)
    listed = total[standing] if standing else sum(total[name] for name in _BEHIND)
    page = selectors.page_of(request, _worst(cases, standing), count=listed)
    for case in page:
        case.again_by, case.loud = given.again_by(case), _LOUD.get(case.standing, "")
        case.standing_words = NAMES[case.standing]
    return render(
        request,
        "pages/freshness.html",
        {
            "wanted": wanted,
            "standing": standing,
            "names": NAMES.items(),
            "laws": Law.choices,
            "owners": selectors.owners(),
            "all": sum(total.values()),
            "kept": sum(total[name] for name in freshness.KEPT),
            "total": [(name, NAMES[name], total[name], _LOUD.get(name, "")) for name in freshness.STANDINGS],
            "differs": _differing(wanted.cases(request.user, "case__")),
            "by_law": _by_law(counted),
            "by_owner": _by_owner(counted),
            "promises": _promises(given),
            "first_round": freshness.first_round(now),
            "page": page,
            **history(),
        },
    )


_Counted = tuple[str, int | None, str, int]  # law, person in charge, standing, cases


def _count(rows: Iterable[_Counted]) -> Counter[str]:
    found: Counter[str] = Counter()
    for _law, _owner, name, n in rows:
        found[name] += n
    return found


def _row(rows: list[_Counted]) -> list[tuple[str, str, int, str]]:
    """The cells of one line: heading, standing, how many, how loud."""
    found = _count(rows)
    return [
        (NAMES[name], name, found[name], _LOUD.get(name, "") if found[name] else "")
        for name in freshness.STANDINGS
    ]


def _by_law(rows: list[_Counted]) -> list[tuple[str, str, list[tuple[str, str, int, str]]]]:
    """Laws that occur, with their cells."""
    return [
        (value, label, _row([one for one in rows if one[0] == value]))
        for value, label in Law.choices
        if any(one[0] == value for one in rows)
    ]


def _by_owner(rows: list[_Counted]) -> list[tuple[User | None, list[tuple[str, str, int, str]]]]:
    """People in charge, those with the most cases behind first; None: nobody is."""
    owners: dict[int | None, list[_Counted]] = {}
    for one in rows:
        owners.setdefault(one[1], []).append(one)
    people = User.objects.in_bulk([pk for pk in owners if pk])
    behind = {pk: sum(one[3] for one in of if one[2] not in freshness.KEPT) for pk, of in owners.items()}
    order = sorted(owners, key=lambda pk: (-behind[pk], str(people.get(pk) or "")))
    return [(people.get(pk), _row(owners[pk])) for pk in order]


def _worst(cases: QuerySet[Case], standing: str) -> QuerySet[Case]:
    """Those behind, or in the standing asked for; the longest unconfirmed first, in the order of an index."""
    rows = cases.filter(standing=standing) if standing else cases.exclude(standing__in=freshness.KEPT)
    rows = rows.select_related("owner").defer("note", "parties")
    return rows.order_by(F("confirmed_at").asc(nulls_first=True), "pk")


def _differing(of_case: Q) -> int:
    """Cases of which the office says otherwise than the firm's own records."""
    rows = Difference.objects.filter(of_case, state=Difference.State.OPEN)
    return rows.order_by().values("case").distinct().count()


def _promises(given: freshness.Promise) -> list[tuple[str, list[tuple[str, str]]]]:
    """Per law what is promised, in words."""
    return [
        (label, [(str(words), _in_days(given.days[law, klass], klass)) for klass, words in _CLASSES.items()])
        for law, label in Law.choices
    ]


def _in_days(days: int | None, klass: str) -> str:
    if days is None:
        return _("no day can be promised")
    if klass == "new":
        return ngettext("within %(n)d day", "within %(n)d days", days) % {"n": days}
    return _("every day") if days == 1 else _("every %(n)d days") % {"n": days}
