"""The small words of every page: numbers, dates, instants, countdowns, icons."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from apiclient import numbers
from apiclient.clock import office_day
from apiclient.documents import Article
from dossiers.alerts.grounds import article_words
from dossiers.docketing.codes import name_in
from dossiers.models import Event, OwnDate, TimeLimit
from dossiers.views import dates
from dossiers.views.dates import written
from dossiers.views.words import (
    action_words,
    code_words,
    confidence_words,
    duty_words,
    outcome_words,
    residency_words,
    rung_words,
    stage_words,
    step_words,
)

register = template.Library()
register.filter("stage_words", stage_words)
register.filter("outcome_words", outcome_words)
register.filter("code_words", code_words)
register.filter("action_words", action_words)
register.filter("rung_words", rung_words)
register.filter("step_words", step_words)
register.filter("duty_words", duty_words)
register.filter("residency_words", residency_words)
register.filter("confidence_words", confidence_words)

SOON = 7  # days
_LOST = ("unreadable", "gave_up")  # what the office said, if anything, is not in the docket


@register.filter
def outcome_class(code: str) -> str:
    """How loudly a page says what came of asking: red where a person must look."""
    return "is-danger" if code in _LOST else "is-soon"


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("img/icons.svg"), name
    )


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, view: str, icon_name: str, words: str, key: str) -> str:
    """A link of the main navigation; nothing where the installation has no such page."""
    try:
        url = reverse(view)
    except NoReverseMatch:
        return ""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match is not None and match.url_name is not None and _section(match.url_name) == view
    current = SafeString(' aria-current="page"') if here else ""
    return format_html('<a href="{}" data-go="{}"{}>{} {}</a>', url, key, current, icon(icon_name), words)


def _section(view: str) -> str:
    """The page of the navigation that a view belongs to."""
    return {
        "case": "cases",
        "case_cpc": "cases",
        "case_account": "cases",
        "own_records": "differences",
        "document": "cases",
        "case_compare": "cases",
        "cited_document": "citations",
        "limit": "limits",
        "limit_round": "limits",
        "limit_start": "cases",
        "calendar": "limits",
        "calendar_change": "limits",
        "fees": "limits",
        "watchlist": "watchlists",
        "batch": "add",
        "quota_plan": "quota",
        "quota_request": "quota",
        "samples": "quota",
        "sample": "quota",
        "digest": "settings",
        "notifications": "settings",
        "follow_rhythms": "settings",
        "wordings": "settings",
        "wording": "settings",
        "alert": "inbox",
        "inbox_mails": "inbox",
        "prompt": "inbox",
        "digest_sent": "settings",
        "case_follow": "cases",
    }.get(view, view)


def _language() -> str:
    return "ja" if (get_language() or "ja").startswith("ja") else "en"


@register.filter
def spoken(thing: Any, name: str) -> str:
    """The field `name_ja` or `name_en` in the reader's language, else in the other one."""
    first, second = (f"{name}_ja", f"{name}_en") if _language() == "ja" else (f"{name}_en", f"{name}_ja")
    for field in (first, second):
        value = thing.get(field) if isinstance(thing, dict) else getattr(thing, field, "")
        if value:
            return dates.in_text(str(value))
    return ""


@register.filter
def printed(case: Any, kind: str = "application") -> str:
    """A case's number as people write it: `{{ case|printed }}`, `{{ case|printed:"registration" }}`."""
    fields = {
        "application": "application_number",
        "publication": "publication_number",
        "registration": "registration_number",
        "pct_application": "international_application_number",
    }
    return numbers.display(case.law, kind, getattr(case, fields[kind]) or "", _language())


@register.filter
def application_number(digits: str, law: str) -> str:
    """An application number that stands in a document as people write it."""
    return numbers.display(law, "application", digits, _language())


@register.filter
def day(value: date | None) -> SafeString:
    """The date as the reader wants it written; a missing one is said to be unknown, never left blank."""
    if value is None:
        return _unknown()
    return format_html('<time class="date" datetime="{}">{}</time>', value.isoformat(), written(value))


@register.filter("written")
def _written(value: date | datetime | None) -> str:
    """The date as the reader wants it, to stand within a sentence; nothing for none."""
    return written(value) if value else ""


_ISO_DAY = re.compile(r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2})?(?![\w-])", re.ASCII)


@register.filter
def unbroken(text: str) -> SafeString:
    """A sentence whose days stay on one line each, by style alone: copied, it is what it was."""
    escaped = conditional_escape(text)
    if "<" in escaped:  # elements of its own, which say themselves how they break
        return escaped
    return mark_safe(_ISO_DAY.sub(r'<span class="nowrap">\g<0></span>', escaped))  # noqa: S308 (escaped)


