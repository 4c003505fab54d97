"""The mail that says on which day the watches on finished cases end, unless they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import translation

from dossiers import reach
from dossiers.alerts import compose, watch_ends
from dossiers.alerts import letter as letters
from dossiers.alerts.letter import Reader, one_line, reader_of
from dossiers.alerts.listing import Listing, Row
from dossiers.alerts.prompt_mail import lateness, listed, way_out
from dossiers.models import MailWording, Prompt, WatchEnd


def message(prompt: Prompt, *, now: datetime) -> compose.Mail | None:
    """The mail of a prompt; None when every watch in it is kept, or its case is finished no longer."""
    shown = reach.shown_to(prompt.user, "ending__case__")
    notices = prompt.watch_ends.filter(shown, ending__kept_at=None, ending__ended_at=None)
    endings = [notice.ending for notice in notices.select_related("ending__case__owner").order_by("ending")]
    if not endings:
        return None
    reader = reader_of(prompt.user, now)
    with translation.override(reader.language):
        return listed(prompt, _listing(prompt, endings, reader), MailWording.Kind.WATCH_END)


def _listing(prompt: Prompt, endings: Sequence[WatchEnd], reader: Reader) -> Listing:
    title = reader.say("watch_end_title", n=f"{len(endings):,}")
    day = min(row.ends_on for row in endings if row.ends_on)
    link = reader.say("watch_end_keep"), watch_ends.url_for(prompt)
    return Listing(
        language=reader.language,
        subject=f"[IP Portal] {title} – {day.isoformat()}",
        title=title,
        intro=reader.say("watch_end_intro", day=reader.day(day)),
        late=lateness(prompt, reader),
        rows=tuple(_row(row, reader) for row in endings),
        ask=letters.Ask(reader.say("watch_end_ask"), reader.say("watch_end_words"), link),
        why=reader.say("watch_end_why"),
        leave=way_out(prompt.user, reader),
        variables={"what": title, "day": day.isoformat(), "reader": one_line(str(prompt.user), 60)},
    )


def _row(ending: WatchEnd, reader: Reader) -> Row:
    case = ending.case
    reference = one_line(case.own_reference, 40)
    number = letters.number_of(case, reader.language)
    basis = case.stage_basis_ja if reader.language == "ja" else case.stage_basis_en
    return Row(
        when=reader.date(ending.ends_on) if ending.ends_on else "–",
        number=f"{number} — {reference}" if reference else number,
        words=one_line(case.title, 150),
        remark=one_line(basis, 200),
        url=letters.case_url(case),
    )
