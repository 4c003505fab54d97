"""What one mail says, put into words for its reader but not yet laid out."""

from __future__ import annotations

import unicodedata
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast

from django.conf import settings
from django.utils import translation

from apiclient.clock import office_day
from apiclient.numbers import display
from dossiers.alerts import acknowledge, grounds
from dossiers.alerts.unsubscribe import url_for
from dossiers.alerts.words import Language, has, say, weekday
from dossiers.docketing.codes import name_in
from dossiers.docketing.eras import in_era
from dossiers.docketing.explain import explain
from dossiers.docketing.serial import calculation_from_json
from dossiers.models import BY_HAND, Alert, Case, Event, Follow, News, OwnRecord, Prompt, TimeLimit, User
from dossiers.roles import Right, can

Tone = Literal["calm", "late", "unsure"]
Pair = tuple[str, str]

LONGEST_SUBJECT = 150
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
OPEN = (TimeLimit.State.OPEN, TimeLimit.State.CLAIMED)
ABOUT_ONE_LIMIT = (News.Kind.LIMIT_MISSED, News.Kind.CLAIM_NOT_SEEN, News.Kind.EXTENSION_NOT_SEEN)
ABOUT_A_LIMIT = (News.Kind.LIMIT_MOVED, *ABOUT_ONE_LIMIT)


@dataclass(frozen=True)
class LimitWords:
    """One time limit: what it is, its date in large, what is left, and where the date comes from."""

    title: str
    due: str
    left: str
    tone: Tone
    remarks: tuple[str, ...]
    steps: tuple[str, ...]
    ladder: tuple[str, ...]
    url: str


@dataclass(frozen=True)
class Ask:
    """What the reader is asked to acknowledge, in words, and the page on which to do it."""

    title: str
    words: str
    link: Pair


