"""The database's own index over search texts: one contract, SQLite (FTS5) and PostgreSQL (GIN).

It holds the characters of each text and its pairs of neighbours. Most Japanese words have two characters:
indexes of three (pg_trgm, FTS5's trigram) cannot look those up, and PostgreSQL's needs an extension and a
locale that counts kanji as letters. A text and its pairs are written by one function in the caller's
transaction, so that what was taken in is found at once, and what was rolled back is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import FilteredRelation, Q
from django.db.models.expressions import RawSQL

from dossiers import clock
from dossiers.models import Case, FamilyMember, Heartbeat, Paper, SearchText

from . import search

_AT_ONCE = 500
_MOST_PAIRS = 40  # looked up of one word; the whole word is compared after that

_REBUILDING = "search_index"  # the sign that not everything is found yet
T = TypeVar("T")


# --- asking -----------------------------------------------------------------------------------------------


def fits(word: str) -> Q:
    """Cases in which `word`, folded, stands in one line of the case or of one of its documents."""
    pairs = sorted({a + b for a, b in pairwise(word)} or {word})[:_MOST_PAIRS]
    if connection.vendor == "postgresql":
        sql, whole = _POSTGRES_FIND, " AND strpos(text, %s) > 0"
        asked = " & ".join(f"'{pair}'" for pair in pairs)  # letters and digits alone: nothing to escape
    else:
        sql, whole = _SQLITE_FIND, " AND instr(text, %s) > 0"
        asked = " ".join(f'"{pair}"' for pair in pairs)
    if len(word) <= 2:
        return Q(pk__in=RawSQL(sql, [asked]))  # noqa: S611 (the constants below)
    return Q(pk__in=RawSQL(sql + whole, [asked, word]))  # noqa: S611 (its pairs may stand apart)


_POSTGRES_FIND = "SELECT case_id FROM dossiers_searchtext WHERE grams @@ %s::tsquery"
_SQLITE_FIND = (
    "SELECT case_id FROM dossiers_searchtext WHERE id IN"
    " (SELECT rowid FROM dossiers_searchgrams WHERE dossiers_searchgrams MATCH %s)"
)


def is_whole() -> bool:
    """Whether everything is found: not while the index is written anew, or if that was broken off."""
    return not Heartbeat.objects.filter(name=_REBUILDING).exists()


# --- writing ----------------------------------------------------------------------------------------------


def write_cases(cases: Iterable[Case]) -> int:
    """Make these cases found by what they now say; their documents stay as they are. Returns how many."""
    return sum(map(_write_cases, _chunks(cases)))


def write_papers(papers: Iterable[Paper]) -> int:
    """Make the cases of these documents found by what the documents say. Returns how many."""
    return sum(map(_write_papers, _chunks(papers)))


def forget(cases: Iterable[Case]) -> None:
    """Take the texts of cases that are about to be deleted, and of their documents, out of the index."""
    texts = SearchText.objects.filter(case__in=[case.pk for case in cases])
    if connection.vendor == "sqlite":  # it forgets a text only when told what that was
        _run(_SQLITE_FORGET, [(row.pk, grams(row.text)) for row in texts])
    texts.delete()


def rebuild() -> tuple[int, int]:
    """Write the index anew, some rows at a time; how many cases and documents it has then."""
    Heartbeat.objects.update_or_create(name=_REBUILDING, defaults={"at": clock.now()})
    with transaction.atomic():
        SearchText.objects.all().delete()
        if connection.vendor == "sqlite":
            _run("INSERT INTO dossiers_searchgrams (dossiers_searchgrams) VALUES ('delete-all')", [()])
    cases = write_cases(Case.objects.order_by("pk").iterator(_AT_ONCE))
    with_text = Paper.objects.defer("body").filter(notice__isnull=False).order_by("pk")
    papers = write_papers(with_text.iterator(_AT_ONCE))
    Heartbeat.objects.filter(name=_REBUILDING).delete()
    return cases, papers


@transaction.atomic(savepoint=False)
def _write_cases(cases: Sequence[Case]) -> int:
    of_itself = FilteredRelation("search_texts", condition=Q(search_texts__paper=None))
    joined = Case.objects.filter(pk__in=[case.pk for case in cases]).order_by().annotate(own=of_itself)
    rows: dict[int, SearchText] = {}
    tags: dict[int, list[str]] = {}
    for case, key, text, tag in joined.values_list("pk", "own__pk", "own__text", "tags__name"):
        rows[case] = SearchText(pk=key, case_id=case, text=text or "")
        tags.setdefault(case, []).extend([tag] if tag else [])
    family = _families(cases)
    for case in cases:
        rows[case.pk].said = search.text_of(case, sorted(tags[case.pk]), family.get(case.pk, ()))
    _write([rows[case.pk] for case in cases])
    return len(cases)


_MOST_OF_A_FAMILY = 100  # members whose numbers and titles find a case


def _families(cases: Sequence[Case]) -> dict[int, list[str]]:
    """Numbers and titles of the members abroad of each case, each once.

    Members at home are cases themselves: whoever looks for one wants that one.
    """
    found: dict[int, dict[str, None]] = {}
    members = FamilyMember.objects.filter(case__in=[case.pk for case in cases], vanished_at=None)
    told = (
        members.exclude(office="JP")
        .order_by("case", "pk")
        .values_list(
            "case", "application_number", "publications", "registrations", "title", "title_translated"
        )
    )
    for case, application, published, registered, *titles in told.iterator(_AT_ONCE):
        said = found.setdefault(case, {})
        if len(said) < 4 * _MOST_OF_A_FAMILY:
            numbered = [one["number"] for one in (*published, *registered) if isinstance(one, dict)]
            said.update(dict.fromkeys(filter(None, [application, *numbered, *titles])))
    return {case: list(said) for case, said in found.items()}


@transaction.atomic(savepoint=False)
def _write_papers(papers: Sequence[Paper]) -> int:
    held = {row.paper_id: row for row in SearchText.objects.filter(paper__in=papers)}
    for paper in papers:
        row = held.setdefault(paper.pk, SearchText(case_id=paper.case_id, paper=paper))
        row.said, row.left_out = search.text_of_paper(paper)
    _write([held[paper.pk] for paper in papers])
    return len(papers)


def _write(rows: list[SearchText]) -> None:
    """Bring texts and pairs to what each row's `said` is; those that say the same are left alone."""
    new = [row for row in rows if row.pk is None]
    changed = [row for row in rows if row.pk is not None and row.said != row.text]
    if connection.vendor == "sqlite":  # it forgets a text only when told what that was
        _run(_SQLITE_FORGET, [(row.pk, grams(row.text)) for row in changed])
    for row in rows:
        row.text = row.said
    SearchText.objects.bulk_create(new)
    SearchText.objects.bulk_update(changed, ["text", "left_out"])
    index(connection, [(row.pk, row.text) for row in new + changed])


