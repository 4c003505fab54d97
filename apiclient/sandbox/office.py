"""The office behind its counter: one world, one clock, its limits, and how it answers a path."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

from apiclient.clock import JST, office_day
from apiclient.quota import PER_MINUTE
from apiclient.sandbox import papers, people, routes, state, wire
from apiclient.sandbox.counters import DayCounters, MinuteWindow
from apiclient.sandbox.days import on_or_after, on_or_before
from apiclient.sandbox.faults import Faults
from apiclient.sandbox.ipaustralia import StandIn
from apiclient.sandbox.life import APPEAL, BODIES_SINCE, LAW_DIGIT, REGISTER, REGISTER_NUMBER, Act
from apiclient.sandbox.opd import OpdDesk
from apiclient.sandbox.relations import KINDS, Relations
from apiclient.sandbox.reply import Reply, failure
from apiclient.sandbox.storage import Storage
from apiclient.sandbox.tokens import PASSWORD, USERNAME, TokenDesk
from apiclient.sandbox.world import FIRST_YEAR, LAWS, Case, Sight, World

EDGE_SECONDS = 3.0
_FILED = ("A5", "A6", "A7", "A8", "C5", "C6", "C7")
_NAMES = {
    "A131": "拒絶理由通知書",
    "A02": "拒絶査定",
    "A191": "補正の却下の決定",
    "A53": "意見書",
    "A523": "手続補正書（自発・内容）",
    "A601": "期間延長請求書",
    "A621": "出願審査請求書",
    "A761": "出願取下書",
    "A111": "手続補正指令書（出願）",
    "A252": "審査官通知（その他の通知）（期間無）",
    "C60": "審判請求書",
    "C13": "拒絶理由通知書",
}


class UnknownCase(LookupError):
    """No such case under this law."""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A document that will be dispatched on `legal_date` and be seen from `visible_on`."""

    law: str
    number: str
    code: str
    legal_date: date
    visible_on: date
    title: str


