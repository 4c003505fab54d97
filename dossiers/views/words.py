"""Codes of the lower rooms in words. An unknown code is shown as it is, never swallowed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_STAGES = {
    "filed": _("Filed"),
    "awaiting_examination": _("Awaiting examination"),
    "response_due": _("Response due"),
    "awaiting_next_action": _("Awaiting the office's next action"),
    "allowed": _("Decision to grant"),
    "refused": _("Decision of refusal"),
    "appeal": _("In appeal"),
    "registered": _("Registered"),
    "lapsed": _("Lapsed"),
    "withdrawn": _("Withdrawn"),
    "dismissed": _("Dismissed"),
    "unknown": _("Not known"),
}
_OUTCOMES = {
    "": _("Not asked yet"),
    "ok": _("Answered"),
    "empty": _("The office knows no such case"),
    "no_body": _("The office delivers no document"),
    "out_of_range": _("Not among what the office offers"),
    "daily_limit": _("The day's limit of questions is reached"),
    "busy": _("The office was busy"),
    "timeout": _("No answer in time"),
    "auth": _("The office refused the user name or password"),
    "bad_input": _("The office refused the question"),
    "wrong_path": _("The office does not know the address"),
    "down": _("The office was not available"),
    "unreadable": _("The answer could not be read"),
    "no_credentials": _("No user name and password for the office are set"),
    "gave_up": _("Given up after several attempts"),
}
_REFUSALS = {
    "reason_required": _("Please say why; nothing was changed."),
    "no_date_to_confirm": _("There is no date to confirm yet. Read the document first."),
    "date_moved": _("The date has moved since you saw it; nothing was confirmed. Please check the new one."),
    "already_closed": _("Somebody has already closed this."),
    "already_accounted": _("This document has already been accounted for."),
    "state_does_not_allow": _("Its state has changed meanwhile; nothing was changed. Please look again."),
}
_RUNGS = {
    "extension": _("Extension"),
    "late_extension": _("Extension after expiry"),
    "grace": _("Late payment with surcharge"),
    "restoration": _("Restoration"),
}
_CONFIDENCE = {
    "official": _("from an official source"),
    "secondary": _("from a secondary source"),
    "unsure": _("not certain: check it by hand"),
    "person": _("entered by hand"),
}
# What the audit trail calls an act; see dossiers.models.record.
_ACTIONS = {
    "case.add": _("case added"),
    "case.edit": _("case edited"),
    "case.refresh": _("refresh asked for"),
    "limit.enter": _("time limit entered by hand"),
    "limit.confirm": _("time limit confirmed"),
    "limit.claimed": _("time limit noted as done"),
    "limit.not_needed": _("time limit closed as not needed"),
    "limit.open": _("time limit reopened"),
    "review.close": _("review closed"),
    "event.no_limit_needed": _("document accounted for: no time limit needed"),
    "watchlist.add_case": _("put on a watchlist"),
    "watchlist.remove_case": _("taken off a watchlist"),
}


def stage_words(code: str) -> str:
    return str(_STAGES.get(code, code))


def outcome_words(code: str) -> str:
    """What came of asking the office."""
    return str(_OUTCOMES.get(code, code))


def code_words(code: str) -> str:
    """Why an action was refused, and what to do."""
    return str(_REFUSALS.get(code, code))


def rung_words(code: str) -> str:
    return str(_RUNGS.get(code, code))


def confidence_words(code: str) -> str:
    return str(_CONFIDENCE.get(code, code))


def action_words(code: str) -> str:
    return str(_ACTIONS.get(code, code))