def index(to: BaseDatabaseWrapper, texts: Sequence[tuple[int, str]]) -> None:
    """Enter the pairs of these texts, by the key of their row."""
    if to.vendor == "sqlite":
        _run(_SQLITE_ADD, [(pk, grams(text)) for pk, text in texts], to)
    else:
        _run(POSTGRES_SET, [(grams(text).split(), pk) for pk, text in texts], to)


def unindex(of: BaseDatabaseWrapper, gone: Sequence[tuple[int, str]]) -> None:
    """Take texts out of SQLite's index, by the key of their row and the pairs they had."""
    _run(_SQLITE_FORGET, gone, of)


_SQLITE_ADD = "INSERT INTO dossiers_searchgrams (rowid, grams) VALUES (%s, %s)"
_SQLITE_FORGET = (
    "INSERT INTO dossiers_searchgrams (dossiers_searchgrams, rowid, grams) VALUES ('delete', %s, %s)"
)
POSTGRES_SET = "UPDATE dossiers_searchtext SET grams = array_to_tsvector(%s::text[]) WHERE id = %s"


def grams(text: str) -> str:
    """The characters of each line and its pairs of neighbours, each once, with blanks between."""
    found: set[str] = set()
    for line in text.split("\n"):
        found.update(line, (a + b for a, b in pairwise(line)))
    return " ".join(sorted(found))


def _run(sql: str, parameters: Sequence[Sequence[Any]], to: BaseDatabaseWrapper = connection) -> None:
    if parameters:
        with to.cursor() as cursor:
            cursor.executemany(sql, parameters)


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    source = iter(rows)
    while some := list(islice(source, _AT_ONCE)):
        yield some
