"""What is wrong with a call, as `application/problem+json` (RFC 9457), in words that say what to do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MEDIA_TYPE = "application/problem+json"
Words = Promise | str

KINDS: dict[str, tuple[int, Words, Words]] = {
    "no_token": (
        401,
        _("No token that works"),
        _(
            "Send a token in the header “Authorization: Bearer ipportal_…”. Tokens are made in the settings, "
            "under “Programs”; one that was taken back or is over opens nothing."
        ),
    ),
    "scope_missing": (
        403,
        _("The token is not for this"),
        _("This needs a token with the right “%(scope)s”. Make another one in the settings."),
    ),
    "role_missing": (
        403,
        _("The role of the token's owner does not allow this"),
        _("“%(scope)s” is more than the owner's role allows by now. An administrator can change the role."),
    ),
    "not_found": (
        404,
        _("Not found"),
        _("There is nothing at this address, or the token does not show it. Check the address."),
    ),
    "method_not_allowed": (
        405,
        _("Not possible at this address"),
        _("The header “Allow” says what this address takes."),
    ),
    "unreadable": (400, _("The call cannot be read"), _("Send a JSON object in UTF-8.")),
    "unusable_cursor": (
        400,
        _("The cursor is unknown"),
        _("Send the “next” of an earlier answer as it was, or leave it out to begin anew."),
    ),
    "unusable_key": (
        400,
        _("The Idempotency-Key cannot be used"),
        _("Send 1 to 200 printable ASCII characters, a new UUID for each thing to be done, for example."),
    ),
    "invalid": (422, _("Something in the call cannot be used"), _("“errors” names it. Nothing was changed.")),
    "not_json": (
        415,
        _("Only JSON is taken"),
        _("Send the header “Content-Type: application/json” and a JSON object."),
    ),
    "too_large": (413, _("The call is too large"), _("Split it and send the parts.")),
    "refused": (409, _("Refused"), ""),
    "changed": (
        412,
        _("It has changed since you read it"),
        _("Nothing was changed. Read it again and decide anew; its new ETag goes into “If-Match”."),
    ),
    "key_reused": (
        422,
        _("The Idempotency-Key was used for something else"),
        _("Nothing was changed. Each thing to be done needs a key of its own."),
    ),
    "key_busy": (
        409,
        _("The same call is being carried out"),
        _("Send it again, with the same key, after the seconds in “Retry-After”."),
    ),
    "too_many_calls": (
        429,
        _("Too many calls in a minute"),
        _("Nothing was done. Send it again after the seconds in “Retry-After”."),
    ),
    "server_error": (
        500,
        _("Something went wrong here"),
        _("Nothing was changed. Try again; if it goes on, tell the administrator the time of the call."),
    ),
}


class Problem(Exception):
    """A call that is not carried out. `more` are further members of the reply."""

    def __init__(
        self,
        kind: str,
        *,
        detail: str = "",
        values: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.values = kind, detail, dict(values or {})
        self.headers, self.more = dict(headers or {}), more


def reply_to(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a reply, in the language that is active."""
    status, title, what_to_do = KINDS[problem.kind]
    detail = problem.detail or (str(what_to_do) % problem.values if problem.values else str(what_to_do))
    body = {
        "type": f"{settings.SITE_URL}/api/#{problem.kind}",
        "title": str(title),
        "status": status,
        "detail": detail,
        "instance": request.path,
        **problem.more,
    }
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return HttpResponse(content, status=status, content_type=MEDIA_TYPE, headers=problem.headers)


# --- fields -----------------------------------------------------------------------------------------------

_TYPES: dict[str, Words] = {
    "missing": _("This is missing."),
    "extra_forbidden": _("There is no such field here."),
    "string_too_long": _("At most %(max_length)s characters."),
    "string_too_short": _("At least %(min_length)s characters."),
    "too_long": _("At most %(max_length)s entries."),
    "too_short": _("At least %(min_length)s entries."),
    "string_pattern_mismatch": _("This has characters that cannot be used here."),
    "string_type": _("Text is needed here."),
    "bool_parsing": _("true or false is needed here."),
    "bool_type": _("true or false is needed here."),
    "int_parsing": _("A whole number is needed here."),
    "int_type": _("A whole number is needed here."),
    "greater_than_equal": _("At least %(ge)s."),
    "less_than_equal": _("At most %(le)s."),
    "date_from_datetime_parsing": _("Write the day as 2027-01-31."),
    "date_parsing": _("Write the day as 2027-01-31."),
    "date_type": _("Write the day as 2027-01-31."),
    "uuid_parsing": _("This is no identifier that was given out here."),
    "literal_error": _("One of these is needed: %(expected)s."),
    "enum": _("One of these is needed: %(expected)s."),
    "list_type": _("A list is needed here."),
    "model_attributes_type": _("A JSON object is needed here."),
}


def of_fields(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """The problem of values that do not fit, each with where it stands and what is wrong with it."""
    told = [{"where": _where(one.get("loc", ())), "detail": _words(one)} for one in errors]
    return Problem("invalid", errors=told[:50])


def of_field(where: str, detail: str) -> Problem:
    return Problem("invalid", errors=[{"where": where, "detail": detail}])


def _where(place: Iterable[object]) -> str:
    """ "body.note": the part of the call, then names and places; ours for the whole body is left out."""
    parts = [str(part) for part in place]
    return ".".join([*parts[:1], *parts[2:]] if parts[:1] == ["body"] else parts)


def _words(error: Mapping[str, Any]) -> str:
    words = _TYPES.get(str(error.get("type", "")))
    if words is None:
        return gettext("This cannot be used here.")
    try:
        return str(words) % (error.get("ctx") or {})
    except (KeyError, TypeError, ValueError):
        return gettext("This cannot be used here.")
