"""A digest that a person wants once more: as it was sent, not as the docket stands now."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils.html import format_html

from dossiers import reach
from dossiers.alerts import compose
from dossiers.alerts.letter import one_line, reader_of
from dossiers.alerts.unsubscribe import url_to_stop_digest
from dossiers.models import Digest

_BODY = re.compile(r"<body[^>]*>")


def message(digest: Digest, *, now: datetime) -> compose.Mail | None:
    """The copy that is kept, under the new name, with a line that says who wanted it; None where the mail
    server has never taken it, or where it tells of a case restricted to others since: then it is written
    anew."""
    kept = digest.deliveries.exclude(reach.tells_of_restricted(digest.user))
    copy = kept.filter(accepted=True, again_by=None).order_by("-at", "-pk").first()
    if copy is None or digest.again_by is None:
        return None
    line = reader_of(digest.user, now).say("again", who=one_line(str(digest.again_by), 80))
    mail = compose.Mail(
        subject=copy.subject,
        body=f"{line}\n\n{copy.text}",
        to=[digest.user.email] if digest.user.email else [],
        headers={
            "Message-ID": digest.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Unsubscribe": f"<{url_to_stop_digest(digest.user)}>",
        },
    )
    said = format_html('<p style="padding:12px 28px;margin:0;">{}</p>', line)
    mail.attach_alternative(_BODY.sub(lambda found: found[0] + said, copy.html, count=1), "text/html")
    mail.about = frozenset(copy.cases.values_list("pk", flat=True))
    return mail
