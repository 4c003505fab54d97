"""What nobody acknowledges goes further: to the same people again, deputies, colleagues, administrators.

Each step comes so many office hours after the one before, and only an acknowledgement ends it. How far a
concern has gone stands in its row; whom that told stands in rows of their own, once for each person and step.
Beside the mails each step goes to the chats that are to be told from it on (`channels.escalated`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from apiclient.clock import JST, office_day
from dossiers.alerts import acknowledge, wall_mail
from dossiers.alerts.channels import escalated, mail_trouble
from dossiers.alerts.prompts import order
from dossiers.alerts.reminders import followers_of, readers
from dossiers.alerts.stand_ins import Charge, People, charge_of
from dossiers.docketing.calendar import OfficeCalendar
from dossiers.docketing.dates import ONE_DAY
from dossiers.docketing.store import calendar
from dossiers.models import (
    Alert,
    Concern,
    Escalation,
    FirmPolicy,
    Prompt,
    Reminder,
    User,
    firm_policy,
)
from dossiers.reach import Eyes
from dossiers.roles import Right, can

log = logging.getLogger(__name__)

Role = Escalation.Role
STEPS = (Role.AGAIN, Role.DEPUTY, Role.TEAM, Role.MANAGER)  # the last one repeats, with those told first
MOST = 2000  # concerns of one round; the others wait for the next
CLOCK_SLIP = timedelta(hours=1)  # raised later than this from now: by a clock that has since been set back


def office_time_before(now: datetime, policy: FirmPolicy, office: OfficeCalendar) -> datetime:
    """The instant since which the firm's hours (`escalate_hours`) have passed at work, on office days."""
    left, day = timedelta(hours=policy.escalate_hours), office_day(now)
    while True:
        opens, closes = (datetime.combine(day, at, JST) for at in (policy.opens_at, policy.closes_at))
        worked = min(now, closes) - opens
        if worked > timedelta() and not office.why_closed(day):
            if worked >= left:
                return opens + (worked - left)
            left -= worked
        day -= ONE_DAY


# --- a round ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    """Whom to tell of one concern, instead of whom, and as what; and whom by chat, as no mail does."""

    rung: int
    role: str
    users: Mapping[int, int | None]
    by_chat: Collection[int] = ()
    behind: int | None = None  # the wall inside of which nobody can be told


def raise_due(now: datetime) -> int:
    """Take each concern that waits too long one step further; returns how many.

    As many queries for one as for hundreds. To be called inside a transaction, by one worker at a time.
    """
    before = office_time_before(now, firm_policy(), calendar())
    too_long = Q(raised_at__lte=before) | Q(raised_at__gt=now + CLOCK_SLIP)
    rows = acknowledge.waiting(office_day(now)).filter(too_long).order_by("raised_at", "pk")
    concerns = list(rows.select_related("case").only(*_FIELDS)[:MOST])
    if not concerns:
        return 0
    steps = _steps(concerns, People(office_day(now)))
    for rung in {step.rung for step in steps.values()}:
        there = [pk for pk, step in steps.items() if step.rung == rung]
        Concern.objects.filter(pk__in=there).update(rung=rung, raised_at=now)
    _order(steps, now)
    wall_mail.order({wall for step in steps.values() if (wall := step.behind)}, now)
    raised = [
        escalated.Raised(one.pk, one.case_id, step.rung, step.users, step.by_chat)
        for one in concerns
        if (step := steps[one.pk])
    ]
    escalated.fan_out(raised, now=now)
    return len(concerns)


_FIELDS = ("news_id", "limit_id", "due", "rung", "case__owner_id", "case__deputy_id")


def _order(steps: Mapping[int, _Told], now: datetime) -> None:
    by_reader: dict[int, list[Escalation]] = defaultdict(list)
    for concern, step in steps.items():
        if not (step.users or step.by_chat or step.behind):
            log.error("Nobody can be told that concern %s is not acknowledged", concern)
        for user, instead_of in step.users.items():
            row = Escalation(
                concern_id=concern, user_id=user, rung=step.rung, role=step.role, instead_of_id=instead_of
            )
            by_reader[user].append(row)
    order(Prompt.Kind.ESCALATION, [(user, rows, now) for user, rows in by_reader.items()], now=now)


