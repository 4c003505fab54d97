"""What came of a fault, by what the office dispatched and what the mail server accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from bench.month import OFFICE_ACTS
from bench.world import Counted, Minute
from tests.faults.site import READER, Site

Act = tuple[str, str, date]
# Of these there may be none, whatever the fault.
NEVER = ("acts_lost", "acts_doubled", "acts_unaccounted", "mails_lost", "mails_doubled", "overrun")


def seen(site: Site) -> dict[str, Any]:
    """Counts; those named in `NEVER` have to be 0. `mails_repeated` came again under the same Message-ID."""
    acts = _acts_of_the_office(site)
    found = _acts_of_the_docket()
    mails = [(mail["Message-ID"], address, _words(mail)) for address, mail in site.mail.taken]
    return {
        "acts": len(acts),
        "acts_lost": len(set(acts) - set(found)),
        "acts_doubled": sum(n - 1 for n in found.values()),
        "acts_unaccounted": _unaccounted(),
        "told": len(site.dispatched),
        "mails_lost": len(untold(site)),
        "mails_doubled": doubled(mails),
        "mails_repeated": repeated(mails),
        "calls": site.calls,
        "overrun": _overrun(site),
    }


def _acts_of_the_office(site: Site) -> list[Act]:
    """Every act of the office's own that it shows on the watched cases."""
    sights = (site.office.find("patent", number) for number in site.numbers)
    return [
        (one.case.number, act.code, act.day)
        for one in sights
        if one
        for act in one.acts
        if act.code in OFFICE_ACTS
    ]


def _acts_of_the_docket() -> Counter[Act]:
    from dossiers.models import Event

    rows = Event.objects.filter(vanished_at=None)
    # A case may get two notices of one day: the office tells them apart by their numbers.
    rows = rows.values_list("case__application_number", "code", "legal_date", "document_number").distinct()
    apart = Counter((number, code, day) for number, code, day, _ in rows)
    all_of_them = Counter(
        Event.objects.filter(vanished_at=None).values_list("case__application_number", "code", "legal_date")
    )
    return Counter({act: 1 + n - apart[act] for act, n in all_of_them.items()})


def _unaccounted() -> int:
    """Documents that are neither limit, nor marked by a person or rule, nor in a red queue."""
    from dossiers.models import Event

    return Event.objects.filter(account="").count()


def untold(site: Site) -> list[Act]:
    """Acts dispatched of which no mail to the reader has been accepted, under any name that it bears."""
    from dossiers.models import Alert

    told: defaultdict[Act, set[str]] = defaultdict(set)
    rows = Alert.objects.filter(user__email=READER, news__event__isnull=False).select_related(
        "news__event__case", "group"
    )
    for alert in rows:
        event = alert.news.event
        names = {alert.message_id} | ({alert.group.message_id} if alert.group else set())
        told[event.case.application_number, event.code, event.legal_date] |= names
    accepted = set(site.mail.ids)
    return [act for act in site.dispatched if not told[act] & accepted]


def doubled(mails: Iterable[tuple[str, str, str]]) -> int:
    """The same words to the same person under another Message-ID; a mail is (id, address, words)."""
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, address, words in mails:
        names[address, words].add(name)
    return sum(len(ids) - 1 for ids in names.values())


def repeated(mails: Iterable[tuple[str, str, str]]) -> int:
    """Again under the same Message-ID, as when the sender never heard that the first was taken."""
    return sum(n - 1 for n in Counter((name, address) for name, address, _ in mails).values())


def _words(mail: Any) -> str:
    """Subject and text; without what differs from mail to mail by its name alone."""
    return f"{mail['Subject']}\n{mail.get_body(('plain',)).get_content()}"


def _overrun(site: Site) -> int:
    """Calls that the office refused because of a limit: somebody has asked too often."""
    counters, minute = site.office.counters, site.office.minute
    assert isinstance(counters, Counted) and isinstance(minute, Minute)
    return sum(counters.refused.values()) + minute.refused


def held(what: dict[str, Any]) -> bool:
    """Whether nothing is lost, doubled or overrun, and every other promise that the fault names was kept."""
    return not any(what[name] for name in NEVER) and all(what.get("kept", {}).values())
