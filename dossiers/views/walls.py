"""Walls: administrators make them and let people in; somebody inside restricts cases to them."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers import clock, walls
from dossiers.docketing.actions import ActionRefused
from dossiers.models import Insider, User, Wall

from . import selectors
from .case import the_case
from .posting import day_typed, typed
from .words import code_words

_REFUSALS = {
    "no_name": gettext_lazy("Not saved: a wall needs a name."),
    "name_taken": gettext_lazy("Not saved: another wall has this name."),
    "nobody": gettext_lazy("Choose a person."),
    "past_day": gettext_lazy("Not saved: this day is over."),
    "last_inside": gettext_lazy(
        "Not done: cases would be left behind this wall where nobody can be told of them. Let somebody else"
        " in first, for good."
    ),
    "has_cases": gettext_lazy(
        "Not removed: there are cases behind this wall. Somebody inside takes them out."
    ),
    "not_inside": gettext_lazy("Not done: only somebody inside the wall restricts cases to it."),
    "owner_outside": gettext_lazy(
        "Not done: the person in charge is not inside this wall. Put somebody in charge who is, or have them"
        " let in."
    ),
    "deputy_outside": gettext_lazy(
        "Not done: the deputy is not inside this wall. Name somebody who is, or have them let in."
    ),
    "nobody_reachable": gettext_lazy("Not done: no mail reaches anybody inside this wall."),
}


# --- the page of walls ------------------------------------------------------------------------------------


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every wall with those inside. How many cases are behind it, and which, only those inside see."""
    people = walls.reachable().filter(pk=OuterRef("pk"))
    rows = list(Wall.objects.select_related("made_by"))
    inside: dict[int, list[Insider]] = {}
    insiders = Insider.objects.annotate(reached=Exists(people)).select_related("user", "let_in_by")
    for one in insiders.order_by("until", "user__display_name", "user__username"):
        one.over = one.until is not None and one.until < clock.office_today()
        inside.setdefault(one.wall_id, []).append(one)
    unseen = set(walls.without_anybody().values_list("pk", flat=True))
    for wall in rows:
        wall.inside, wall.unseen = inside.get(wall.pk, []), wall.pk in unseen
    return render(request, "pages/walls.html", {"walls": rows, "people": list(selectors.owners())})


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    def do() -> str:
        name, reason = typed(request, "name"), typed(request, "reason")
        walls.make(by=request.user, name=name, reason=reason, first=_person(request))
        return _("The wall is made. Those inside can restrict cases to it now.")

    return _done(request, do)


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    wall = get_object_or_404(Wall, pk=pk)
    if action not in _ACTS:
        raise Http404
    return _done(request, lambda: _ACTS[action](request, wall))


def _rename(request: HttpRequest, wall: Wall) -> str:
    walls.rename(wall, by=request.user, name=typed(request, "name"), reason=typed(request, "reason"))
    return _("Saved.")


def _let_in(request: HttpRequest, wall: Wall) -> str:
    person = _person(request)
    if person is None:
        raise walls.WallRefused("nobody")
    walls.let_in(wall, person, by=request.user, until=day_typed(request, "until"))
    return _("%(person)s is inside now.") % {"person": person}


def _let_out(request: HttpRequest, wall: Wall) -> str:
    person = _person(request)
    if person is None:
        raise walls.WallRefused("nobody")
    walls.let_out(wall, person, by=request.user)
    return _("%(person)s is outside now.") % {"person": person}


def _remove(request: HttpRequest, wall: Wall) -> str:
    walls.remove(wall, by=request.user)
    return _("The wall is removed.")


_ACTS: dict[str, Callable[[HttpRequest, Wall], str]] = {
    "rename": _rename,
    "let-in": _let_in,
    "let-out": _let_out,
    "remove": _remove,
}


def _person(request: HttpRequest) -> User | None:
    key = typed(request, "person")
    known = key.isascii() and key.isdecimal() and len(key) < 10
    return User.objects.filter(pk=int(key)).first() if known else None


def _done(request: HttpRequest, do: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, do())
    except walls.WallRefused as refused:
        messages.error(request, refusal_words(refused.code))
    except ActionRefused as refused:
        messages.error(request, code_words(refused.code))
    return redirect("walls")


def refusal_words(code: str) -> str:
    return str(_REFUSALS.get(code, code))


# --- one case ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def of_case(request: HttpRequest, law: str, number: str) -> HttpResponse:
    """Restrict a case to the people inside one of the reader's walls, or to nobody any more."""
    case = the_case(request.user, law, number)
    mine = walls.of_person(request.user)
    if request.method != "POST":
        return render(request, "pages/case_wall.html", {"case": case, "walls": list(mine)})
    key = typed(request, "wall")
    wall = mine.filter(pk=int(key)).first() if key.isascii() and key.isdecimal() and len(key) < 10 else None
    try:
        if key and wall is None:
            raise walls.WallRefused("not_inside")
        walls.put_behind(case, wall, by=request.user)
    except walls.WallRefused as refused:
        messages.error(request, refusal_words(refused.code))
        return redirect("case_wall", law, number)
    messages.success(request, _("Saved."))
    return redirect("case", law, number)