@register.filter
def month(value: date | None) -> str:
    """The month as the reader wants it written; nothing for none."""
    return dates.month(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """Date and time in the reader's zone, to stand within a sentence; nothing for none."""
    return dates.moment(value) if value else ""


@register.filter
def told_day(value: str) -> SafeString:
    """`day` of a date that is kept as text; other text as it is."""
    return format_html('<span class="date">{}</span>', _told(value)) if value else _unknown()


@register.filter
def long_day(value: date | None) -> SafeString:
    """The date with its weekday."""
    if value is None:
        return _unknown()
    return format_html(
        '<time class="date" datetime="{}">{}<span class="wd">{}</span></time>',
        value.isoformat(),
        written(value),
        weekday(value),
    )


@register.filter
def weekday(value: date) -> str:
    return [
        gettext("Mon"),
        gettext("Tue"),
        gettext("Wed"),
        gettext("Thu"),
        gettext("Fri"),
        gettext("Sat"),
        gettext("Sun"),
    ][value.weekday()]


@register.filter
def instant(value: datetime | str | None) -> SafeString:
    """Date and time in the reader's zone, which the title names; a missing value is 'never'."""
    if not isinstance(value, datetime):
        return format_html('<span class="unknown">{}</span>', pgettext("at no time", "never"))
    return format_html(
        '<time class="date" datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="seconds"),
        timezone.get_current_timezone_name(),
        dates.moment(value),
    )


def _unknown() -> SafeString:
    return format_html('<span class="unknown">{}</span>', gettext("not known"))


@register.filter
def urgency(due: date | None, today: date) -> str:
    """A CSS class: "danger" past due, "soon" within a week, "" later; a limit without a date is "soon"."""
    if due is None:
        return "soon"
    days = (due - today).days
    return "danger" if days < 0 else "soon" if days <= SOON else ""


@register.filter
def countdown(due: date | None, today: date) -> str:
    """How far off a last day is, in words that do not need a colour."""
    if due is None:
        return gettext("date not known")
    days = (due - today).days
    if days == 0:
        return gettext("today")
    if days < 0:
        return ngettext("%(n)d day overdue", "%(n)d days overdue", -days) % {"n": -days}
    return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}


@register.filter
def open_for(since: datetime, today: date) -> str:
    """How long something has been waiting for a person."""
    days = (today - office_day(since)).days
    if days <= 0:
        return gettext("open since today")
    return ngettext("open for %(n)d day", "open for %(n)d days", days) % {"n": days}


@register.filter
def dispatched_ago(day: date, today: date) -> str:
    """How long ago a document left the office."""
    days = (today - day).days
    return ngettext("dispatched %(n)d day ago", "dispatched %(n)d days ago", days) % {"n": days}


@register.filter
def thousands(value: int) -> str:
    return f"{value:,}"


@register.filter
def in_days(days: float) -> str:
    """A number of days that need not be whole, to one decimal."""
    if 0 < days < 0.05:
        return gettext("less than 0.1 days")
    return gettext("%(n)s days") % {"n": f"{days:,.1f}"}


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """The value of a mapping at a key that a template computes; empty when there is none."""
    return mapping.get(key, ())


@register.filter
def period_words(period: Any) -> str:
    """A printed period: its length, from what it runs, and the longer length for parties abroad."""
    words = (
        gettext("%(length)s from dispatch")
        if period.start == "dispatch"
        else gettext("%(length)s from service")
    )
    said = words % {"length": _length(period.n, period.unit)}
    if not period.overseas_n:
        return said
    abroad = {"period": said, "length": _length(period.overseas_n, period.unit)}
    return gettext("%(period)s (parties abroad: %(length)s)") % abroad


def _length(n: int, unit: str) -> str:
    if unit == "month":
        return ngettext("%(n)d month", "%(n)d months", n) % {"n": n}
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


_OWN_DATES = {f"own_{kind.value}": kind.label for kind in OwnDate.Kind}


@register.filter
def change_words(change: Any) -> str:
    """One line of a limit's history."""
    if change.field in _OWN_DATES:
        kind = _OWN_DATES[change.field]
        return gettext("%(kind)s: %(old)s → %(new)s") % {
            "kind": str(kind),
            "old": _told(change.old) or "–",
            "new": _told(change.new) or "–",
        }
    if change.field == "rung":
        return gettext("what can still be done changed")
    if change.field == "extension":
        if change.new:
            return gettext("extension said to be filed: %(what)s") % {"what": change.new}
        return gettext("extension no longer counted as said: %(what)s") % {"what": change.old}
    if change.field == "confirmed" and not change.new:
        return gettext("confirmation taken back: %(date)s") % {"date": _told(change.old)}
    if change.field == "confirmed":
        return gettext("confirmed: %(date)s") % {"date": _told(change.new)}
    if change.field == "entered":
        return gettext("entered by hand: %(date)s") % {"date": _told(change.new)}
    if change.field == "state":
        states = dict(TimeLimit.State.choices)
        old, new = states.get(change.old, change.old), states.get(change.new, change.new)
        return gettext("state: %(old)s → %(new)s") % {"old": old, "new": new}
    unknown = gettext("not known")
    return gettext("last day: %(old)s → %(new)s") % {
        "old": _told(change.old) or unknown,
        "new": _told(change.new) or unknown,
    }


def _told(text: str) -> str:
    """A date that is kept as text as the reader wants it; other text as it is."""
    try:
        return written(date.fromisoformat(text))
    except ValueError:
        return text


@register.filter
def document_name(event: Event, law: str) -> str:
    """The document's name: as the office writes it, or in English where its code has an English name."""
    return name_in(event.code, law, event.description, "ja" if get_language() == "ja" else "en")


@register.filter
def provision(article: Article) -> str:
    """A provision with the plain name of its ground: 第29条第2項（進歩性）, or Art. 29(2) inventive step."""
    return article_words(article, "ja" if get_language() == "ja" else "en")


@register.filter
def article_of(rung: Any) -> str:
    """The article of a later way to act, in the reader's language where it is there."""
    return (rung.article_ja or rung.article) if _language() == "ja" else rung.article
