"""What lines say beside a number, brought to their cases: tags, watchlists, and changes of known cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dossiers import walls
from dossiers.models import Batch, BatchLine, Case, Tag, User, WatchlistEntry
from dossiers.refresh.search import fold

from . import tags
from .cases import edit_case
from .watchlists import visible_to

State = BatchLine.State
# What a line may change on a case that was there already; tags and lists are only ever added to.
CHANGED = ("own_reference", "client", "owner", "deputy", "note")


def changes(line: BatchLine) -> dict[str, tuple[Any, Any]]:
    """What of its known case a line would change: (old, new) by field; people by their keys, tags as names.

    A cell that is empty says nothing; a note is put beneath the one that is there.
    """
    case = line.case
    if case is None:
        return {}
    said = {**line.values, "own_reference": line.own_reference}
    found: dict[str, tuple[Any, Any]] = {}
    for name in CHANGED:
        new = said.get(name)
        old = getattr(case, f"{name}_id" if name in ("owner", "deputy") else name)
        if name == "note" and new:
            new = old if str(new) in str(old) else f"{old}\n{new}".strip()  # nobody's words are written over
        if new and new != old:
            found[name] = (old, new)
    held = {tag.folded for tag in case.tags.all()}
    if more := [name for name in said.get("tags", ()) if fold(name) not in held]:
        found["tags"] = (sorted(tag.name for tag in case.tags.all()), more)
    return found


def active_people(lines: Iterable[BatchLine]) -> dict[Any, int]:
    """The people that lines name and who are still there, by their keys."""
    named = {line.values.get(name) for line in lines for name in ("owner", "deputy")} - {None}
    return {
        key: key for key in User.objects.filter(pk__in=named, is_active=True).values_list("pk", flat=True)
    }


def tag_new(lines: Sequence[BatchLine], *, by: User) -> None:
    """Give the cases just made the tags of their lines."""
    names = {name for line in lines for name in line.values.get("tags", ())}
    by_name = {name: tags.tag_named(name, by=by) for name in sorted(names)}
    through = Tag.cases.through
    pairs = {
        (line.case_id, by_name[name].pk)
        for line in lines
        if line.case_id
        for name in line.values.get("tags", ())
    }
    rows = [through(case_id=case, tag_id=tag) for case, tag in sorted(pairs)]
    through.objects.bulk_create(rows, ignore_conflicts=True)


def put_on_lists(batch: Batch, lines: Sequence[BatchLine], *, by: User) -> None:
    """Put each line's case on the batch's list and the line's own; of known cases keep what was new."""
    own = {line.values.get("list") for line in lines} - {None}
    lists = {str(one.pk): one for one in visible_to(by).filter(pk__in=own)}
    wanted: dict[tuple[Any, int], BatchLine] = {}
    for line in lines:
        for one in (batch.watchlist, lists.get(line.values.get("list"))):
            if one is not None and line.case_id:
                wanted.setdefault((one.pk, line.case_id), line)
    have = set(
        WatchlistEntry.objects.filter(
            watchlist__in={key for key, _case in wanted}, case__in={case for _key, case in wanted}
        ).values_list("watchlist", "case")
    )
    new = [pair for pair in wanted if pair not in have]
    WatchlistEntry.objects.bulk_create(
        [WatchlistEntry(watchlist_id=key, case_id=case, added_by=by) for key, case in new],
        ignore_conflicts=True,
        batch_size=500,
    )
    for key, case in new:
        line = wanted[key, case]
        if not line.made:
            line.old = {**line.old, "lists": [*line.old.get("lists", ()), str(key)]}


def bring_known(lines: Sequence[BatchLine], *, update: bool, by: User) -> None:
    """Mark the lines of known cases as done; with `update` their cases first take what the lines say."""
    cases = Case.objects.prefetch_related("tags").in_bulk({line.case_id for line in lines if line.case_id})
    for line in lines:
        line.case = cases.get(line.case_id)
        line.state, line.old = State.KNOWN, {**line.old, "done": True}
        if update and line.case:
            _update(line, by)
    BatchLine.objects.bulk_update(lines, ["state", "old", "remarks"], batch_size=100)


def _update(line: BatchLine, by: User) -> None:
    found = changes(line)
    people = active_people([line])
    fields: dict[str, Any] = {}
    for name, (_old, new) in found.items():
        if name in ("owner", "deputy"):
            person = User.objects.get(pk=new) if new in people else None
            if person and walls.outsiders(line.case, {name: person}):
                line.remarks = [*line.remarks, [f"{name}_outside", str(person)[:80]]]
            elif person:
                fields[name] = person
        elif name != "tags":
            fields[name] = new
    if fields:
        edit_case(line.case, by=by, **fields)
        line.old["fields"] = {name: found[name][0] for name in fields}
    if "tags" in found:
        held, more = found["tags"]
        try:
            tags.set_tags(line.case, [*held, *more], by=by)
            line.old["tags"] = more
        except tags.TagRefused as refused:
            line.remarks = [*line.remarks, [f"tags_{refused.code}", "、".join(more)[:80]]]
    if fields or "tags" in line.old:
        line.state = State.UPDATED


def compare(line: BatchLine) -> None:
    """Remark where the office's title or applicant is another than the line's: perhaps a wrong number."""
    kept = [one for one in line.remarks if one[0] not in ("title_differs", "applicant_differs")]
    for name, office in (("title", line.title), ("applicant", line.applicants)):
        given = str(line.values.get(name, ""))
        if given and office and not _alike(given, office):
            kept.append([f"{name}_differs", given[:80]])
    line.remarks = kept


def _alike(given: str, office: str) -> bool:
    ours, theirs = fold(given), fold(office)
    return not ours or ours in theirs or theirs in ours


def shown_change(name: str, old: Any, new: Any, people: dict[int, str]) -> tuple[str, str]:
    """A change in words: people by name."""
    if name in ("owner", "deputy"):
        return people.get(old, ""), people.get(new, "")
    if name == "tags":
        return "、".join(old), "、".join([*old, *new])
    return str(old), str(new)
