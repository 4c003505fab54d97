"""Codes of the lower rooms in words. An unknown code is shown as it is, never swallowed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dossiers.models import Residency

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
    "minute_limit": _("The minute's limit of questions to the office is reached"),
    "unlisted": _("A text has come that the office's list of documents does not show yet"),
    "no_credentials": _("No user name and password for the office are set"),
    "gave_up": _("Given up after several attempts"),
}
_PICTURES = {
    "damaged": _("the file is damaged"),
    "too_large": _("it is too large to be unpacked safely"),
    "other_format": _("it is no TIFF, PNG, JPEG or GIF"),
}
_REFUSALS = {
    "reason_required": _("Please say why; nothing was changed."),
    "no_text": _("Please write the instruction; nothing was changed."),
    "instruction_unread": _(
        "A standing instruction concerns this time limit: please read it and tick that you have; "
        "nothing was changed."
    ),
    "none_chosen": _("Please choose at least one time limit, and at most 500; nothing was changed."),
    "only_passed_before": _(
        "Only what had passed before its case was added can be decided together; nothing was changed."
    ),
    "no_date_to_confirm": _("There is no date to confirm yet. Read the document first."),
    "date_moved": _("The date has moved since you saw it; nothing was confirmed. Please check the new one."),
    "difference_moved": _("One of the two values has changed since you saw it; nothing was decided."),
    "already_closed": _("Somebody has already closed this."),
    "already_accounted": _("This document has already been accounted for."),
    "day_out_of_calendar": _("Please give a day from 1995 to 2060; nothing was changed."),
    "day_closed_already": _("The office is closed on that day anyway; nothing was changed."),
    "day_no_holiday": _(
        "That day is no holiday on a weekday that came with the program; nothing was changed."
    ),
    "day_not_entered": _("Nobody has entered a closure on that day; nothing was changed."),
    "source_required": _("Please give the reason and the source; nothing was changed."),
    "year_not_next": _("Years are confirmed one after the other; nothing was changed."),
    "year_not_last": _("Only the year confirmed last can be taken back; nothing was changed."),
    "no_change_named": _("No change is named; nothing was changed."),
    "not_allowed": _("Only administrators may do that; nothing was changed."),
    "preview_changed": _("Meanwhile something else would move; nothing was changed. Please look again."),
    "state_does_not_allow": _("Its state has changed meanwhile; nothing was changed. Please look again."),
    "not_a_day": _("That is no day that can be read; nothing was changed. Write it as 2027-01-31."),
    "no_day": _("Please give the day; nothing was changed."),
    "blind_check_first": _("The firm checks dates blind: find the date yourself in the confirmation round."),
    "blind_check_seen": _("You have seen the computed date already. Settle the difference with a reason."),
    "blind_check_revealed": _(
        "You looked at the computed date before finding your own: somebody else has to check it."
    ),
    "settle_first": _("Somebody found another date: settle the difference with a reason first."),
    "own_entry": _("You entered this date yourself: somebody else has to confirm it."),
    "extension_not_possible": _("The rule gives no more time for this request on that day."),
    "already_seen": _("The office already shows this document; the date counts with it."),
    "implausible_date": _("This day cannot be right; nothing was changed."),
    "after_due": _("This day is after the legal time limit. Say why, if it is meant so."),
    "not_a_proof": _("This document cannot show it: it is older, has left the list, or is the notice."),
    "not_of_this_case": _("This document belongs to another case; nothing was changed."),
    "unknown_kind": _("This choice is not known; nothing was changed."),
    "unknown_rule": _("This rule does not apply to the case."),
    "nothing_follows": _("No time limit follows from this day by that rule; nothing was entered."),
}
_RUNGS = {
    "extension": _("Extension"),
    "late_extension": _("Extension after expiry"),
    "grace": _("Late payment with surcharge"),
    "restoration": _("Restoration"),
    "notice": _("After a notice of the office"),
}
# Where a step of the ladder stands today.
_STEPS = {
    "requested": _("requested"),
    "claimed": _("said to be requested"),
    "stands": _("stands today"),
    "open": _("can be asked for now"),
    "passed": _("too late for it"),
    "later": _("comes next"),
}
_DUTY_DATES = {
    "legal": _("Legal"),
    "extendable": _("If extended"),
    "internal": _("Internal"),
    "target": _("Target"),
    "instruction": _("Instructions"),
}
_CONFIDENCE = {
    "official": _("from an official source"),
    "secondary": _("from a secondary source"),
    "unsure": _("not certain: check it by hand"),
    "person": _("entered by hand"),
}
# What the audit trail calls an act; see dossiers.models.record.
_ACTIONS = {
    "docket.export": _("whole docket exported"),
    "docket.restore": _("whole docket restored from an export"),
    "backup.restore": _("database restored from a backup"),
    "case.add": _("case added"),
    "case.edit": _("case edited"),
    "case.tags": _("tags set"),
    "instruction.give": _("standing instruction given"),
    "instruction.end": _("standing instruction ended"),
    "case.tag": _("tag put on"),
    "case.untag": _("tag taken off"),
    "case.refresh": _("refresh asked for"),
    "case.fetch_filed": _("opinions and amendments asked for"),
    "case.daily": _("asking every day set"),
    "family.refresh": _("refresh of the family abroad asked for"),
    "family.citations": _("citations of the offices abroad asked for"),
    "family.text": _("document of the family abroad asked for"),
    "cpc.suggest": _("CPC suggestions asked for"),
    "own_record.enter": _("own records entered"),
    "difference.accept": _("the office's value taken over into the own records"),
    "difference.ignore": _("difference from the office's data ignored"),
    "difference.undo": _("decision on a difference taken back"),
    "limit.enter": _("time limit entered by hand"),
    "concern.acknowledge": _("acknowledged"),
    "limit.confirm": _("time limit confirmed"),
    "limit.claimed": _("time limit noted as done"),
    "limit.not_needed": _("time limit closed as not needed"),
    "limit.open": _("time limit reopened"),
    "limits.not_needed": _("time limits passed before their case was added: closed as not needed"),
    "limits.take_back": _("decision about several time limits taken back"),
    "limit.done": _("time limit closed, proof named"),
    "limit.unconfirm": _("confirmation taken back"),
    "limit.blind_check": _("date found by oneself and compared"),
    "limit.reveal": _("computed date looked at before finding one's own"),
    "firm.policy": _("firm's policy changed"),
    "limit.own_date": _("own date set"),
    "limit.claim_not_seen": _("said to be done, not seen at the office: open again"),
    "extension.claim": _("extension said to be filed"),
    "extension.withdraw": _("extension taken back"),
    "extension.not_seen": _("extension not seen at the office: no longer counted"),
    "start.enter": _("time limit docketed from a day entered by hand"),
    "start.withdraw": _("day entered by hand taken back"),
    "case.residency": _("residency set"),
    "review.close": _("review closed"),
    "event.no_limit_needed": _("document accounted for: no time limit needed"),
    "alert.again": _("alert sent once more"),
    "watchlist.add_case": _("put on a watchlist"),
    "watchlist.remove_case": _("taken off a watchlist"),
    "token.create": _("token for a program made"),
    "token.revoke": _("token for a program taken back"),
    "address.off": _("mail to an address came back: nothing more is sent to it"),
    "address.on": _("address put right: mail is sent to it again"),
    "audit.export": _("record of acts exported"),
    "batch.cases_removed": _("cases of an import removed again"),
    "batch.import": _("table brought in"),
    "batch.save": _("cases of an import added"),
    "batch.undo": _("import taken back"),
    "calendar.close": _("closure of the office entered"),
    "calendar.close_again": _("day of the calendar closed again"),
    "calendar.confirm": _("year of the office's calendar confirmed"),
    "calendar.open": _("holiday of the calendar opened"),
    "calendar.remind": _("reminder to confirm the calendar sent"),
    "calendar.reopen": _("closure of the office taken back"),
    "calendar.withdraw": _("confirmation of a calendar year taken back"),
    "case.asked_for": _("case behind a wall asked for"),
    "case.sums_corrected": _("sums kept with a case corrected"),
    "case.wall": _("put behind a wall, or out of it"),
    "chat.change": _("chat channel changed"),
    "chat.create": _("chat channel made"),
    "credential.change": _("credentials of an office changed"),
    "credential.remove": _("credentials of an office removed"),
    "credential.try": _("credentials of an office tried out"),
    "credential.use": _("credentials of an office used, first on this day"),
    "digest.switched_off": _("daily digest switched off"),
    "document.download": _("document downloaded"),
    "export.table": _("table exported"),
    "feed.create": _("private feed made"),
    "feed.revoke": _("private feed taken back"),
    "feed.rotate": _("private feed given a new address"),
    "follow.ended": _("no longer followed"),
    "follow.started": _("followed"),
    "mail.refusing": _("mail server refused everything: mails kept back"),
    "mail.refusing_over": _("mail server takes mails again"),
    "mail.switched_off": _("mail switched off"),
    "people.cases_left": _("cases behind walls left with whoever handed over theirs"),
    "people.change": _("role or teams changed"),
    "people.come_in": _("invitation accepted"),
    "people.factor_roles": _("roles that need a second factor changed"),
    "people.factors_forget": _("second factors of a person removed"),
    "people.invite": _("person invited"),
    "people.invite_again": _("invitation sent again"),
    "people.invite_withdraw": _("invitation withdrawn"),
    "people.made_on_server": _("administrator made on the server"),
    "people.off": _("person switched off"),
    "people.on": _("person switched on again"),
    "people.sessions_end": _("sessions of a person ended"),
    "people.sign_in_failed": _("signing in failed"),
    "people.sso_connect": _("account connected with the sign-on provider"),
    "person.erase": _("data of a person erased"),
    "person.export": _("data of a person exported"),
    "person.redact": _("name of an erased person taken out of acts"),
    "preferences.change": _("how soon somebody is told changed"),
    "retention.clean": _("kept data past its time deleted"),
    "sample.delete": _("kept answer deleted"),
    "saved_list.change": _("saved list changed"),
    "saved_list.create": _("saved list made"),
    "saved_list.delete": _("saved list deleted"),
    "sealing.reseal": _("secrets sealed with the newest key"),
    "session.end": _("signed out"),
    "session.refused": _("signing in refused"),
    "session.start": _("signed in"),
    "settings.change": _("own settings changed"),
    "settings.digest": _("settings of the daily digest changed"),
    "settings.leave": _("absence entered"),
    "settings.password": _("password changed"),
    "wall.let_in": _("let in behind a wall"),
    "wall.let_out": _("no longer let in behind a wall"),
    "wall.make": _("wall made"),
    "wall.remove": _("wall removed"),
    "wall.rename": _("wall renamed"),
    "watch.ended": _("watch on a finished case ended"),
    "watch.kept": _("watch on a finished case kept"),
    "watch.not_kept": _("watch on a finished case not kept"),
    "watch.resumed": _("watch on a case resumed"),
    "watch.taken_up_again": _("watch on a case taken up again"),
    "watchlist.change": _("watchlist changed"),
    "watchlist.create": _("watchlist made"),
    "webhook.change": _("webhook changed"),
    "webhook.create": _("webhook made"),
    "webhook.delete": _("channel deleted"),
    "webhook.off": _("channel switched off"),
    "webhook.on": _("channel switched on again"),
    "webhook.rotate": _("webhook given a new key"),
    "wording.save": _("wording of mails changed"),
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


def step_words(code: str) -> str:
    """Where a step of the ladder stands today."""
    return str(_STEPS.get(code, code))


def duty_words(code: str) -> str:
    """The kinds of date that one duty has."""
    return str(_DUTY_DATES.get(code, code))


def residency_words(code: str) -> str:
    return str(dict(Residency.choices).get(code, code))


def confidence_words(code: str) -> str:
    return str(_CONFIDENCE.get(code, code))


def action_words(code: str) -> str:
    return str(_ACTIONS.get(code, code))


def picture_words(code: str) -> str:
    """Why a picture cannot be shown."""
    return str(_PICTURES.get(code, code))
