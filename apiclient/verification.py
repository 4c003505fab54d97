"""The real office compared with the sandbox: a few calls, and every difference of shape told.

Whoever has an ID of the office runs this now and then: the sandbox stands for the office in the tests and in
the demo, so a difference found here is something neither of them could find. Only shapes are compared (which
keys and elements there are, what kind of value stands there), never what a case says.

    with reference_office() as (office, client):
        reference = Reference.of(sandbox_answers(office, client, rows, sample=40))
    report = verify(ask, questions_about({"patent": "2020123456"}), budget=10, reference=reference)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from apiclient.documents import read_bundle
from apiclient.jpo.catalogue import ENDPOINTS, Endpoint, day_rule, endpoint_named
from apiclient.jpo.client import JpoClient
from apiclient.outcomes import Answer, Outcome
from apiclient.quota import DailyLimitReached, MemoryLedger, MinuteLimitReached, Policy, Purpose
from apiclient.sandbox import Sandbox
from apiclient.sandbox.relations import KINDS
from apiclient.sandbox.world import Case
from apiclient.xml import Unreadable, local_name, tree

EMPTY = "nothing"
# Kinds from the strictest to the widest; where the sandbox writes a wider one, a stricter one is no news.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (EMPTY, re.compile(r"\s*")),
    ("date", re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")),
    ("ISO date", re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")),
    ("digits", re.compile(r"[0-9]+")),
    ("code", re.compile(r"[A-Za-z0-9 ._/-]+")),
    ("address", re.compile(r"https?://\S+")),
)
_WIDTH = {kind: width for width, (kind, _) in enumerate(_KINDS)} | {"text": len(_KINDS)}

_AMPLE = 1_000_000

Shape = Mapping[str, frozenset[str]]


class Ask(Protocol):
    """Puts one question to the office on behalf of a person."""

    def __call__(self, endpoint: Endpoint, *arguments: str) -> Answer: ...


@dataclass(frozen=True)
class Difference:
    """Something the office does and the sandbox does not, or the reverse; `where` is a place in the reply."""

    endpoint: str
    where: str
    sentence: str


@dataclass(frozen=True)
class Question:
    """One call of the verification."""

    endpoint: Endpoint
    arguments: tuple[str, ...]


@dataclass
class Report:
    """What was asked, what came, and how it differs; `unasked` are questions beyond budget or limits."""

    asked: list[Answer] = field(default_factory=list)
    unasked: list[tuple[Question, str]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    problems: list[Difference] = field(default_factory=list)


# --- shapes ------------------------------------------------------------------------------------------------


def shape(body: bytes) -> Shape:
    """Place → kinds of value found there, of a JSON, XML or ZIP body; ValueError for anything else."""
    found: dict[str, set[str]] = {}
    for place, kind in _places(body):
        found.setdefault(place, set()).add(kind)
    return {place: frozenset(kinds) for place, kinds in found.items()}


def _places(body: bytes) -> Iterator[tuple[str, str]]:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith(b"PK"):
        yield from _in_zip(body)
    elif body.startswith(b"%PDF"):
        yield "PDF", "file"
    elif start.startswith(b"{"):
        yield from _in_json(json.loads(start), "")
    elif start.startswith(b"<"):
        yield from _in_xml(body.decode("utf-8", "replace"))
    else:
        raise ValueError("the body is neither JSON, XML, ZIP nor PDF")


def _in_json(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield place or "/", "object" if value else "empty object"
        numbered = bool(value) and all(key.isdecimal() for key in value)
        for key, inner in value.items():
            yield from _in_json(inner, f"{place}/{'0…' if numbered else key}")
    elif isinstance(value, list):
        yield place, "list" if value else "empty list"
        for inner in value:
            yield from _in_json(inner, f"{place}[]")
    else:
        yield place, kind_of(value) if isinstance(value, str) else f"JSON {type(value).__name__}"


def kind_of(text: str) -> str:
    """The strictest kind of value `text` is."""
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text)), "text")


def _in_xml(text: str) -> Iterator[tuple[str, str]]:
    try:
        root = tree(text)
    except Unreadable as error:
        raise ValueError(str(error)) from error
    stack = [(root, "")]
    while stack:
        element, above = stack.pop()
        name = local_name(element)
        if not name:
            continue  # a comment
        place = f"{above}/{name}"
        text = (element.text or "").strip()
        yield place, kind_of(text) if len(element) == 0 else "element"
        for key, value in element.attrib.items():
            yield f"{place}@{str(key).rpartition('}')[2]}", kind_of(str(value))
        stack.extend((child, place) for child in element)


def _in_zip(body: bytes) -> Iterator[tuple[str, str]]:
    for member in read_bundle(body).members:
        name = re.sub(r"[0-9]+", lambda digits: "9" * len(digits[0]), member.name)
        yield name, member.media_type
        if member.media_type == "xml" and member.text is not None:
            generation = re.search(r"<!DOCTYPE\s+(\S+)", member.text)
            yield f"{name}!DOCTYPE {generation[1] if generation else 'none'}", "text"
            for place, kind in _in_xml(member.text):
                # Parts of running text nest as the author pleased; that says nothing of the format.
                if "/p/" not in place:
                    yield f"{name}:{place}", kind
        elif member.media_type == "htm" and member.text is not None:
            for tag in set(re.findall(r"<([A-Za-z]+)", member.text)):
                yield f"{name}:<{tag.upper()}>", "element"


def union(shapes: Iterable[Shape]) -> Shape:
    """Everything seen in any of `shapes`."""
    found: dict[str, frozenset[str]] = {}
    for one in shapes:
        for place, kinds in one.items():
            found[place] = found.get(place, frozenset()) | kinds
    return found


def differences(name: str, theirs: Shape, ours: Shape, always: frozenset[str]) -> list[Difference]:
    """How the office's shape differs from the sandbox's union `ours`, of which `always` is in every reply."""
    found: list[Difference] = []
    for place, kinds in sorted(theirs.items()):
        if place not in ours:
            # Told once, at the outermost place that is new.
            if not any(place.startswith(other.where) and place != other.where for other in found):
                found.append(Difference(name, place, "the office sends this, the sandbox never does"))
            continue
        strange = [kind for kind in sorted(kinds) if not _expected(kind, ours[place])]
        if strange:
            found.append(
                Difference(
                    name,
                    place,
                    f"the office writes {', '.join(strange)}; the sandbox {', '.join(sorted(ours[place]))}",
                )
            )
    missing = sorted(always - set(theirs))
    found += [
        Difference(name, place, "the sandbox always sends this, the office did not") for place in missing
    ]
    return found


def _expected(kind: str, known: frozenset[str]) -> bool:
    if kind in known or kind in {EMPTY, "empty list", "empty object"}:
        return True
    if kind not in _WIDTH:
        return False
    return any(_WIDTH[kind] < _WIDTH.get(other, -1) for other in known)


# --- the sandbox as reference -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """Shapes of the sandbox's replies by endpoint and outcome: everything seen, and what each reply has."""

    seen: Mapping[tuple[str, Outcome], Shape]
    always: Mapping[tuple[str, Outcome], frozenset[str]]

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Reference:
        """The reference made of `answers` of the sandbox."""
        shapes: dict[tuple[str, Outcome], list[Shape]] = {}
        for answer in answers:
            if answer.body:
                key = (answer.endpoint.bucket_name, answer.outcome)
                shapes.setdefault(key, []).append(shape(answer.body))
        return cls(
            seen={key: union(found) for key, found in shapes.items()},
            always={key: frozenset.intersection(*map(frozenset, found)) for key, found in shapes.items()},
        )


