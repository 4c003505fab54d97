"""The text of a specification: as pasted, or out of a file of the kinds that offices deliver."""

from __future__ import annotations

import io
import zipfile

from apiclient.documents import read_bundle, read_notice
from apiclient.ipaustralia import MOST_BYTES

LARGEST_FILE = 5 * 1024 * 1024  # bytes
# Of all files together, markup included; more is not even looked into: somebody waits at a page for it.
_MOST_TO_READ = 2 * MOST_BYTES
KINDS = (".txt", ".xml", ".htm", ".html", ".zip")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class TextRefused(Exception):
    """No text to classify. `code` says why; pages put it into words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked(text: str) -> str:
    """`text` without what no database takes; TextRefused: "no_text", "too_long"."""
    kept = text.replace("\0", "").strip()
    if not kept:
        raise TextRefused("no_text")
    if len(kept.encode("utf-8", "replace")) > MOST_BYTES:
        raise TextRefused("too_long")
    return kept


def text_of_file(name: str, body: bytes) -> str:
    """The text in a file called `name`; TextRefused with a code that says what to do instead."""
    if len(body) > LARGEST_FILE:
        raise TextRefused("file_too_large")
    if body.startswith(b"%PDF") or name.lower().endswith(".pdf"):
        raise TextRefused("pdf")
    kind = next((kind for kind in KINDS if name.lower().endswith(kind)), None)
    if kind is None:
        raise TextRefused("kind_of_file")
    if kind == ".txt":
        return checked(_decoded(body))
    return text_of_bundle(body if kind == ".zip" else _as_archive(kind, body), most=_MOST_TO_READ)


def text_of_bundle(body: bytes, *, most: int | None = None) -> str:
    """The texts of an office's archive, one after another; TextRefused when nothing in it can be read.

    With more than `most` bytes of papers it is refused before any is read.

    One part that cannot be read makes the whole unfit: half a specification would be classified as if it
    were all of it.
    """
    bundle = read_bundle(body)
    if bundle.problems:
        raise TextRefused("unreadable")
    papers = [member for member in bundle.members if member.media_type in ("xml", "htm")]  # no drawings
    if most is not None and sum(len(member.data) for member in papers) > most:
        raise TextRefused("too_long")
    notices = [read_notice(member, "patent") for member in papers]
    if not all(notice.readable for notice in notices):
        raise TextRefused("unreadable")
    if not notices:
        raise TextRefused("no_text")
    return checked("\n\n".join(notice.text for notice in notices))


def _decoded(body: bytes) -> str:
    encodings = [*(name for mark, name in _BYTE_ORDER_MARKS.items() if body.startswith(mark))]
    for encoding in (*encodings, "utf-8-sig", "cp932"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TextRefused("not_text")


def _as_archive(kind: str, body: bytes) -> bytes:
    """A file alone, as the office would have packed it: so it passes the same guards."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"specification{kind}", body)
    return packed.getvalue()
