"""The API put together: its parts, what refusals of the lower rooms become, and its addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from dossiers.docketing.actions import ActionRefused
from dossiers.intake import IntakeRefused
from dossiers.intake.watchlists import WatchlistRefused
from dossiers.views.line_words import line_message
from dossiers.views.watchlists import refusal_words
from dossiers.views.words import code_words

from . import callers, cases, description, documents, events, follows, imports, limits, lists
from .conditions import Renderer
from .problems import Problem, of_fields, reply_to
from .serving import not_here, served


class Portal(NinjaAPI):
    """Django Ninja with our errors; its description is finished by `description`."""

    def get_openapi_schema(self, **_options: Any) -> Any:
        return description.finished(super().get_openapi_schema(path_prefix="api/v1/"), self._needs())

    def _needs(self) -> dict[str, str]:
        """The right that each operation asks for."""
        return {
            operation.operation_id: operation.auth_callbacks[0].scope
            for router in self._get_bound_routers()
            for addressed in router.path_operations.values()
            for operation in addressed.operations
        }


api = Portal(
    title="IP Portal",
    version="1",
    description=description.ABOUT,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    renderer=Renderer(),
)


def only_known(view: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that is misspelt is refused: passed over, it would narrow nothing, and nobody would notice."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        unknown = sorted(set(request.GET) - _parameters(view))
        if unknown:
            raise of_fields([{"loc": ("query", name), "type": "extra_forbidden"} for name in unknown])
        return view(request, *args, **kwargs)

    return asked


def _parameters(view: Any) -> set[str]:
    """The names of the parameters that the address takes after its question mark."""
    models = [one for one in view._ninja_operation.models if one.__ninja_param_source__ == "query"]
    return {name for model in models for name in model.__ninja_flatten_map__}


api.add_decorator(only_known)
api.add_router("/cases", cases.router)
api.add_router("/cases", documents.router)
api.add_router("/cases", limits.of_case)
api.add_router("/limits", limits.router)
api.add_router("/events", events.router)
api.add_router("/lists", lists.router)
api.add_router("/cases", follows.of_case)
api.add_router("/lists", follows.of_list)
api.add_router("", follows.router)
api.add_router("/imports", imports.router)
api.add_router("", callers.router)


# --- refusals ---------------------------------------------------------------------------------------------


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return reply_to(request, problem)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _error: Http404) -> HttpResponse:
    return reply_to(request, Problem("not_found"))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A value that cannot be used; in an address that names nothing, that there is nothing there."""
    if any(one.get("loc", ("",))[0] == "path" for one in error.errors):
        return reply_to(request, Problem("not_found"))
    return reply_to(request, of_fields(error.errors))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, _error: HttpError) -> HttpResponse:
    """All that Django Ninja refuses by itself: a body that is no JSON."""
    return reply_to(request, Problem("unreadable"))


@api.exception_handler(Exception)
def _broken(_request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # `serving` says it, once the transaction is undone


def _refused(code: str, words: str) -> Problem:
    return Problem("refused", detail=words, code=code)


@api.exception_handler(ActionRefused)
def _action_refused(request: HttpRequest, refused: ActionRefused) -> HttpResponse:
    return reply_to(request, _refused(refused.code, code_words(refused.code)))


@api.exception_handler(WatchlistRefused)
def _list_refused(request: HttpRequest, refused: WatchlistRefused) -> HttpResponse:
    return reply_to(request, _refused(refused.code, refusal_words(refused.code)))


@api.exception_handler(IntakeRefused)
def _intake_refused(request: HttpRequest, refused: IntakeRefused) -> HttpResponse:
    return reply_to(request, _refused(refused.code, line_message(refused.code)))


# --- addresses --------------------------------------------------------------------------------------------


def _addresses() -> list[URLPattern]:
    own = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    for one in own:
        one.callback = served(one.callback)
    return [
        path("openapi.json", served(description.openapi), name="openapi"),
        *own,
        re_path(r"^(?P<anywhere>.*)$", served(not_here), name="api-nothing"),
    ]


urls = (_addresses(), "api", "api")
