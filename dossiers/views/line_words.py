"""What is the matter with a line or a list that somebody added, and what they can do about it."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dossiers.intake.columns import Field

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
    "passed_on": _(
        "Not added by this line: others decide about this number first. They have been told who asks, and"
        " answer you; nothing about it is shown to you until then."
    ),
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
    "no_number": _("The row names no case: its number is empty."),
    "several_in_a_cell": _("The cell names several numbers. Give each a row of its own."),
    "rounded": _(
        "The spreadsheet has rounded this number, and figures are lost. Format the column as text and enter"
        " it again."
    ),
    "law_contradicts": _("The number is of another law than the row says. Check which is right."),
    # of a whole file
    "file_too_large": _("The file is larger than 20 MB. Split it and add the parts."),
    "not_text": _("The file is neither text nor a workbook of Excel. Save it as .xlsx or as CSV."),
    "old_excel": _("This is a workbook of the old format (.xls). Open it in Excel and save it as .xlsx."),
    "encrypted": _("The workbook is protected by a password. Save a copy without one."),
    "binary_excel": _("Binary workbooks (.xlsb) cannot be read. Save it as .xlsx."),
    "open_document": _("OpenDocument files (.ods) cannot be read. Save it as .xlsx."),
    "damaged": _("The file is damaged and cannot be read. Open it, save it anew and try again."),
    "unpacks_too_large": _("The workbook is too large when unpacked. Save only the sheet with the cases."),
    "no_such_sheet": _("The workbook has no such sheet."),
    "too_many_columns": _("There are more than 200 columns. Save only those that are needed."),
    "too_many_rows": _("The sheet goes on beyond row 300,000. Copy the cases to a new sheet."),
    "too_many_file_lines": _("More than 50,000 cases in one file. Split it and add the parts."),
    "open_quote": _(
        "A quotation mark opens a cell here and is not closed properly. Save the file as .xlsx, or"
        " correct it."
    ),
    "no_rows": _("There is no row beneath the headings."),
    "file_gone": _("The file is not kept any more. Upload it again."),
    "unexpected": _("Something unexpected went wrong here. It is tried again by itself."),
    # of the columns
    "no_number_column": _("Say which column holds the number of the case."),
    "repeated_column": _("Two columns cannot be the same."),
    "no_such_column": _("This is no kind of column. Choose one of the list."),
    "no_body": _("The office has nothing on file for this number."),
}


def line_message(code: str) -> str:
    """What to do about it; an unknown code is shown, never swallowed."""
    known = _LINES.get(code)
    return str(known) if known is not None else gettext("Unexpected: %s") % code


# What of a row was not taken, or is to be looked at; %s is what the row says there.
_REMARKS = {
    "own_reference_too_long": _("Own reference not taken, for it is longer than 60 characters: %s…"),
    "client_too_long": _("Client not taken, for the name is longer than 120 characters: %s…"),
    "note_too_long": _("Note not taken, for it has more than 10,000 characters (%s)."),
    "owner_unknown": _("Nobody of this name can be in charge: %s"),
    "owner_ambiguous": _("Several people have this name; write the address of the one in charge: %s"),
    "owner_outside": _("The case is restricted, and this person is not inside: %s"),
    "deputy_outside": _("The case is restricted, and this person is not inside: %s"),
    "deputy_unknown": _("Nobody of this name can be deputy: %s"),
    "deputy_ambiguous": _("Several people have this name; write the address of the deputy: %s"),
    "list_unknown": _("There is no watchlist of this name: %s"),
    "list_ambiguous": _("Several watchlists have this name: %s"),
    "tags_no_name": _("Tags not taken, for one has neither letter nor digit: %s"),
    "tags_too_long": _("Tags not taken, for one is too long: %s"),
    "tags_too_many": _("Tags not taken, for a case cannot have so many: %s"),
    "law_unknown": _("This law is not known: %s"),
    "title_differs": _("The office's title is another one. The row says: %s"),
    "applicant_differs": _("The office's applicant is another one. The row says: %s"),
    "kept": _("Not taken back: somebody has worked on the case since, was told of it, or added it, too."),
    "kept_values": _("Something was changed again since and stays as it is."),
    # of a cell; %s is the name of its column
    "no_value": _("The formula has no value kept with it; the cell counts as empty: %s"),
    "error_value": _("The spreadsheet shows an error here; the cell counts as empty: %s"),
    "unreadable_characters": _("Some characters could not be read: %s. Try another encoding."),
}
_OF_CELLS = ("no_value", "error_value", "unreadable_characters")


def remark_words(code: str, detail: str) -> str:
    """One remark on a line, in words; an unknown code is shown, never swallowed."""
    if code not in _REMARKS:
        return gettext("Unexpected: %s") % code
    words = str(_REMARKS[code])
    if code in _OF_CELLS and detail in Field.values:
        detail = str(Field(detail).label)
    return words % detail if "%s" in words else words