def _steps(concerns: Sequence[Concern], people: People) -> dict[int, _Told]:
    charges = {one.case_id: charge_of(one.case.owner_id, one.case.deputy_id) for one in concerns}
    eyes = Eyes(charges)
    first = _told_first(concerns, readers(people, charges), charges)
    earlier = _told_before(concerns)
    team = _team({case: charge.person for case, charge in charges.items()})
    only_chat = _only_by_chat(people)
    return {
        one.pk: _step(
            one,
            people,
            eyes,
            {user for user in first[one.pk] if eyes.see(user, one.case_id)},
            first[one.pk] | earlier[one.pk],
            team[one.case_id],
            charges[one.case_id].named,
            only_chat,
        )
        for one in concerns
    }


def _step(
    concern: Concern,
    people: People,
    eyes: Eyes,
    first: set[int],
    told: set[int],
    team: set[int],
    named: Mapping[int, int],
    only_chat: Collection[int],
) -> _Told:
    """The next step that reaches anybody: a deputy or colleague who was told before is no step further.

    Whoever does not see the case is no step at all. Of a restricted one the last step is all inside its wall.
    """
    sees = eyes.of(concern.case_id)
    for rung in range(concern.rung + 1, len(STEPS)):
        role = STEPS[rung - 1]
        wanted = {
            Role.AGAIN: first,
            Role.DEPUTY: {found for pk in first if (found := people.deputy_of(pk, named.get(pk), sees))}
            - told,
            Role.TEAM: team - told,
        }[role]
        wanted = {user for user in wanted if sees(user)}
        users, by_chat = people.told(sorted(wanted), sees=sees), wanted & set(only_chat)
        if users or by_chat:
            return _Told(rung, role, users, by_chat)
    rung = max(concern.rung + 1, len(STEPS))
    last = eyes.insiders(concern.case_id) if eyes.wall_of(concern.case_id) else people.staff
    wanted = [*last, *(sorted(first) if rung > len(STEPS) else ())]
    by_chat = {pk for pk in only_chat if sees(pk) and (can(people.all[pk], Right.ADMINISTER) or pk in wanted)}
    users = people.told(wanted, sees=sees)
    behind = None if users or by_chat else eyes.wall_of(concern.case_id)
    return _Told(rung, Role.MANAGER, users, by_chat, behind)


def _only_by_chat(people: People) -> set[int]:
    """Those whom no mail reaches, and who have a chat of their own."""
    owners = mail_trouble.own_chats().values_list("owner_id", flat=True)
    return {pk for pk in owners if not people.reachable(pk)}


def _told_first(
    concerns: Sequence[Concern],
    reading: Mapping[int, Mapping[int, object]],
    charges: Mapping[int, Charge],
) -> dict[int, set[int]]:
    """Who got the alert or the reminders, and the person in charge, who may be on leave."""
    alerted, reminded = defaultdict(set), defaultdict(set)
    news = [one.news_id for one in concerns if one.news_id]
    for about, user in Alert.objects.filter(news__in=news).values_list("news_id", "user_id"):
        alerted[about].add(user)
    limits = [one.limit_id for one in concerns if one.limit_id]
    rows = Reminder.objects.filter(limit__in=limits, kind="legal").order_by()
    for limit, due, user in rows.values_list("limit_id", "due", "user_id").distinct():
        reminded[limit, due].add(user)
    found = {}
    for one in concerns:
        told = alerted[one.news_id] if one.news_id else reminded[one.limit_id, one.due]
        person = charges[one.case_id].person
        found[one.pk] = told | ({person} if person else set()) or set(reading[one.case_id])
    return found


def _told_before(concerns: Iterable[Concern]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = Escalation.objects.filter(concern__in=[one.pk for one in concerns])
    for concern, user in rows.values_list("concern_id", "user_id"):
        found[concern].add(user)
    return found


def _team(owners: Mapping[int, int | None]) -> dict[int, set[int]]:
    """Those who share a group with the person in charge, and those who follow a list with the case."""
    followers = followers_of(owners)
    groups, members = defaultdict(set), defaultdict(set)
    for user, group in User.groups.through.objects.values_list("user_id", "group_id"):
        groups[user].add(group)
        members[group].add(user)
    found = {}
    for case, owner in owners.items():
        colleagues = {user for group in groups[owner] for user in members[group]}
        found[case] = (colleagues | set(followers.get(case, ()))) - {owner}
    return found