class Office:
    """Everything but HTTP. Safe to call from many threads."""

    def __init__(
        self,
        seed: int = 1,
        cases: int = 500,
        *,
        state_dir: Path | None = None,
        per_minute: int | None = PER_MINUTE["domestic"],
        opd_per_minute: int | None = PER_MINUTE["opd"],
        limits: Mapping[str, int] | None = None,
        now: datetime | None = None,
        edge_seconds: float = EDGE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` sets the clock; without it a resumed sandbox goes on where its clock was.

        StateError if `state_dir` holds another world or cannot be read.
        """
        self.world = World(seed, cases)
        self.relations = Relations(self.world)
        self.opd = OpdDesk(seed, self.relations, self.sight)
        self.tokens = TokenDesk(USERNAME, PASSWORD)
        self.counters = DayCounters(limits)
        self.minute = MinuteWindow(per_minute, monotonic)
        self.opd_minute = MinuteWindow(opd_per_minute, monotonic)
        self.faults = Faults(seed)
        self.storage = Storage()
        self.ipaustralia = StandIn()  # another office altogether, on the same server
        self._edge_seconds, self._monotonic = edge_seconds, monotonic
        self._edge: dict[tuple[str, str], tuple[float, Reply]] = {}
        self._added: state.Added = {}
        self._offset = timedelta()
        self._state_dir = state_dir
        self._saving, self._editing = Lock(), Lock()
        if state_dir:
            state_dir.mkdir(parents=True, exist_ok=True)
            self._resume(state.read(state_dir / "sandbox.json"))
        if now:
            self._offset = now - datetime.now(UTC)
        self._save()

    # Clock and state

    def now(self) -> datetime:
        return (datetime.now(UTC) + self._offset).astimezone(JST)

    def today(self) -> date:
        return office_day(self.now())

    @property
    def offset_seconds(self) -> float:
        return self._offset.total_seconds()

    def set_clock(self, now: datetime) -> None:
        """Move to the aware instant `now`; ValueError for a naive one or one outside this world's years."""
        if now.tzinfo is None:
            raise ValueError("the clock is set with an aware date and time")
        self._move(now - datetime.now(UTC))

    def advance(self, delta: timedelta) -> None:
        self._move(self._offset + delta)

    def _move(self, offset: timedelta) -> None:
        year = (datetime.now(UTC) + offset).year
        if not FIRST_YEAR < year < FIRST_YEAR + 50:
            raise ValueError(f"this world has no cases about the year {year}")
        self._offset = offset
        self._changed()

    def _changed(self) -> None:
        self._edge.clear()
        self._save()

    def _resume(self, stored: dict[str, Any]) -> None:
        if not stored:
            return
        try:
            theirs = (stored["seed"], stored["cases"])
            if theirs != (self.world.seed, self.world.size):
                raise state.StateError(f"the state folder belongs to seed {theirs[0]} with {theirs[1]} cases")
            self._offset = timedelta(seconds=stored["offset_seconds"])
            self._added = state.thawed(stored["added"])
            used = stored["counters"]
            self.counters.restore(date.fromisoformat(used["day"]), used["used"])
        except (KeyError, TypeError, ValueError) as error:
            raise state.StateError(f"the state folder cannot be resumed from: {error!r}") from error

    def _save(self) -> None:
        if self._state_dir is None:
            return
        with self._saving:
            today = self.today()
            stored = {
                "seed": self.world.seed,
                "cases": self.world.size,
                "offset_seconds": self.offset_seconds,
                "added": state.frozen(self._added),
                "counters": {"day": today.isoformat(), "used": self.counters.used(today)},
            }
            state.write(self._state_dir / "sandbox.json", stored)
            state.write(self._state_dir / "clock.json", {"offset_seconds": self.offset_seconds})

    # Answers

    def answer(self, path: str, authorization: str) -> Reply:
        """The office's answer to GET `path` (percent-encoded, without query)."""
        if not path.startswith(routes.PREFIXES):
            return failure("301")
        if not self.tokens.accepts(authorization, self.now()):
            return failure("210", path)
        key = (path, authorization)
        held = self._edge.get(key)
        if held and self._monotonic() < held[0]:
            return replace(held[1], from_edge=True)
        reply = self._answer_from_origin(path)
        if reply.status == 200 and self._edge_seconds:
            self._remember(key, reply)
        return reply

    def _remember(self, key: tuple[str, str], reply: Reply) -> None:
        now = self._monotonic()
        self._edge = {kept: held for kept, held in list(self._edge.items()) if held[0] > now}
        self._edge[key] = (now + self._edge_seconds, reply)

    def _answer_from_origin(self, path: str) -> Reply:
        query = routes.parsed(path)
        if query is None:
            return failure("301")
        minute = self.opd_minute if query.endpoint.group == "opd" else self.minute
        if not minute.admit():
            return failure("303", path)
        refusal = routes.refusal(query)
        if refusal:
            return failure(refusal, path)
        left = self.counters.take(query.bucket, self.today())
        if left is None:
            return failure("203", path)
        self._save()
        return self._counted(query, left)

    def _counted(self, query: routes.Query, left: int) -> Reply:
        law, name, arguments = query.endpoint.law, query.endpoint.name, query.arguments
        if name.startswith("applicant_attorney"):
            return _json(_person(name, arguments[0]), left)
        if query.endpoint.group == "opd":
            return self.opd.answer(query.endpoint, arguments, left, self.now())
        sight = self.find(law, *arguments)
        if sight is None:
            return failure("107", left=left)
        if name in _PAPERS:
            return self._paper(sight, name, left)
        return _json(_DATA[name](self.with_family(sight) if name in _OF_FAMILIES else sight), left)

    def _paper(self, sight: Sight, name: str, left: int) -> Reply:
        codes, file_stem = _PAPERS[name]
        body = papers.bundle(sight, codes, self.now())
        if body is None:
            return failure("108", left=left)
        return Reply(200, body, "application/zip", f"{file_stem}_{sight.case.number}.zip")

    def find(self, law: str, *arguments: str) -> Sight | None:
        """The case named by an application number, or by a kind of number and a number, if it is seen."""
        kind, number = ("application", *arguments)[-2:]
        case = self.relations.named(law, kind, number)
        if case is None:
            return None
        sight = self.sight(case)
        days = {"registration": sight.registered_on, "publication": sight.published_on}
        seen = days.get(kind, case.received_on)
        return sight if seen and seen < sight.today else None

    def sight(self, case: Case) -> Sight:
        return Sight(case, self.today(), self._added.get((case.law, case.number), ()))

    def with_family(self, sight: Sight) -> Sight:
        """The sight with the members of its divisional family that are seen."""
        family = [self.sight(one) for one in self.relations.divisional_family(sight.case)]
        seen = tuple(one for one in family if one.case.received_on < sight.today)
        return replace(sight, family=seen) if len(seen) > 1 else sight

    # What the control paths ask

    def upcoming(
        self, code: str, days: int, law: str | None = None, limit: int | None = None
    ) -> tuple[Upcoming, ...]:
        """Documents of `code` that become visible on one of the next `days` days, in order of date.

        `limit` (for each law) makes the first question to a large world quicker.
        """
        today = self.today()
        last = today + timedelta(days=days - 1)
        found = []
        for each in LAWS if law is None else (law,):
            dated = self.world.dispatched(each, code, today, last, limit)
            dated += [
                (act.day, number)
                for (added_law, number), acts in self._added.items()
                for act in acts
                if added_law == each and act.code == code and today <= act.day <= last
            ]
            found += [self._upcoming(each, number, code, day) for day, number in dated]
        return tuple(sorted(found, key=lambda one: (one.legal_date, one.law, one.number)))

    def _upcoming(self, law: str, number: str, code: str, day: date) -> Upcoming:
        case = self.world.case(law, number)
        return Upcoming(law, number, code, day, day + timedelta(days=1), case.title if case else "")

    def cases(
        self, law: str, limit: int, stage: str | None = None, kind: str | None = None
    ) -> tuple[Sight, ...]:
        """A sample of cases seen today, spread over the filing years; the same on every call of a day.

        `kind` "pct", "national_priority" or "divisional" gives patents that come from other applications,
        newest first.
        """
        found: list[Sight] = []
        if kind is None:
            numbers = self.world.sample(law, self.today().year)
        elif kind in KINDS and law == "patent":
            numbers = self.relations.numbers(kind, self.today().year)
        else:
            raise ValueError(f"patents are of kind {', '.join(KINDS)}, other cases of none")
        for number in numbers:
            if len(found) >= limit:
                break
            sight = self.find(law, number)
            if sight and stage in (None, sight.stage):
                found.append(sight)
        return tuple(found)

    def add_document(
        self,
        law: str,
        number: str,
        code: str,
        legal_date: date | None = None,
        *,
        name: str = "",
        final: bool = False,
        answers: str = "",
    ) -> Act:
        """Add an act to a case, seen at once: without `legal_date` it is of the last day that is seen.

        A paper of the office falls on a business day; ValueError for a date that is none. UnknownCase
        if the case is not seen.
        """
        sight = self.find(law, number) if law in LAWS else None
        if sight is None:
            raise UnknownCase(f"the sandbox shows no {law} case {number}")
        filed = code.startswith(_FILED)
        yesterday = self.today() - timedelta(days=1)
        day = legal_date or (yesterday if filed else on_or_before(yesterday))
        if day < sight.case.filed_on:
            raise ValueError(f"nothing happens to {number} before its filing")
        if not filed and not code.startswith("R") and day != on_or_after(day):
            raise ValueError(f"the office dispatches nothing on {day}, a closed day")
        with self._editing:
            act = _added_act(self.sight(sight.case), code, day, filed, name, final, answers)
            key = (law, number)
            self._added = {**self._added, key: (*self._added.get(key, ()), act)}
        self._changed()
        return act

    def reset_counters(self) -> None:
        self.counters.reset()
        self.minute.reset()
        self.opd_minute.reset()
        self._changed()

    def described(self) -> dict[str, Any]:
        """The state as the control path shows it."""
        today = self.today()
        return {
            "now": self.now().isoformat(),
            "offset_seconds": self.offset_seconds,
            "seed": self.world.seed,
            "cases": self.world.size,
            "per_minute": self.minute.limit,
            "opd_per_minute": self.opd_minute.limit,
            "limits": self.counters.limits,
            "used": self.counters.used(today),
            "faults": self.faults.listed(),
            "added": [_plain(row) for row in state.frozen(self._added)],
        }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {"law": row["law"], "number": row["case"], **row["act"]}


def described_sight(sight: Sight) -> dict[str, Any]:
    case = sight.case
    return {
        "law": case.law,
        "number": case.number,
        "title": case.title,
        "applicant": case.applicants[0].name,
        "overseas": case.overseas,
        "stage": sight.stage,
        "filed_on": case.filed_on.isoformat(),
    }


def described_upcoming(one: Upcoming) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(one).items()
    }


def _added_act(sight: Sight, code: str, day: date, filed: bool, name: str, final: bool, answers: str) -> Act:
    case = sight.case
    allowed = "特許査定" if case.law == "patent" else "登録査定"
    name = name or ({"A01": allowed} | _NAMES).get(code, f"書類（{code}）")
    if code.startswith("R"):
        return Act(day, code, name, REGISTER_NUMBER, " ", REGISTER, available=False)
    serial = Random(f"{case.law}/{case.number}/{code}/{day}/{len(sight.added)}").randrange(10**6)
    if filed:
        number = f"5{day:%y}{serial:08d}"
    else:
        number = f"0{'7' if code.startswith('C') else '6'}{LAW_DIGIT[case.law]}{day:%y}{serial:06d}"
    notices = [act.number for act in sight.acts if act.code == "A131"]
    if filed and not answers and notices:
        answers = notices[-1]
    dispatched_by_examiner = not filed and not code.startswith("C")
    bodied = code in papers.DISPATCHED + papers.FILED or dispatched_by_examiner
    return Act(
        day,
        code,
        name,
        number,
        separator="K" if case.law == "patent" and dispatched_by_examiner else "S",
        block=APPEAL if code.startswith("C") else "01",
        available=bodied and day >= BODIES_SINCE[case.law],
        size=2000,
        drafted=None if filed else on_or_before(day - timedelta(days=6)),
        final=final,
        answers=answers,
    )


# Answers


def _json(data: wire.Data | None, left: int) -> Reply:
    return Reply(200, wire.envelope("107" if data is None else "100", left, data))


def _person(name: str, argument: str) -> wire.Data | None:
    if name == "applicant_attorney_cd":
        person = people.everybody().get(argument)
        return {"applicantAttorneyName": person.name} if person else None
    found = [{"applicantAttorneyCd": one.code, "name": one.name} for one in people.named(argument)]
    return {"applicantAttorney": found} if found else None


_PAPERS = {
    "app_doc_cont_refusal_reason": (papers.NOTICES, "docContRefusalReason"),
    "app_doc_cont_refusal_reason_decision": (papers.DISPATCHED, "docContRefusalReasonDecision"),
    "app_doc_cont_opinion_amendment": (papers.FILED, "docContOpinionAmendment"),
}
_DATA: dict[str, Callable[[Sight], wire.Data | None]] = {
    "app_progress": lambda sight: wire.progress(sight, simple=False),
    "app_progress_simple": lambda sight: wire.progress(sight, simple=True),
    "cite_doc_info": wire.citations,
    "registration_info": wire.registration,
    "case_number_reference": wire.number_reference,
    "jpp_fixed_address": wire.fixed_address,
    "priority_right_app_info": wire.priority_rights,
    "divisional_app_info": wire.divisionals,
    "pct_national_phase_application_number": wire.national_phase,
}
_OF_FAMILIES = {"app_progress", "divisional_app_info"}
