"""Codes in words: what a code of ours means to a person, and what they can do about it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_OUTCOMES = {
    "": _("No answer yet"),
    "ok": _("Answered"),
    "empty": _("Nothing on file"),
    "no_body": _("No document on file"),
    "out_of_range": _("Not among what the office offers"),
    "daily_limit": _("The day's limit is reached"),
    "busy": _("Too many calls at once"),
    "timeout": _("No answer in time"),
    "auth": _("User ID or password refused"),
    "bad_input": _("The office refused the question"),
    "wrong_path": _("The office does not know the address"),
    "down": _("The office is down"),
    "unreadable": _("The answer could not be read"),
}

_LINES = {
    "": "",
    "empty": _("Empty line."),
    "not_a_number": _("No number was recognised. Write it as 特願2020-008423 or 2020-008423."),
    "year_out_of_range": _("The year cannot be right. Check it."),
    "serial_zero": _("The number after the year is zero. Check it."),
    "too_many_digits": _("Too many digits. Check the number."),
    "too_few_digits": _("Too few digits. Check the number."),
    "showa_publication": _(
        "Publications of the Shōwa years cannot be asked for. Give the application number."
    ),
    "examined_publication": _("Examined publications cannot be asked for. Give the application number."),
    "utility_model": _("Utility models are not offered by the office's interface. Watch the case elsewhere."),
    "branch_number": _("Branch numbers cannot be asked for. Give the application number."),
    "choose_law": _("Choose the law."),
}


def outcome(code: str) -> str:
    """What came of a call, in words; an unknown code is shown as it is."""
    return str(_OUTCOMES.get(code, code))


def line_message(code: str) -> str:
    """What to do about a line that was added; an unknown code is shown, never swallowed."""
    known = _LINES.get(code)
    return str(known) if known is not None else gettext("Unexpected: %s") % code
