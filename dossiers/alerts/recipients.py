"""Who is told of which news, why, instead of whom, and how soon."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from apiclient.clock import office_day
from dossiers.alerts import watch_ends
from dossiers.alerts.follow import followers
from dossiers.alerts.preferences import Choices, kind_of
from dossiers.alerts.stand_ins import Charge, People, charges_of
from dossiers.models import Alert, Follow, News, Rhythm
from dossiers.reach import Eyes


@dataclass(frozen=True)
class Recipient:
    """One person to tell of one piece of news. `follow` is the reason to give, None for the person in charge;
    `state` says how it goes: by a mail of its own, with the digest or the summary, or in the inbox alone."""

    news: News
    user: int
    follow: Follow | None
    instead_of: int | None
    state: Alert.State


def recipients(news: Collection[News], now: datetime) -> Iterator[Recipient]:
    """Everybody who is to know: the persons in charge, the followers, and deputies of those who are away.

    Those who are inactive, want no mail or do not see the case are left out; those whose address failed are
    sent nothing, but see it among their alerts. The number of queries does not depend on the news.
    """
    people = People(office_day(now))
    cases = {row.case_id for row in news}
    charges = charges_of(cases)
    following = followers(cases)
    eyes = Eyes(cases)
    told = {case: _told(people, charges[case], following[case], eyes.of(case)) for case in cases}
    choices = Choices({user for users in told.values() for user in users})
    ended = watch_ends.ended(cases)
    for row in news:
        kept_out = watch_ends.is_silenced(row, ended)
        for user, instead_of in told[row.case_id].items():
            follows = [] if instead_of else following[row.case_id].get(user, [])
            in_charge = charges[row.case_id].person in (user, instead_of or user)
            if kept_out and not in_charge:
                continue
            rhythm = choices.of(user, kind_of(row), follows, in_charge=in_charge)
            with_digest = people.all[user].digest_on and not people.cut_off(user)
            follow = follows[0] if follows else None
            yield Recipient(row, user, follow, instead_of, _state(rhythm, with_digest=with_digest))


def _told(
    people: People, charge: Charge, following: Iterable[int], sees: Callable[[int], bool]
) -> dict[int, int | None]:
    wanted = list(dict.fromkeys([*([charge.person] if charge.person else []), *following]))
    cut_off = {user: None for user in wanted if people.cut_off(user) and sees(user)}
    return people.told(wanted, charge.named, sees) | cut_off


def _state(rhythm: Rhythm, *, with_digest: bool) -> Alert.State:
    """Whoever takes no digest is told at once of what would come with it: nothing waits for ever."""
    if rhythm == Rhythm.NEVER:
        return Alert.State.INBOX
    if rhythm == Rhythm.WEEKLY:
        return Alert.State.WEEKLY
    return Alert.State.DAILY if rhythm == Rhythm.DAILY and with_digest else Alert.State.WAITING
