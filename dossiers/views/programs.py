"""A person's tokens for the API, and its description for people to read."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock
from dossiers.api import description, problems, tokens
from dossiers.api.scopes import SCOPES, open_to
from dossiers.intake.watchlists import visible_to
from dossiers.models import ApiToken, Scope, User

from .channel_parts import scope_of
from .posting import typed

_REFUSALS = {
    "no_name": gettext_lazy("Give it the name of the program, so that you know it again."),
    "no_scopes": gettext_lazy("Choose at least one thing that the program may do."),
    "not_allowed": gettext_lazy("A program can do no more than your role allows."),
    "no_list": gettext_lazy("Choose which cases the program sees."),
    "needs_all_cases": gettext_lazy("To add cases, a program has to see all cases."),
    "unusable_day": gettext_lazy("Choose how long it works."),
    "too_many": gettext_lazy("You have thirty of these. Take back one that nobody uses."),
}
_LIVES = {
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "365": gettext_lazy("A year"),
    "": gettext_lazy("Until it is taken back"),
}
_MOST_LISTED = 100


@dataclass
class Entered:
    """What stands in the form: the usual, or what was typed, with why it was refused."""

    name: str = ""
    scopes: list[str] = field(default_factory=lambda: ["cases:read", "limits:read"])
    reach: str = Scope.MINE.value
    days: str = "90"
    problem: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Entered:
        names = ("name", "reach", "days")
        return cls(**{name: typed(request, name) for name in names}, scopes=request.POST.getlist("scopes"))


@require_safe
def programs(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """A new token. It is shown in the answer to the form itself, and nowhere again."""
    entered = Entered.of(request)
    reach, watchlist = scope_of(entered.reach, request.user)
    try:
        made, text = tokens.create(
            by=request.user,
            name=entered.name,
            scopes=entered.scopes,
            reach=reach,
            watchlist=watchlist,
            expires_on=_last_day(entered.days),
        )
    except tokens.TokenRefused as refused:
        entered.problem = str(_REFUSALS.get(refused.code, refused.code))
        return _page(request, status=422, entered=entered)
    return _page(request, shown=text, shown_of=made)


def _last_day(days: str) -> date | None:
    if days not in _LIVES:
        raise tokens.TokenRefused("unusable_day")
    return clock.office_today() + timedelta(days=int(days)) if days else None


@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    tokens.revoke(get_object_or_404(ApiToken, pk=pk, owner=request.user), by=request.user)
    messages.success(request, _("The token opens nothing any more."))
    return redirect("programs")


def _page(request: HttpRequest, status: int = 200, **more: object) -> HttpResponse:
    rows = list(request.user.api_tokens.select_related("watchlist")[:_MOST_LISTED])
    for one in rows:
        one.is_over = tokens.is_over(one)
        one.scope_words = [str(SCOPES.get(name, name)) for name in one.scopes]
    context = {
        "tokens": rows,
        "scopes": open_to(request.user).items(),
        "reaches": _reaches(request.user),
        "lives": _LIVES.items(),
        "entered": Entered(),
        "base": f"{settings.SITE_URL}/api/v1/",
        "calls": settings.API_PER_MINUTE,
        **more,
    }
    return render(request, "pages/programs.html", context, status=status)


def _reaches(user: User) -> list[tuple[str, str]]:
    """What a program may see: at most what its owner sees on the pages."""
    seen = visible_to(user).order_by("name", "pk").values_list("pk", "name")[:500]
    ways = [(Scope.MINE.value, str(Scope.MINE.label)), (Scope.ALL.value, str(Scope.ALL.label))]
    return ways + [(str(pk), _("Watchlist: %s") % name) for pk, name in seen]


# --- the description --------------------------------------------------------------------------------------


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every address of the API, what it takes and gives, and every problem: written from the description."""
    written = description.written()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in written["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(_said(operation["tags"][0]), []).append(_operation(path, method, operation))
    context = {
        "base": f"{settings.SITE_URL}/api/v1/",
        "about": _said(written["info"]["description"]),
        "groups": groups.items(),
        "shapes": [
            (name, _fields(shape)) for name, shape in sorted(written["components"]["schemas"].items())
        ],
        "problems": [(code, *told) for code, told in problems.KINDS.items()],
        "calls": settings.API_PER_MINUTE,
    }
    return render(request, "pages/api.html", context)


def _said(sentence: str) -> str:
    """A sentence of the description in the reader's words; `api.sentences` has them for the catalogue."""
    as_in_the_catalogue = " ".join(sentence.split())
    return _(as_in_the_catalogue) if sentence else ""


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    own = [one for one in operation["parameters"] if one["in"] != "header"]
    return {
        "method": method.upper(),
        "path": path,
        "summary": _said(operation["summary"]),
        "what": _said(operation.get("description", "")),
        "needs": operation["security"][0]["Token"][0],
        "parameters": [
            (one["name"], _kind(one["schema"]), _said(one["schema"].get("description", ""))) for one in own
        ],
        "takes": _kind(_content(operation.get("requestBody", {}))),
        "gives": [
            (status, _kind(_content(answer)))
            for status, answer in operation["responses"].items()
            if int(status) < 300
        ],
    }


def _content(part: dict[str, Any]) -> dict[str, Any]:
    return next((one["schema"] for one in part.get("content", {}).values()), {})


def _fields(shape: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (name, _kind(one), _said(one.get("description", "")))
        for name, one in shape.get("properties", {}).items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """A type in few words: "CasePage", "list of Person", "date or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " / ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) or "“”" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("const") or schema.get("type", ""))
