"""The mail that says a part stands still: plain text, straight to the mail server.

It uses neither worker nor queue, no page's template and, once its readers are known, no database.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from dossiers.alerts.compose import mail_domain
from dossiers.alerts.letter import one_line
from dossiers.alerts.outages import Told, again_after
from dossiers.alerts.part_words import MEANS, NAMES, advice, lasting, why
from dossiers.models import Outage, User
from dossiers.roles import Right, having

logger = logging.getLogger(__name__)

LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Reader:
    address: str
    language: str


def readers() -> list[Reader]:
    """The administrators, and whom the environment names. One who wants no mail, or from whose address mail
    came back, is told if nobody else is."""
    staff = list(User.objects.filter(having(Right.ADMINISTER)).exclude(email="").order_by("pk"))
    wanting = [user for user in staff if user.mail_on and not user.address_off_at] or staff
    found = {user.email: Reader(user.email, user.language) for user in wanting}
    return list((from_environment() | found).values())


def from_environment() -> dict[str, Reader]:
    return {address: Reader(address, settings.LANGUAGE_CODE) for address in settings.WATCH_MAIL}


def send(told: Told, people: Sequence[Reader], *, kept_in: str | None = "") -> int:
    """Tell `people`; returns how many mails the server took. No failure comes back as an exception.

    `kept_in`: the file that remembers it because the database is away, None where nothing can; the mail then
    says so.
    """
    sent = 0
    for reader in people:
        try:
            with translation.override(reader.language):
                sent += _message(told, reader, kept_in).send(fail_silently=False)
        except Exception as error:
            # The next look tries again; what cannot be told is at least in the log.
            logger.critical("%s could not be told of an outage: %s", reader.address, error)
    return sent


def send_trial(people: Sequence[Reader]) -> int:
    """A mail that says nothing is wrong, to see that it arrives; returns how many the server took."""
    sent = 0
    for reader in people:
        with translation.override(reader.language):
            subject = _("[IP Portal] a trial of the watcher's mail")
            text = _(
                "Nothing is wrong. On this way administrators hear of it when a part of IP Portal stops."
            )
            sent += message(reader, subject, f"{text}\n\n{sent_by()}\n", "trial").send(fail_silently=False)
    return sent


# --- words --------------------------------------------------------------------------------------------------


def _message(told: Told, reader: Reader, kept_in: str | None) -> EmailMessage:
    parts = [
        *(_stopped(row) for row in (*told.begun, *told.again)),
        *(_over(row) for row in told.over),
        f"{_('Status of all parts')}: {settings.SITE_URL}/status/",
        _manner(told, kept_in),
        sent_by(),
    ]
    return message(reader, _subject(told), "\n\n".join(part for part in parts if part) + "\n", _key(told))


def _subject(told: Told) -> str:
    if told.begun:
        words = _("[IP Portal] STOPPED: %(parts)s")
    elif told.again:
        words = _("[IP Portal] STILL STOPPED: %(parts)s")
    else:
        words = _("[IP Portal] works again: %(parts)s")
    rows = told.begun or told.again or told.over
    return one_line(words % {"parts": _("; ").join(str(NAMES[row.name]) for row in rows)}, LONGEST_SUBJECT)


def _stopped(row: Outage) -> str:
    since = row.since if row.reason == "silent" else None
    lines = [
        f"■ {NAMES[row.name]}",
        why(row.reason, timezone.now() - since if since else None),
        _("The last sign of life was at %(at)s.") % {"at": instant(since)} if since else "",
        str(MEANS[row.name]),
        f"{_('What to do')}: {advice(row.name, row.reason)}",
    ]
    return "\n".join(line for line in lines if line)


def _over(row: Outage) -> str:
    began = row.since if row.since and row.reason == "silent" else row.noticed_at
    over = row.over_at or timezone.now()
    words = _("It works again since %(over)s. It had stood still from %(began)s (%(time)s).")
    told = {"over": instant(over), "began": instant(began), "time": lasting(max(over - began, timedelta()))}
    return f"□ {NAMES[row.name]}\n{words % told}"


def _manner(told: Told, kept_in: str | None) -> str:
    """When the next mail comes, and who remembers that this one went."""
    lines = []
    if told.begun or told.again:
        words = _("While it lasts this mail comes again every %(time)s, and one when it is over.")
        lines.append(words % {"time": lasting(again_after())})
    if kept_in is None:
        lines.append(_("Neither database nor disk can note that you were told: this mail comes too often."))
    elif kept_in:
        words = _("The database is away, so that this was noted in the file %(file)s alone.")
        lines.append(words % {"file": kept_in})
    return "\n".join(lines)


def sent_by() -> str:
    words = _("Sent by the watcher on %(host)s, without the background work and its queue.")
    return words % {"host": socket.gethostname()}


def instant(at: datetime) -> str:
    return f"{at.astimezone(zoneinfo.ZoneInfo(settings.TIME_ZONE)):%Y-%m-%d %H:%M %Z}"


# --- the mail -----------------------------------------------------------------------------------------------


def _key(told: Told) -> str:
    """The same for the same words to tell, so that a repeat after a crash is recognisable."""
    rows = [f"{row.name}:{row.noticed_at.isoformat()}:{row.tellings}" for row in (*told.begun, *told.again)]
    return " ".join([*rows, *(f"{row.name}:{row.noticed_at.isoformat()}:over" for row in told.over)])


def message(reader: Reader, subject: str, text: str, key: str) -> EmailMessage:
    identity = hashlib.sha256(f"{key} {reader.address}".encode()).hexdigest()[:40]
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "X-Priority": "1"}
    if key != "trial":
        headers["Message-ID"] = f"<outage.{identity}@{mail_domain()}>"
    connection = mail.get_connection()
    return EmailMessage(subject, text, to=[reader.address], headers=headers, connection=connection)
