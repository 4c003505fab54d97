"""The demo's firm: three people, three watchlists, and cases at every stage of the invented office."""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Any

import requests
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from dossiers.alerts.follow import follow
from dossiers.intake import save_batch, start_batch, watchlists
from dossiers.models import Case, Role, User, Watchlist
from dossiers.runtime.demonstration import DEMO_PASSWORD, DEMO_USER

PEOPLE = (
    {"username": DEMO_USER, "display_name": "見本 花子", "language": "ja", "role": Role.ADMINISTRATOR},
    {"username": "attorney", "display_name": "Alex Specimen", "language": "en", "role": Role.ATTORNEY},
    {"username": "manager", "display_name": "見本 太郎", "language": "ja", "role": Role.ADMINISTRATOR},
)
LISTS = {"patent": "特許 第一担当", "design": "意匠", "trademark": "商標"}
SHARES = {"patent": 0.5, "design": 0.2, "trademark": 0.3}
# Cases about to get a notice come first: they are what a demo is about.
STAGES = ("notice", "examination", "answered", "registered", "allowed", "refused", "appeal", "unrequested")
UPCOMING_DAYS = 14


class Command(BaseCommand):
    help = "Fills an empty demo docket; does nothing where there are cases already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, default=40)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only a demonstration (IPPORTAL_DEMO=1) is filled with invented cases.")
        wanted = 0 if Case.objects.exists() else options["cases"]
        numbers = {law: _numbers(law, round(wanted * share)) for law, share in SHARES.items() if wanted}
        with transaction.atomic():
            clerk, *others = [_person(**fields) for fields in PEOPLE]
            for law, name in LISTS.items():
                watchlist = _watchlist(name, clerk, others)
                _fill(watchlist, law, numbers.get(law, []), clerk)
        self.stdout.write(f"{Case.objects.count()} cases in the demo's docket.")


def _person(username: str, **fields: str) -> User:
    found = User.objects.filter(username=username).first()
    if found:
        return found
    email = f"{username}@firm.example"
    return User.objects.create_user(username, email, DEMO_PASSWORD, **fields)


def _watchlist(name: str, clerk: User, others: list[User]) -> Watchlist:
    found = Watchlist.objects.filter(name=name, owner=clerk).first()
    if found:
        return found
    made = watchlists.create(by=clerk, name=name)
    for reader in (clerk, *others[:1]):
        follow(made, reader, by=clerk)
    return made


def _fill(watchlist: Watchlist, law: str, numbers: list[str], clerk: User) -> None:
    if not numbers:
        return
    lines = [f"{number}, SPEC-{law[:1].upper()}{n:03d}" for n, number in enumerate(numbers, start=1)]
    batch = start_batch(text="\n".join(lines), by=clerk, default_law=law, watchlist=watchlist, source="demo")
    save_batch(batch, by=clerk)


def _numbers(law: str, count: int) -> list[str]:
    """`count` applications: some with a notice to come within days, then all stages by turns."""
    coming = _ask(f"upcoming?code=A131&days={UPCOMING_DAYS}&law={law}")[: count // 3]
    by_stage = [_ask(f"cases?law={law}&limit={count}&stage={stage}") for stage in STAGES]
    by_turns = [row for row in chain.from_iterable(zip_longest(*by_stage)) if row]
    return list(dict.fromkeys(row["number"] for row in (*coming, *by_turns)))[:count]


def _ask(path: str) -> list[dict[str, Any]]:
    try:
        answer = requests.get(f"{settings.JPO_BASE_URL}/_sandbox/{path}", timeout=60)
        answer.raise_for_status()
        return list(answer.json())
    except requests.RequestException as error:
        raise CommandError(f"The invented office does not answer: {error}") from None
