"""What is cited against the portfolio, counted by the database; as many queries whatever the portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, Max, Min, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest

from apiclient import numbers
from apiclient.documents.identity import identity_of, is_words
from dossiers import reach
from dossiers.models import Case, CitedDocument, Event, Law, User
from dossiers.refresh import citing

from . import selectors

Use = CitedDocument.Use
WHERE = {
    "held": Q(member=None, use__in=(Use.AGAINST, Use.UNKNOWN)),
    "named": Q(member=None, use__in=(Use.SEARCH, Use.GRANT)),
    "abroad": Q(member__isnull=False),
}
REFUSALS = ("A131", "A02")  # what an examiner cites stands in these
_LONGEST_QUERY, _LONGEST_GROUND = 200, 30
# A paper is counted once, whatever tells of it: by the case, whose it is abroad, and its drafting date.
_NOTICE = Concat(
    Cast("case_id", CharField()),
    Value("/"),
    Cast("member_id", CharField()),
    Value("/"),
    Cast("drafted_on", CharField()),
    output_field=CharField(),
)


@dataclass(frozen=True)
class Wanted:
    """What the citations are narrowed to; unknown values narrow nothing."""

    where: str = "held"
    scope: str = "all"
    law: str = ""
    ground: str = ""  # "patent/29-2", or "none": not told
    query: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Wanted:
        given = request.GET

        def one(name: str, allowed: Iterable[str], default: str) -> str:
            return given[name] if given.get(name) in allowed else default

        return cls(
            where=one("where", WHERE, "held"),
            scope=one("scope", selectors.SCOPES, "all"),
            law=one("law", Law.values, ""),
            ground=plain(given.get("ground", ""))[:_LONGEST_GROUND],
            query=plain(given.get("q", "")),
        )

    @property
    def narrowed(self) -> bool:
        return self != Wanted()


def plain(text: str) -> str:
    """Typed text without characters that nobody types; some databases refuse them."""
    spaced = (" " if character.isspace() else character for character in text)
    return "".join(character for character in spaced if character.isprintable()).strip()[:_LONGEST_QUERY]


def rows(user: User, wanted: Wanted, *, with_ground: bool = True) -> QuerySet[CitedDocument]:
    """Every row that fits."""
    found = CitedDocument.objects.filter(WHERE[wanted.where], selectors.whose(user, wanted.scope, "case__"))
    if wanted.law:
        found = found.filter(case__law=wanted.law)
    if wanted.ground and with_ground:
        found = found.filter(ground="" if wanted.ground == "none" else wanted.ground)
    return found.filter(_fits(wanted.query)) if wanted.query else found


def _fits(query: str) -> Q:
    """The document that the query writes in any style, or every one in whose words it stands, or a case."""
    found = Q(display__icontains=query) | Q(case__own_reference__iexact=query)
    identity = identity_of(query)
    if not is_words(identity):
        found |= Q(document=identity)
    own = [one.canonical for one in numbers.parse(query) if one.kind == "application"]
    return found | Q(case__application_number__in=own) if own else found


def most_cited(found: QuerySet[CitedDocument]) -> QuerySet[CitedDocument, dict[str, Any]]:
    """Each document once, what is cited in most cases first: document and cases; see `told_of`."""
    return (
        found.values("document").annotate(cases=Count("case", distinct=True)).order_by("-cases", "document")
    )


def told_of(found: QuerySet[CitedDocument], documents: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What else is shown of these documents, by document: notices, words, first, last. Only of those of one
    page, for it takes longer than to count the cases of all."""
    rows = (
        found.filter(document__in=list(documents))
        .values("document")
        .annotate(
            notices=Count(_NOTICE, distinct=True),
            words=Max("display"),  # 特開… rather than JP…
            first=Min("drafted_on"),
            last=Max("drafted_on"),
        )
    )
    return {row["document"]: row for row in rows.order_by("document")}


def grounds_of(found: QuerySet[CitedDocument], documents: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
    """By document: each ground with the number of cases, the most frequent first."""
    counted = (
        found.filter(document__in=list(documents))
        .values_list("document", "ground")
        .annotate(cases=Count("case", distinct=True))
        .order_by("-cases", "ground")
    )
    told: dict[str, list[tuple[str, int]]] = {}
    for document, ground, cases in counted:
        told.setdefault(document, []).append((ground, cases))
    return told


def grounds(user: User, wanted: Wanted) -> list[str]:
    """The grounds that occur, whichever is chosen."""
    found = rows(user, wanted, with_ground=False).order_by("ground")
    return list(found.values_list("ground", flat=True).distinct())


def edges(
    found: QuerySet[CitedDocument], documents: list[str], most: int
) -> tuple[list[tuple[str, int, int]], int]:
    """(document, case, notices) between these documents and at most `most` cases, those that cite most of
    them; and how many cases there are in all."""
    among = found.filter(document__in=documents)
    counted = among.values("case").annotate(n=Count("document", distinct=True)).order_by("-n", "case")
    chosen = list(counted.values_list("case", flat=True)[:most])
    drawn = (
        among.filter(case__in=chosen)
        .values_list("document", "case")
        .annotate(n=Count(_NOTICE, distinct=True))
        .order_by("document", "case")
    )
    return list(drawn), among.aggregate(n=Count("case", distinct=True))["n"]


def own_cases(user: User, documents: Iterable[str]) -> dict[str, Case]:
    """The cases within reach that are themselves cited, by the document; one query."""
    wanted = {document: asked for document in documents if (asked := _own(document))}
    if not wanted:
        return {}
    numbers_of: dict[tuple[str, str], list[str]] = {}
    for law, field, canonical in wanted.values():
        numbers_of.setdefault((law, field), []).append(canonical)
    asked = Q(pk__in=())
    for (law, field), told in numbers_of.items():
        asked |= Q(law=law, **{f"{field}__in": told})
    found: dict[tuple[str, str, str], Case] = {}
    for case in reach.cases(user).filter(asked).defer("note", "parties"):
        found[case.law, "publication_number", case.publication_number] = case
        found[case.law, "registration_number", case.registration_number] = case
    return {document: found[asked] for document, asked in wanted.items() if asked in found}


def _own(document: str) -> tuple[str, str, str] | None:
    office, _, rest = document.partition("/")
    law, _, named = rest.partition("/")
    kind, _, canonical = named.partition("/")
    field = _FIELDS.get(kind)
    return (law, field, canonical) if office == "JP" and law in Law.values and field else None


_FIELDS = {
    "publication": "publication_number",
    "national_publication": "publication_number",
    "registration": "registration_number",
}


@dataclass(frozen=True)
class Unknown:
    """What is missing from the counts: notices without a text that could be read, by the earliest; cases of
    which nothing was gathered yet."""

    notices: int
    since: date | None
    cases: int


def unknown(user: User, wanted: Wanted) -> Unknown:
    """What cannot be in the counts of this scope; of families abroad the pages of the cases say it."""
    events = Event.objects.filter(code__in=REFUSALS, vanished_at=None)
    events = events.exclude(notice_state=Event.NoticeState.READ)
    events = events.filter(selectors.whose(user, wanted.scope, "case__"))
    cases = Case.objects.filter(selectors.whose(user, wanted.scope), cited_with__lt=citing.VERSION)
    if wanted.law:
        events, cases = events.filter(case__law=wanted.law), cases.filter(law=wanted.law)
    told = events.aggregate(notices=Count("*"), since=Min("legal_date"))
    return Unknown(told["notices"], told["since"], cases.count())