@dataclass(frozen=True)
class Letter:
    """A whole mail in the reader's language. Pairs are (label, words); links are (label, address)."""

    language: Language
    subject: str
    number: str
    title: str
    intro: str
    facts: tuple[Pair, ...]
    limits: tuple[LimitWords, ...]
    no_limit: str
    no_limit_tone: Tone
    reviews: tuple[str, ...]
    substance: tuple[Pair, ...]
    substance_note: str
    own: tuple[Pair, ...]
    freshness: tuple[str, ...]
    links: tuple[Pair, ...]
    why: str
    unsubscribe: Pair
    ask: Ask | None = None
    opening: str = ""  # the firm's own words, and what they may name (alerts.wording)
    closing: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Whose language and time zone the mail speaks, and when."""

    language: Language
    zone: zoneinfo.ZoneInfo
    now: datetime
    by_era: bool = False  # 令和8年11月22日, where they read Japanese

    def say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)

    def pick(self, thing: Any, name: str) -> str:
        """The field of `thing` in the reader's language."""
        return str(getattr(thing, f"{name}_{self.language}"))

    def instant(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return f"{self.date(local.date())} {local:%H:%M %Z}"

    def date(self, day: date) -> str:
        return in_era(day) if self.by_era else day.isoformat()

    def day(self, day: date) -> str:
        return f"{self.date(day)} ({weekday(self.language, day.weekday())})"


def reader_of(user: User, now: datetime) -> Reader:
    language: Language = "en" if user.language == "en" else "ja"
    return Reader(language, zone_of(user), now, by_era=user.era_dates and language == "ja")


def zone_of(user: User) -> zoneinfo.ZoneInfo:
    """The person's time zone; the installation's where theirs is not known here."""
    try:
        return zoneinfo.ZoneInfo(user.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def one_line(text: str, longest: int) -> str:
    """One line of visible characters: no line ends, no control or direction marks, cut at `longest`."""
    kept = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char
        for char in text
        if char not in _BIDI
    )
    line = " ".join(kept.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _paragraph(text: str, longest: int = 2000) -> str:
    """Text of people with its line ends kept."""
    lines = [one_line(line, longest) for line in text.splitlines()]
    return "\n".join(lines).strip()[:longest]


# --- the parts ------------------------------------------------------------------------------------------


def write(alert: Alert, *, now: datetime) -> Letter:
    """The letter for one alert, with what is known at this moment."""
    reader = reader_of(alert.user, now)
    news, case, event = alert.news, alert.news.case, alert.news.event
    limits = limits_of(news)
    notice = grounds.notice_of(event) if event else None
    reviews = event.reviews.filter(closed_at=None) if event else ()
    return Letter(
        language=reader.language,
        subject=subject(news, limits, reader),
        number=number_of(case, reader.language),
        title=one_line(case.title, 300),
        intro=_intro(news, reader),
        facts=(*again(alert.again_by, reader), *_facts(news, reader)),
        limits=tuple(limit_words(limit, reader) for limit in limits),
        no_limit="" if limits or not event else _no_limit(event, reader),
        no_limit_tone="unsure" if event and event.account == Event.Account.OPEN else "calm",
        reviews=tuple(one_line(reader.pick(task, "detail"), 500) for task in reviews),
        substance=_pairs(grounds.lines(event, notice, reader.language)) if event and notice else (),
        substance_note="" if notice or not event else _substance_note(event, reader),
        own=own_of(case, reader),
        freshness=freshness_of(case, reader),
        links=_links(case, event, reader),
        why=_why(alert, reader),
        unsubscribe=way_out(alert, reader),
        ask=_ask(alert, reader),
        variables=variables_of(case, alert.user, reader, act_of(news, reader), bracket(news, limits, reader)),
    )


def variables_of(case: Case, user: User, reader: Reader, act: str, limit: str) -> dict[str, str]:
    """What the firm's own words may name in a mail about one case."""
    return {
        "limit": limit,
        "case": number_of(case, reader.language),
        "act": one_line(act, 70),
        "own_reference": one_line(case.own_reference, 40),
        "title": one_line(case.title, 80),
        "client": one_line(case.client, 60),
        "reader": one_line(str(user), 60),
    }


def _ask(alert: Alert, reader: Reader) -> Ask | None:
    concern = acknowledge.of_news(alert.news)
    if concern is None and alert.news.kind != News.Kind.LIMIT_MISSED:
        return None
    if concern and concern.acknowledged_at:
        return None
    return ask_for(reader, alert.user, alert.news)


def ask_for(reader: Reader, user: User, about: Prompt | News) -> Ask | None:
    """What the mail asks its reader to acknowledge; nothing of whoever may only read."""
    if not can(user, Right.DOCKET):
        return None
    link = (reader.say("ask_link"), acknowledge.url_for(user, about))
    return Ask(reader.say("ask_title"), reader.say("ask"), link)


def _intro(news: News, reader: Reader) -> str:
    change = f"intro_{_change_of(news)}"
    return reader.say(change if news.kind == News.Kind.LIMIT_MOVED and has(change) else news.kind)


def _pairs(lines: list[Pair]) -> tuple[Pair, ...]:
    return tuple((label, one_line(words, 1000)) for label, words in lines)


def number_of(case: Case, language: Language) -> str:
    return display(case.law, "application", case.application_number, language)


def case_url(case: Case) -> str:
    return f"{settings.SITE_URL}/cases/{case.law}/{case.application_number}/"


def act_of(news: News, reader: Reader) -> str:
    """What the news is about, in a few words."""
    name = _document_name(news.case, news.event, reader) if news.event else ""
    if news.kind in (*ABOUT_A_LIMIT, News.Kind.NOTICE_READ):
        change = f"act_{_change_of(news)}"
        moved = news.kind == News.Kind.LIMIT_MOVED
        what = reader.say(change if moved and has(change) else f"act_{news.kind}")
        return f"{what}{reader.say('between')}{name}" if name else what
    if name:
        return name
    if news.kind == News.Kind.FAMILY:
        return _abroad(news, reader)
    kinds = (
        *(News.Kind.REGISTERED, News.Kind.NOT_ACCOUNTED, News.Kind.NOT_FOUND, News.Kind.NOT_READ),
        News.Kind.DIFFERENCE,
    )
    return reader.say(f"act_{news.kind}" if news.kind in kinds else "act_other")


def _document_name(case: Case, event: Event, reader: Reader) -> str:
    return name_in(event.code, case.law, event.description, reader.language)


def subject(news: News, limits: list[TimeLimit], reader: Reader) -> str:
    """[期限 2027-01-19] 特願2026-012345 拒絶理由通知書 — ABC-0123"""
    reference = one_line(news.case.own_reference, 40)
    act = one_line(act_of(news, reader), 70)
    parts = [bracket(news, limits, reader), number_of(news.case, reader.language), act]
    line = " ".join(part for part in parts if part)
    return one_line(f"{line} — {reference}" if reference else line, LONGEST_SUBJECT)


def bracket(news: News, limits: list[TimeLimit], reader: Reader) -> str:
    if news.kind == News.Kind.LIMIT_MISSED:
        until = news.detail.get("until")
        return f"[{reader.say('passed_until', until=until) if until else reader.say('passed')}]"
    running = [limit for limit in limits if limit.state in OPEN]
    duties = [limit for limit in running if limit.duty == "limit"] or running
    dates = [limit.due for limit in duties if limit.due]
    if dates:
        return f"[{reader.say('due', due=min(dates).isoformat())}]"
    unsettled = news.event is not None and news.event.account == Event.Account.OPEN
    unknown = (News.Kind.NOT_ACCOUNTED, News.Kind.NOT_FOUND, News.Kind.NOT_READ, News.Kind.FAMILY)
    return f"[{reader.say('review')}]" if running or unsettled or news.kind in unknown else ""


def limits_of(news: News) -> list[TimeLimit]:
    """The limits this news is about, running ones first, duties before chances. GONE ones are left out."""
    limits = news.case.limits.exclude(state=TimeLimit.State.GONE).select_related("confirmed_by")
    if news.event_id and news.kind not in ABOUT_ONE_LIMIT:
        mine = limits.filter(event=news.event_id)
    elif news.detail.get("limit"):
        mine = limits.filter(pk=news.detail["limit"])
    elif news.kind == News.Kind.REGISTERED:
        mine = limits.filter(event=None, state__in=OPEN)[:3]
    else:
        mine = limits.none()
    return sorted(
        mine,
        key=lambda limit: (limit.state not in OPEN, limit.duty == "chance", limit.due or date.min, limit.pk),
    )


def _facts(news: News, reader: Reader) -> tuple[Pair, ...]:
    found = []
    if event := news.event:
        found.append((reader.say("act"), one_line(act_of(news, reader), 200)))
        ours = "dispatched" if event.side == Event.Side.OFFICE else "received"
        when = reader.day(event.legal_date) if event.legal_date else reader.say("not_given")
        found.append((reader.say(ours), when))
        found.append((reader.say("seen"), reader.instant(event.first_seen_at)))
    if news.kind in (News.Kind.LIMIT_MOVED, News.Kind.EXTENSION_NOT_SEEN) and "old" in news.detail:
        found.append((reader.say("change"), _moved(news, reader)))
    if news.kind == News.Kind.LIMIT_MISSED:
        found.append((reader.say("rescue"), _rescue(news, reader)))
    if said_by := news.detail.get("said_by"):
        found.append((reader.say("said_by"), one_line(str(said_by), 100)))
    if news.kind == News.Kind.FAMILY:
        found += _family_facts(news, reader)
    if news.detail.get("field") in OwnRecord.Field.values:
        found.append(("", _difference(news, reader)))
    if news.found_on_adding:
        found.append(("", reader.say("found_on_adding")))
    if news.event and news.event.vanished_at:
        found.append(("", reader.say("vanished")))
    return tuple(found)


def _abroad(news: News, reader: Reader) -> str:
    """The application abroad and its newest act, as many as fit a line; the dossier's own words."""
    acts = news.detail.get("acts") or [{}]
    title = str(acts[0].get("title") or reader.say("act_family"))
    return f"{title}{reader.say('between')}{' '.join(map(str, news.detail.get('members', [])))}"


def _family_facts(news: News, reader: Reader) -> list[Pair]:
    """Which application abroad, what came, and that no time limit may be counted from its days."""
    members = reader.say("list_comma").join(map(str, news.detail.get("members", [])))
    found = [(reader.say("abroad_member"), one_line(members, 300))]
    acts = news.detail.get("acts", [])
    for act in acts:
        day = str(act.get("day") or reader.say("no_date"))
        unknown = "" if act.get("side") == "office" else reader.say("abroad_unknown")
        found.append((day, one_line(f"{act.get('title', '')}{unknown}", 250)))
    if (more := int(news.detail.get("count", 0)) - len(acts)) > 0 and acts:
        found.append(("", reader.say("and_more", n=more)))
    return [*found, ("", reader.say("abroad_days"))] if acts else found


def _difference(news: News, reader: Reader) -> str:
    own, office = (
        one_line(str(news.detail.get(side, "")), 200) or reader.say("digest_empty_value")
        for side in ("own", "office")
    )
    with translation.override(reader.language):
        field = str(OwnRecord.Field(news.detail["field"]).label)
    return reader.say("digest_versus", field=field, own=own, office=office)


def _moved(news: News, reader: Reader) -> str:
    old, new = (str(news.detail.get(name) or reader.say("no_date")) for name in ("old", "new"))
    change = _change_of(news)
    return reader.say(change, old=old, new=new, rules=news.detail.get("rules", ""))


def _change_of(news: News) -> str:
    """What became of the limit: "moved", or that it is new (by which rules), runs again, or fell away."""
    change = str(news.detail.get("change", ""))
    if change == "new" and news.detail.get("rules"):
        return "limit_new_rule"
    return f"limit_{change}" if has(f"limit_{change}") else "moved"


def _rescue(news: News, reader: Reader) -> str:
    """The next way to act, with its last day and fee, as it stood when the limit passed."""
    how, until = (news.detail.get(name) for name in ("how", "until"))
    if how == "notice":
        return reader.say("rescue_notice")
    if not until or not has(f"rung_{how}"):
        return reader.say("nothing_left")
    fee = news.detail.get(f"fee_{reader.language}") or reader.say("rescue_fee_unknown")
    cost = reader.say("rescue_fee", fee=one_line(str(fee), 120))
    return reader.say("rescue_until", how=reader.say(f"rung_{how}"), until=until, fee=cost)


def limit_words(limit: TimeLimit, reader: Reader) -> LimitWords:
    steps, ladder = _explained(limit, reader)
    left, tone = _left(limit, reader)
    return LimitWords(
        title=one_line(reader.pick(limit, "title"), 200),
        due=reader.day(limit.due) if limit.due else reader.say("review"),
        left=left,
        tone=tone,
        remarks=tuple(_remarks(limit, reader)),
        steps=steps,
        ladder=ladder,
        url=f"{settings.SITE_URL}/limits/{limit.pk}/",
    )


def _explained(limit: TimeLimit, reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The steps of the calculation, and the later ways to act."""
    if limit.rule_id == BY_HAND:
        return (reader.say("by_hand"),), ()
    try:
        calculation = calculation_from_json(limit.calculation)
        lines = [one_line(line, 600) for line in explain(calculation, reader.language, reader.date)]
    except (KeyError, TypeError, ValueError):  # kept by an older or newer program
        return (reader.say("not_explained"),), ()
    cut = len(lines) - len(calculation.ladder)
    return tuple(lines[:cut]), tuple(lines[cut:])


def _left(limit: TimeLimit, reader: Reader) -> tuple[str, Tone]:
    if limit.due is None:
        return reader.say("unknown_due"), "unsure"
    if limit.state not in OPEN:
        return "", "calm"
    days = (limit.due - office_day(reader.now)).days
    if days < 0:
        return reader.say("past", n=-days), "late"
    words = {0: reader.say("today"), 1: reader.say("day_left")}.get(days) or reader.say("days_left", n=days)
    return words, "calm"


def _remarks(limit: TimeLimit, reader: Reader) -> list[str]:
    found = [reader.say("chance")] if limit.duty == "chance" else []
    if limit.state in (TimeLimit.State.DONE, TimeLimit.State.NOT_NEEDED, TimeLimit.State.CLAIMED):
        why = one_line(reader.pick(limit, "state_reason"), 300)
        found.append(reader.say(f"state_{limit.state}", why=why).rstrip(":： "))
    if limit.provisional and limit.state in OPEN:
        found.append(reader.say("provisional"))
    if limit.confirmed_at:
        who = one_line(str(limit.confirmed_by), 100)
        found.append(reader.say("confirmed", who=who, when=reader.instant(limit.confirmed_at)))
    elif limit.state in OPEN and limit.due:
        found.append(reader.say("not_confirmed"))
    return found


def _no_limit(event: Event, reader: Reader) -> str:
    why = one_line(reader.pick(event, "account_reason"), 300)
    if event.account == Event.Account.PERSON:
        return reader.say("by_person", who=one_line(str(event.accounted_by), 100), why=why)
    if event.account == Event.Account.NO_LIMIT:
        return reader.say("no_limit", why=why)
    if event.account == Event.Account.OWN:
        return ""
    said_below = event.reviews.filter(closed_at=None).exists()
    return " ".join(part for part in (reader.say("open_account"), "" if said_below else why) if part)


def _substance_note(event: Event, reader: Reader) -> str:
    if event.side in (Event.Side.APPLICANT, Event.Side.THIRD_PARTY):
        return ""
    # "Read" without a reading that can be shown is no better than unreadable, and is called so.
    state = "unreadable" if event.notice_state == Event.NoticeState.READ else event.notice_state
    return reader.say(f"notice_{state}")


def own_of(case: Case, reader: Reader) -> tuple[Pair, ...]:
    rows = [
        (reader.say("own_reference"), one_line(case.own_reference, 60)),
        (reader.say("client"), one_line(case.client, 120)),
        (reader.say("owner"), one_line(str(case.owner), 150) if case.owner else reader.say("nobody")),
        (reader.say("deputy"), one_line(str(case.deputy), 150) if case.deputy else ""),
        (reader.say("note"), _paragraph(case.note)),
    ]
    return tuple((label, words) for label, words in rows if words)


def freshness_of(case: Case, reader: Reader) -> tuple[str, ...]:
    found = [
        reader.say("fresh", at=reader.instant(case.confirmed_at))
        if case.confirmed_at
        else reader.say("never_fresh")
    ]
    in_vain = case.asked_at and (case.confirmed_at is None or case.asked_at > case.confirmed_at)
    if in_vain and case.last_outcome not in ("", "ok"):
        at = reader.instant(cast(datetime, case.asked_at))
        found.append(reader.say("asked_in_vain", at=at, outcome=_outcome(case.last_outcome, reader)))
    return (*found, reader.say("computed_by"))


def _outcome(code: str, reader: Reader) -> str:
    key = f"outcome_{code}"
    return reader.say(key) if has(key) else reader.say("outcome_other", code=code)


def _links(case: Case, event: Event | None, reader: Reader) -> tuple[Pair, ...]:
    to_case = (reader.say("open_case"), case_url(case))
    if event is None:
        return (to_case,)
    return (reader.say("open_document"), f"{case_url(case)}documents/{event.pk}/"), to_case


def follow_of(alert: Alert) -> Follow | None:
    """The follow that is the reason for this alert, while it has one."""
    if alert.follow or alert.watchlist_id is None:
        return alert.follow
    return Follow.objects.filter(watchlist=alert.watchlist_id, user=alert.user_id).first()


def again(by: User | None, reader: Reader) -> list[Pair]:
    """Who had the mail sent once more, where somebody had."""
    return [("", reader.say("again", who=one_line(str(by), 80)))] if by else []


def why_stand_in(absent: User, reader: Reader) -> str:
    key = "why_cut_off" if absent.address_off_at else "why_stand_in"
    return reader.say(key, who=one_line(str(absent), 80))


def _why(alert: Alert, reader: Reader) -> str:
    if alert.instead_of:
        return why_stand_in(alert.instead_of, reader)
    if alert.follow and alert.follow.team:
        what = "why_team_list" if alert.watchlist else "why_team_case"
        name = alert.watchlist.name if alert.watchlist else ""
        return reader.say(what, team=one_line(alert.follow.team.name, 80), list=one_line(name, 80))
    if alert.watchlist:
        return reader.say("why_list", list=one_line(alert.watchlist.name, 80))
    if alert.follow:
        return reader.say("why_case")
    case = alert.news.case
    if case.owner_id is None and case.deputy_id == alert.user_id:
        return reader.say("why_case_deputy")
    return reader.say("why_owner" if case.owner_id == alert.user_id else "why_gone")


def way_out(alert: Alert, reader: Reader) -> Pair:
    """Where to stop such mails, with the words of the link."""
    follow = follow_of(alert)
    if follow is None:
        return reader.say("unsubscribe_all"), url_for(alert.user, None)
    label = "unsubscribe_list" if follow.watchlist_id else "unsubscribe_case"
    return reader.say(label), url_for(alert.user, follow)