def sandbox_answers(
    office: Sandbox, client: JpoClient, wanted: Iterable[Endpoint], sample: int
) -> Iterator[Answer]:
    """Answers of the sandbox on `sample` cases of each law for each wanted endpoint."""
    for row in wanted:
        for arguments in _sandbox_arguments(office, client, row, sample):
            yield client.call(row, *arguments, purpose=Purpose.PERSON)


def _sandbox_cases(office: Sandbox, law: str, sample: int) -> Iterator[Case]:
    """Ordinary cases, and of patents also some that come from other applications."""
    kinds = (None, *KINDS) if law == "patent" else (None,)
    for kind in kinds:
        yield from (sight.case for sight in office.cases(law, sample // len(kinds), kind=kind))


def _sandbox_arguments(
    office: Sandbox, client: JpoClient, row: Endpoint, sample: int
) -> Iterator[tuple[str, ...]]:
    for case in _sandbox_cases(office, row.law, sample):
        if row.scope == "opd":
            number = f"JP.{case.number}.A"
            if row.name in {"family", "family_list"}:
                yield ("application", number)
            elif row.is_document:
                listed = client.call(endpoint_named("opd/global_doc_list"), number, purpose=Purpose.PERSON)
                documents = getattr(listed.reply, "documents", ())
                yield from ((number, one.original_id) for one in documents[:3] if one.original_id)
            else:
                yield (number,)
        elif row.name == "case_number_reference":
            yield ("application", case.number)
        elif row.name == "applicant_attorney_cd":
            yield (case.applicants[0].code,)
        elif row.name == "applicant_attorney":
            yield (case.applicants[0].name,)
        elif row.name == "pct_national_phase_application_number":
            progress = client.call(endpoint_named("patent/app_progress"), case.number, purpose=Purpose.PERSON)
            published = getattr(progress.reply, "international_publication_number", None)
            if published:
                yield ("international_publication", published)
        else:
            yield (case.number,)


@contextmanager
def reference_office() -> Iterator[tuple[Sandbox, JpoClient]]:
    """A sandbox of its own with a client that need not hurry or spare."""
    limits = {row.bucket_name: _AMPLE for row in ENDPOINTS}
    rules = {name: day_rule(limit) for name, limit in limits.items()}
    ample = Policy(rules, {"domestic": _AMPLE, "opd": _AMPLE}, {})
    with Sandbox(seed=7, cases=1500, limits=limits, edge_seconds=0) as office:
        client = JpoClient(office.url, office.username, office.password, MemoryLedger(ample), ample)
        try:
            yield office, client
        finally:
            client.close()


# --- asking -------------------------------------------------------------------------------------------------

# The endpoints that matter most for a docket come first, for the budget is small.
_ORDER = (
    "app_progress",
    "app_doc_cont_refusal_reason",
    "registration_info",
    "cite_doc_info",
    "app_doc_cont_refusal_reason_decision",
    "app_doc_cont_opinion_amendment",
    "app_progress_simple",
    "case_number_reference",
    "priority_right_app_info",
    "divisional_app_info",
    "jpp_fixed_address",
)
_DOSSIER_ORDER = ("family_list", "global_doc_list", "global_cite_class", "family")


def questions_about(numbers: Mapping[str, str], *, dossier: bool = False) -> tuple[Question, ...]:
    """What to ask about one application number for each law, the most telling questions first.

    With `dossier` the One Portal Dossier is asked about the patent application as well.
    """
    found = []
    for name in _ORDER:
        for law, number in numbers.items():
            row = next((row for row in ENDPOINTS if (row.scope, row.name) == (law, name)), None)
            if row is not None:
                found.append(Question(row, ("application", number)[-len(row.parameters) :]))
    if dossier and "patent" in numbers:
        docdb = f"JP.{numbers['patent']}.A"
        rows = [endpoint_named(f"opd/{name}") for name in _DOSSIER_ORDER]
        asked = [Question(row, ("application", docdb)[-len(row.parameters) :]) for row in rows]
        found = [*found[:4], *asked[:2], *found[4:], *asked[2:]]
    return tuple(found)


def verify(ask: Ask, questions: Iterable[Question], budget: int, reference: Reference) -> Report:
    """Put at most `budget` questions to the office and compare what comes with the sandbox's `reference`.

    Tries count: a question that was sent three times has used three of the budget.
    """
    report, spent = Report(), 0
    for question in questions:
        if spent >= budget:
            report.unasked.append((question, "the budget is used up"))
            continue
        try:
            answer = ask(question.endpoint, *question.arguments)
        except (DailyLimitReached, MinuteLimitReached) as limit:
            report.unasked.append((question, str(limit)))
            continue
        spent += answer.attempts
        report.asked.append(answer)
        _compare(answer, reference, report)
    return report


def _compare(answer: Answer, reference: Reference, report: Report) -> None:
    name = answer.endpoint.bucket_name
    report.problems += [Difference(name, "reading", problem) for problem in answer.problems]
    if not answer.body:
        return
    key = (name, answer.outcome)
    if key not in reference.seen:
        report.differences.append(
            Difference(name, answer.outcome, "the sandbox was not seen to answer like this")
        )
        return
    try:
        theirs = shape(answer.body)
    except (ValueError, RecursionError) as error:
        report.differences.append(Difference(name, "body", f"its shape cannot be told: {error}"))
        return
    report.differences += differences(name, theirs, reference.seen[key], reference.always[key])
