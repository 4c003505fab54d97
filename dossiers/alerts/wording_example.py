"""Mails about an invented case, to show the firm's own words in before they are used."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from django.conf import settings

from dossiers.alerts import compose, digest_mail
from dossiers.alerts.digest_mail import Sheet
from dossiers.alerts.letter import Ask, Letter, LimitWords, Reader
from dossiers.alerts.words import Language, say
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


def example(kind: str, language: Language) -> Letter | Sheet:
    """A mail of that kind as it is packaged, about a case that does not exist."""
    reader = Reader(language, zoneinfo.ZoneInfo(settings.TIME_ZONE), _AT)
    return _sheet(reader) if kind == Kind.DIGEST else _letter(kind, reader)


def text_of(mail: Letter | Sheet) -> str:
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


def _sheet(reader: Reader) -> Sheet:
    say_ = reader.say
    counts = say_("digest_comma").join((say_("digest_count_overdue", n=1), say_("digest_count_week", n=3)))
    site = settings.SITE_URL
    return Sheet(
        language=reader.language,
        subject=f"[IP Portal] {counts} – {_DAY}",
        title=say_("digest_title", day=_DAY),
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
        foot=(say_("digest_at_once"), say_("digest_why", hour=8, zone=str(reader.zone))),
        settings=(say_("digest_settings"), f"{site}/settings/#digest"),
        leave=(say(reader.language, "unsubscribe_digest"), f"{site}/u/…/"),
        variables={"counts": counts, "day": _DAY, "reader": _SAID[reader.language]["reader"]},
    )
