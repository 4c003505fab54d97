"""Tags: words of the firm's own on cases, the same for everybody, found by search."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction

from dossiers.models import Case, Tag, User, record
from dossiers.refresh import search_index
from dossiers.refresh.search import fold

MOST_OF_A_CASE = 30
LONGEST = Tag._meta.get_field("name").max_length or 40


class TagRefused(Exception):
    """The tag cannot be used; `code` says why: "no_name" (no letter or digit), "too_long", "too_many"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def names_in(text: str) -> list[str]:
    """The tags that somebody typed, with commas or line ends between."""
    names = (" ".join(name.split()) for name in re.split(r"[,、，;；\n]", text))
    return [name for name in names if name]


def checked(names: Iterable[str]) -> list[str]:
    """These names, tidied; TagRefused if a case cannot have them as its tags."""
    tidy = [" ".join(name.split()) for name in names]
    if len(tidy) > MOST_OF_A_CASE:
        raise TagRefused("too_many")
    for name in tidy:
        if not fold(name):
            raise TagRefused("no_name")
        if len(name) > LONGEST or len(fold(name)) > 2 * LONGEST:
            raise TagRefused("too_long")
    return tidy


def tag_named(name: str, *, by: User) -> Tag:
    """The tag of this name, however its kana and width are written; made if there is none."""
    (tidy,) = checked([name])
    return Tag.objects.get_or_create(folded=fold(tidy), defaults={"name": tidy, "created_by": by})[0]


@transaction.atomic
def set_tags(case: Case, names: Iterable[str], *, by: User) -> bool:
    """Give the case these tags and no others; whether anything changed."""
    wanted = {tag.pk: tag for tag in (tag_named(name, by=by) for name in checked(names))}
    case = Case.objects.select_for_update().get(pk=case.pk)  # what is searched is written from the row of now
    held = {tag.pk: tag for tag in case.tags.all()}
    if held.keys() == wanted.keys():
        return False
    case.tags.set(wanted.values())
    search_index.write_cases([case])
    record(
        "case.tags",
        by=by,
        case=case,
        old=sorted(tag.name for tag in held.values()),
        new=sorted(tag.name for tag in wanted.values()),
    )
    return True
