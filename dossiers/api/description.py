"""The OpenAPI description: what Django Ninja writes from the types, and what every address has in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from .problems import MEDIA_TYPE
from .shapes import Problem

ABOUT = (
    "Cases, documents, time limits, events, watchlists and imports of the firm's docket, by the same rights "
    "and rules as its pages. Days are days of the office (Japan), times are UTC. Words are in the language "
    "of `Accept-Language` (ja, en); codes are the same in every language."
)
_TOLD = {
    "RateLimit-Limit": "Calls allowed in a minute",
    "RateLimit-Remaining": "About how many are left of them",
    "RateLimit-Reset": "Seconds until the next minute",
}
_PROBLEMS = {
    400: "The call or its cursor cannot be read",
    401: "No token that works",
    403: "The token is not for this",
    404: "There is nothing here, or the token does not show it",
    422: "Something in the call cannot be used; `errors` names it",
    429: "Too many calls in a minute; see Retry-After",
    500: "Something went wrong here",
}
_PROBLEMS_OF_WRITES = {
    409: "Refused, with the reason; or the same call is being carried out",
    412: "It has changed since it was read",
    413: "Too large",
    415: "Only JSON is taken",
}


def _header(name: str, what: str, **more: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": what,
        "schema": {"type": "string", **more},
    }


_LANGUAGE = _header("Accept-Language", "Language of words: ja or en. Without it that of the token's owner.")
_IF_NONE_MATCH = _header("If-None-Match", "The ETag of what you have: 304 where it is still so.")
_IF_MATCH = _header(
    "If-Match", "The ETag of what you have seen: 412, and nothing done, where it has changed."
)
_KEY = _header(
    "Idempotency-Key",
    "A key of your own for this one thing, best a UUID: sent again within 48 hours, it is not done again and "
    "the first answer comes back.",
    minLength=1,
    maxLength=200,
    pattern="^[ -~]+$",
)


def finished(schema: dict[str, Any], needs: Mapping[str, str]) -> dict[str, Any]:
    """The description with the headers, problems and rights of each address; `needs` says which right."""
    schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            _finish(method, operation)
            operation["security"] = [{"Token": [needs[operation["operationId"]] or "any"]}]
    return schema


def _finish(method: str, operation: dict[str, Any]) -> None:
    reads = method == "get"
    has_body = "requestBody" in operation
    operation["parameters"] += [_LANGUAGE, _IF_NONE_MATCH] if reads else [_LANGUAGE, _KEY]
    if method == "patch" or operation["operationId"] in _CHANGES_A_LIMIT:
        operation["parameters"].append(_IF_MATCH)
    answers = operation["responses"]
    for answer in answers.values():
        answer["headers"] = {name: _told(what) for name, what in _TOLD.items()}
    if reads:
        answers[304] = {"description": "It is still as you have it"}
    problems = _PROBLEMS if reads else {**_PROBLEMS, **_PROBLEMS_OF_WRITES}
    for status, what in problems.items():
        answers[status] = {"description": what, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    if not has_body:
        answers.pop(413, None)


_CHANGES_A_LIMIT = frozenset({"set_own_date", "claim_done", "not_needed", "reopen"})
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def _told(what: str) -> dict[str, Any]:
    return {"description": what, "schema": {"type": "string"}}


@cache
def written() -> dict[str, Any]:
    from .portal import api

    return dict(api.get_openapi_schema())


def openapi(_request: HttpRequest) -> HttpResponse:
    """The description itself. It is of the program and not of the docket, so that it needs no token."""
    return JsonResponse(written())
