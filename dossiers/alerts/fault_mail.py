"""The mail that says pages or rounds of the worker fail: plain text, on the way of the mail about outages."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.alerts import outage_mail
from dossiers.alerts.letter import one_line
from dossiers.alerts.outage_mail import Reader
from dossiers.models import Fault

logger = logging.getLogger(__name__)


def send(found: Sequence[Fault], people: Sequence[Reader]) -> int:
    """Tell `people` of these kinds; how many mails the server took. No failure comes back as an exception."""
    sent = 0
    for reader in people:
        try:
            with translation.override(reader.language):
                mail = outage_mail.message(reader, _subject(found), _text(found), _key(found))
                sent += mail.send(fail_silently=False)
        except Exception as error:
            logger.critical("%s could not be told of a fault: %s", reader.address, error)
    return sent


def _subject(found: Sequence[Fault]) -> str:
    words = _("[IP Portal] FAULT: %(places)s")
    places = dict.fromkeys(row.where for row in found)
    return one_line(words % {"places": _("; ").join(places)}, outage_mail.LONGEST_SUBJECT)


def _text(found: Sequence[Fault]) -> str:
    parts = [
        _("Something failed that the program did not expect. What it was about may not have been done."),
        *(_told(row) for row in found),
        _(
            "What to do: look into the log at that time for the line with the same place; send its traceback "
            "to whoever maintains the portal."
        ),
        f"{_('Status of all parts')}: {settings.SITE_URL}/status/#faults",
        _("Of each kind a mail comes once an hour at most, and only when it has come up again."),
        outage_mail.sent_by(),
    ]
    return "\n\n".join(parts) + "\n"


def _told(row: Fault) -> str:
    n = row.times - row.told_times
    words = ngettext("%(n)s time, last at %(at)s", "%(n)s times, last at %(at)s", n)
    return f"■ {row.where}\n{row.what}\n{words % {'n': n, 'at': outage_mail.instant(row.last_at)}}"


def _key(found: Sequence[Fault]) -> str:
    return " ".join(f"fault:{row.pk}:{row.times}" for row in found)
