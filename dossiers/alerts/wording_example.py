"""Mails about invented cases, to show the firm's own words in before they are used."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from django.conf import settings

from dossiers.alerts import compose, digest_mail, listing
from dossiers.alerts.digest_mail import Sheet
from dossiers.alerts.letter import Ask, Letter, LimitWords, Reader
from dossiers.alerts.listing import Listing, Row
from dossiers.alerts.words import Language
from dossiers.models import MailWording, News

Kind = MailWording.Kind

_AT = datetime(2026, 11, 24, 0, 10, tzinfo=UTC)
_DAY, _DUE, _NUMBER, _REFERENCE = "2026-11-24", "2027-01-19", "2025-098765", "ABC-0123"
_SAID = {
    "ja": {
        "case": f"特願{_NUMBER}",
        "act": "拒絶理由通知書",
        "limit_title": "意見書・補正書の提出期限",
        "title": "架空の配線構造体",
        "client": "架空電機株式会社",
        "reader": "見本 花子",
        "step": "発送日 2026-11-20 から60日",
    },
    "en": {
        "case": f"JP patent application {_NUMBER}",
        "act": "Notice of reasons for refusal",
        "limit_title": "Response to the notice of reasons for refusal",
        "title": "Invented wiring structure",
        "client": "Invented Electric Co.",
        "reader": "Hanako Sample",
        "step": "60 days from dispatch on 2026-11-20",
    },
}


def example(kind: str, language: Language) -> Letter | Sheet | Listing:
    """A mail of that kind as it is packaged, about cases that do not exist."""
    reader = Reader(language, zoneinfo.ZoneInfo(settings.TIME_ZONE), _AT)
    if kind in (Kind.DIGEST, Kind.WEEKLY):
        return _sheet(kind, reader)
    return _listing(kind, reader) if kind in _LISTINGS else _letter(kind, reader)


def text_of(mail: Letter | Sheet | Listing) -> str:
    if isinstance(mail, Listing):
        return listing.as_text(mail)
    return digest_mail.as_text(mail) if isinstance(mail, Sheet) else compose.as_text(mail)


def _letter(kind: str, reader: Reader) -> Letter:
    said, site = _SAID[reader.language], settings.SITE_URL
    what = said["act"] if kind == Kind.ALERT else said["limit_title"]
    limit = _bracket(kind, reader)
    return Letter(
        language=reader.language,
        subject=f"{limit} {said['case']} {what} — {_REFERENCE}",
        number=said["case"],
        title=said["title"],
        intro=_intro(kind, reader),
        facts=((reader.say("act"), said["act"]), (reader.say("dispatched"), "2026-11-20")),
        limits=(
            LimitWords(
                title=said["limit_title"],
                due=_DUE,
                left=reader.say("days_left", n=56),
                tone="calm",
                remarks=(reader.say("not_confirmed"),),
                steps=(said["step"],),
                ladder=(),
                url=f"{site}/limits/0/",
            ),
        ),
        no_limit="",
        no_limit_tone="calm",
        reviews=(),
        substance=(),
        substance_note="",
        own=((reader.say("own_reference"), _REFERENCE), (reader.say("client"), said["client"])),
        freshness=(reader.say("fresh", at=reader.instant(_AT)), reader.say("computed_by")),
        links=((reader.say("open_case"), f"{site}/cases/patent/{_NUMBER.replace('-', '')}/"),),
        why=reader.say("why_owner"),
        unsubscribe=(reader.say("unsubscribe_all"), f"{site}/u/…/"),
        ask=Ask(reader.say("ask_title"), reader.say("ask"), (reader.say("ask_link"), f"{site}/a/…/")),
        variables={
            **{name: said[name] for name in ("case", "title", "client", "reader")},
            "act": what,
            "limit": limit,
            "own_reference": _REFERENCE,
        },
    )


def _bracket(kind: str, reader: Reader) -> str:
    due = reader.say("due", due=_DUE)
    if kind == Kind.ALERT:
        return f"[{due}]"
    with_days = f"[{due}{reader.say('digest_comma')}{reader.say('left_in_subject', n=56)}]"
    return with_days if kind == Kind.REMINDER else f"[{reader.say('raised_bracket')}] {with_days}"


def _intro(kind: str, reader: Reader) -> str:
    keys = {Kind.ALERT: News.Kind.OFFICE_ACTION, Kind.REMINDER: "remind_intro"}
    return reader.say(keys.get(Kind(kind), "raised_intro"))


_TITLES = {
    Kind.ALERTS: "several_subject",
    Kind.REMINDERS: "remind_several",
    Kind.ESCALATIONS: "raised_several",
    Kind.WATCH_END: "watch_end_title",
}
_LISTINGS = frozenset(_TITLES)


def _listing(kind: str, reader: Reader) -> Listing:
    say_, said, site = reader.say, _SAID[reader.language], settings.SITE_URL
    title = say_(_TITLES[Kind(kind)], n=2, news=2, cases=2)
    dates = say_("subject_nearest", due=_DUE)
    limit = f"[{say_('due', due=_DUE)}]"
    subjects = {
        Kind.ALERTS: f"{limit} {title}",
        Kind.WATCH_END: f"[IP Portal] {title} – {_DUE}",
    }
    intro = "several_intro" if kind == Kind.ALERTS else f"{_TITLES[Kind(kind)].removesuffix('_title')}_intro"
    watch = kind == Kind.WATCH_END
    ask = Ask(say_("watch_end_ask"), say_("watch_end_words"), (say_("watch_end_keep"), f"{site}/w/…/"))
    return Listing(
        language=reader.language,
        subject=subjects.get(Kind(kind), f"[IP Portal] {title} ({dates})"),
        title=title,
        intro=say_(intro, day=_DUE if watch else _DAY),
        late="",
        rows=tuple(_row(number, act, watch, reader) for number, act in _TWO),
        ask=ask if watch else Ask(say_("ask_title"), say_("ask"), (say_("ask_link"), f"{site}/a/…/")),
        why=say_("watch_end_why" if watch else "why_group"),
        leave=(say_("unsubscribe_all"), f"{site}/u/…/"),
        variables={
            "limit": limit,
            "what": title,
            "dates": dates,
            "day": _DUE,
            "reader": said["reader"],
        },
    )


_TWO = ((_NUMBER, "act"), ("2025-098766", "limit_title"))


def _row(number: str, act: str, watch: bool, reader: Reader) -> Row:
    said = _SAID[reader.language]
    return Row(
        when=_DUE,
        number=f"{said['case'].replace(_NUMBER, number)} — {_REFERENCE}",
        words=said["title"] if watch else said[act],
        remark="" if watch else reader.say("left_in_subject", n=56),
        url=f"{settings.SITE_URL}/cases/patent/{number.replace('-', '')}/",
    )


def _sheet(kind: str, reader: Reader) -> Sheet:
    say_, weekly = reader.say, kind == Kind.WEEKLY
    counts = say_("digest_comma").join((say_("digest_count_overdue", n=1), say_("digest_count_week", n=3)))
    why = say_("weekly_why" if weekly else "digest_why", hour=8, zone=str(reader.zone))
    site = settings.SITE_URL
    return Sheet(
        language=reader.language,
        subject=f"[IP Portal] {counts} – {_DAY}",
        title=say_("weekly_title" if weekly else "digest_title", day=_DAY),
        scope=say_("digest_scope_mine", cases=120),
        as_of=say_("digest_as_of", at=reader.instant(_AT), day=_DAY),
        late="",
        figures=(),
        quiet="",
        quiet_says="",
        watched=True,
        parts=(),
        checked_title=say_("digest_checked"),
        checked=(say_("digest_kept", cases=120, kept=120),),
        trouble="",
        open_today=(say_("digest_open"), f"{site}/"),
        foot=(say_("weekly_only" if weekly else "digest_at_once"), why),
        settings=(say_("digest_settings"), f"{site}/settings/#digest"),
        leave=(say_("weekly_change" if weekly else "unsubscribe_digest"), f"{site}/u/…/"),
        variables={"counts": counts, "day": _DAY, "reader": _SAID[reader.language]["reader"]},
    )
