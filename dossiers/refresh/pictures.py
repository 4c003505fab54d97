"""Pictures of an archive: which document each belongs to, how large it is, and where it is kept.

Read before a transaction opens, as texts are. Nothing is unpacked here: pages do that when somebody looks.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from apiclient.documents import Member, Notice
from apiclient.documents.pictures import Look, look
from dossiers.models import Case, Event, Picture

MOST_PICTURES = 500  # of one archive, which is kept whole in any case
MOST_BYTES = 60 * 1024 * 1024


@dataclass(frozen=True)
class PictureRead:
    """A picture as it came, and the number of the document it belongs to; "" where nothing says."""

    member: Member
    document_number: str
    look: Look
    packed: bytes = field(repr=False)


def read_pictures(
    members: Iterable[Member], texts: Sequence[tuple[Member, Notice]]
) -> tuple[tuple[PictureRead, ...], tuple[str, ...]]:
    """The pictures among `members`, and which have no place; `texts` are the archive's documents."""
    found: list[PictureRead] = []
    left_out = size = 0
    for member in members:
        if member.media_type != "image":
            continue
        size += len(member.data)
        if len(found) == MOST_PICTURES or size > MOST_BYTES:
            left_out += 1
            continue
        number = member.document_number or _named_in(member, texts)
        found.append(PictureRead(member, number, look(member.data), zlib.compress(member.data, 1)))
    problems = [
        f"{one.member.name}: no document names this picture" for one in found if not one.document_number
    ]
    if left_out:
        problems.append(f"{left_out} pictures are kept in the archive alone")
    return tuple(found), tuple(problems)


def _named_in(member: Member, texts: Sequence[tuple[Member, Notice]]) -> str:
    """The document whose text names the picture's file, else the only one there is."""
    name = PurePosixPath(member.name).name
    naming = [text for text, notice in texts if name and name in notice.raw_text]
    chosen = naming or (texts[0][0] for _ in range(len(texts) == 1))
    return next((one.document_number for one in chosen if one.document_number), "")


def keep(case: Case, read: Sequence[PictureRead], events: Iterable[Event], *, now: datetime) -> None:
    """Store what has not come before, tied to its act where the list names that already."""
    if not read:
        return
    by_number = {event.document_number: event for event in events if event.document_number}
    known = set(case.pictures.values_list("name", "sha256"))
    fresh = {(one.member.name[:200], one.member.sha256): one for one in read}
    Picture.objects.bulk_create(
        [
            _row(case, one, by_number.get(one.document_number), now)
            for name, one in fresh.items()
            if name not in known
        ],
        batch_size=20,  # each is as large as a picture
    )


def _row(case: Case, one: PictureRead, event: Event | None, now: datetime) -> Picture:
    return Picture(
        case=case,
        event=event,
        document_number=one.document_number,
        name=one.member.name[:200],
        sha256=one.member.sha256,
        body=one.packed,
        size=len(one.member.data),
        width=one.look.width,
        height=one.look.height,
        frames=one.look.frames,
        problem=one.look.problem,
        received_at=now,
    )


def join(case: Case, events: Iterable[Event]) -> None:
    """Tie pictures that came before the list named their act to it."""
    for event in {event for event in events if event.document_number}:
        case.pictures.filter(event=None, document_number=event.document_number).update(event=event)
