"""What came of an order for CPC suggestions, and what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .words import outcome_words

_MESSAGES = {
    "no_text": _("There is no text in it. Paste the specification, or choose another file."),
    "too_long": _("The text is longer than 2 MB. Leave out what does not describe the invention."),
    "file_too_large": _("The file is larger than 5 MB."),
    "pdf": _("PDF files cannot be read. Paste the text, or upload it as .txt, .xml, .htm or .zip."),
    "kind_of_file": _("Only .txt, .xml, .htm and .zip files can be read."),
    "not_text": _("The file is not text in UTF-8, UTF-16 or Shift_JIS."),
    "unreadable": _("The specification could not be read. Paste its text instead."),
    "opd_unknown": _("The One Portal Dossier does not know this case. Paste the text instead."),
    "opd_no_specification": _("OPD has no specification for this case: paste the text instead."),
    "opd_no_text": _("OPD lists the specification but delivers no text of it: paste the text instead."),
    "not_configured": _("No access to the predictor is configured."),
    "minute_limit": _("The minute's limit of questions to the office is reached"),
    "failed": _("Something went wrong here; it will be tried again"),
    "predictor_credentials": _(
        "IP Australia refused the application's ID or secret. The administrator must check them."
    ),
    "predictor_not_approved": _(
        "IP Australia has not approved the application for this API. "
        "The administrator must apply for it in the developer portal."
    ),
    "predictor_not_as_configured": _(
        "The predictor's answer does not fit the configuration. "
        "The administrator must correct the setting named here."
    ),
    "predictor_empty": _("The predictor suggests no symbol for this text."),
    "predictor_busy": _("The predictor is busy"),
    "predictor_timeout": _("The predictor did not answer in time"),
    "predictor_down": _("The predictor was not available"),
    "predictor_bad_input": _(
        "The predictor refused the question. "
        "The administrator must check its address and the field of the text."
    ),
    "predictor_wrong_path": _("The predictor's address is wrong. The administrator must correct it."),
    "predictor_unreadable": _("The predictor's answer could not be read."),
}


def message(code: str) -> str:
    """A sentence on `code`; what came of asking the office is in words as everywhere."""
    return str(_MESSAGES.get(code) or outcome_words(code))
