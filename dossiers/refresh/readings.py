"""What an answer holds, read before the database is touched.

Taking documents apart may take many seconds where they are made to be slow. Nobody else could write
meanwhile, on SQLite, or to the case, on PostgreSQL, if a transaction were open.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from dataclasses import dataclass, field

from apiclient.documents import Bundle, Member, Notice, read_bundle, read_notice
from apiclient.outcomes import Answer, Outcome

from .pictures import PictureRead, read_pictures

_ARCHIVE_START = b"PK"
_COUNTER = re.compile(rb"<(?:[\w.-]{1,20}:)?remainAccessCount>[0-9]{0,9}</")


@dataclass(frozen=True)
class PaperRead:
    """One document of an archive: as it came, what it says, and its bytes as they are kept."""

    member: Member
    notice: Notice
    packed: bytes = field(repr=False)


@dataclass(frozen=True)
class AnswerRead:
    """`fingerprint` and `packed` are of the whole answer; an archive's texts are `papers`.

    `problems` are what is wrong with the archive as such, `unplaced` what is to be said of its pictures.
    """

    fingerprint: str
    packed: bytes = field(repr=False)
    papers: tuple[PaperRead, ...] = ()
    problems: tuple[str, ...] = ()
    pictures: tuple[PictureRead, ...] = ()
    unplaced: tuple[str, ...] = ()


def read_answer(answer: Answer, law: str) -> AnswerRead:
    """Everything in `answer`, about a case of `law`, that is to be stored; opens no transaction."""
    body = answer.body
    is_archive = body.startswith(_ARCHIVE_START)
    bundle = read_bundle(body) if is_archive else Bundle(())
    packed = zlib.compress(body, 0 if is_archive else 6)  # packed already: more takes long and gains nothing
    if answer.outcome is Outcome.OK and answer.reply is None:
        papers = tuple(_paper(one, law) for one in bundle.members if one.media_type in ("xml", "htm"))
        pictures, unplaced = read_pictures(bundle.members, [(one.member, one.notice) for one in papers])
        whole = fingerprint(body, bundle)
        return AnswerRead(whole, packed, papers, bundle.problems, pictures, unplaced)
    return AnswerRead(fingerprint(body, bundle), packed, problems=bundle.problems)


def _paper(member: Member, law: str) -> PaperRead:
    return PaperRead(member, read_notice(member, law), zlib.compress(member.data, 6))


_LONGEST_GROUNDS = 300


def grounds_of(notice: Notice) -> str:
    """The provisions a notice of reasons for refusal rests on, to be counted: "patent/29-2 patent/36-6-2"."""
    if notice.kind != "refusal":
        return ""
    kept = ""
    for one in sorted({f"{article.law}/{article.reference}" for article in notice.articles}):
        if len(kept) + len(one) < _LONGEST_GROUNDS:
            kept = f"{kept} {one}".strip()
    return kept


def fingerprint(body: bytes, bundle: Bundle) -> str:
    """SHA-256 of what the office says of the case in `body`, an archive if it has the members `bundle`.

    The call counter changes with each reply and a ZIP's time stamps with each making, so JSON is hashed by
    its data, an archive by its members and XML without its counter.
    """
    if body.startswith(_ARCHIVE_START):
        told = "\n".join(sorted(f"{member.name} {member.sha256}" for member in bundle.members))
        told += "\n".join(bundle.problems)
        return hashlib.sha256(told.encode()).hexdigest()
    try:
        told = json.dumps(json.loads(body)["result"]["data"], ensure_ascii=False, sort_keys=True)
    except (ValueError, KeyError, TypeError, RecursionError):
        return hashlib.sha256(_COUNTER.sub(b"", body)).hexdigest()
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
