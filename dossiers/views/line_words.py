"""What is the matter with a line or a list that somebody added, and what they can do about it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_LINES = {
    "": "",
    "empty": _("Nothing to add: paste at least one number or choose a file."),
    "too_long": _("The text is too long. Split it and add the parts."),
    "too_many_lines": _("More than 10,000 lines. Split the list and add the parts."),
    "not_possible": _("This cannot be done any more: the list has changed meanwhile."),
    "not_a_number": _("No number was recognised. Write it as 特願2020-008423 or 2020-008423."),
    "year_out_of_range": _(
        "The year cannot be right: it lies before 1885 (international numbers: 1978) or after next year."
        " Check it."
    ),
    "no_such_era_year": _("The era has no such year: Heisei ended with 31, Shōwa with 64. Check it."),
    "era_not_said": _(
        "The year has two figures and may be of several eras. Write it with its era or in four figures."
    ),
    "may_be_date": _("This looks like a date. If it is a number, write it as 特願2020-000012."),
    "own_reference": _(
        "This looks like a reference of your own. If it is an official number, say its kind, as in"
        " 特願2020-008423."
    ),
    "range": _("This names several numbers from one to another. Write each of them."),
    "serial_zero": _("The number after the year is zero. Check it."),
    "too_many_digits": _("Too many digits. Check the number."),
    "too_few_digits": _("Too few digits. Check the number."),
    "showa_publication": _(
        "Publications of the Shōwa years cannot be asked for. Give the application number."
    ),
    "examined_publication": _("Examined publications cannot be asked for. Give the application number."),
    "utility_model": _("The office's interface does not serve utility models. Watch this case elsewhere."),
    "branch_number": _("Branch numbers cannot be asked for. Give the application number."),
    "republication": _(
        "Re-publications of international applications cannot be asked for."
        " Give the Japanese application number (特願…)."
    ),
    "international_registration": _(
        "International registrations (Madrid, Hague) cannot be asked for. Give the Japanese number."
    ),
    "appeal_number": _("Appeals and trials cannot be asked for. Give the application number of the case."),
    "applicant_code": _(
        "Nine digits are an applicant's code, not a case. Write a publication with its year."
    ),
    "document_number": _(
        "Eleven digits are the number of a document, not of a case. Give the application number."
    ),
    "foreign_number": _("A number of another office. Give the Japanese application number."),
    "no_national_phase": _(
        "The office knows no Japanese case of this international application: it has not entered Japan, or"
        " its data do not show it yet."
    ),
    "another_case": _(
        "The office led to a case of another international application. Give the Japanese application number"
        " (特願…)."
    ),
    "no_publication_lookup": _(
        "Only patents can be found by their publication. Give the application number."
    ),
    "law_not_said": _("The number does not say its law. Choose one:"),
    "several_numbers": _(
        "This can be read as several kinds of number. If it is an application number, choose its law:"
    ),
    "repeated": _("The same number is on an earlier line."),
    "not_found": _("Check the number: the office knows no such case, or has not published it yet."),
    "out_of_range": _("The case exists outside what the office's interface serves. Watch it elsewhere."),
    "no_credentials": _("No ID of the office is set up. Tell the administrator."),
    "office_unavailable": _("The office does not answer now."),
    "daily_limit": _(
        "The office's limit of the day is reached; this is asked again after midnight in Japan."
    ),
    "minute_limit": _("Waits for room among the calls of this minute."),
    "auth": _("The office refused our ID or password. Tell the administrator."),
    "unreadable": _("The office answered, but the answer could not be read. Check again later."),
    "bad_input": _("The office refused this number. Check it."),
    "wrong_path": _("The office does not know the address that was asked. Tell the administrator."),
    "timeout": _("The office did not answer in time. Check again."),
    "busy": _("The office had too many calls. Check again."),
    "down": _("The office is down. Check again later."),
    "no_body": _("The office has nothing on file for this number."),
}


def line_message(code: str) -> str:
    """What to do about it; an unknown code is shown, never swallowed."""
    known = _LINES.get(code)
    return str(known) if known is not None else gettext("Unexpected: %s") % code
