"""Archives of the document interfaces, opened without trusting them.

Layout and names: interface specification, "ZIP layout". Time stamps of members are those of the
download, so members are hashed, never the archive.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
import zlib
from itertools import zip_longest
from pathlib import PurePosixPath

from apiclient.documents.model import Bundle, MediaType, Member

MAX_MEMBERS = 2_000
MAX_ENTRIES = 20_000  # with more than these in its directory an archive is not even opened
MAX_MEMBER_BYTES = 50 * 1024 * 1024
MAX_TOTAL_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200  # text of the office shrinks about fivefold; a bomb a thousandfold
RATIO_FREE_BYTES = 1024 * 1024  # below this size a high ratio is harmless
MAX_TEXT_BYTES = 16 * 1024 * 1024  # a larger text stays bytes; the readers take five million characters
MAX_TOTAL_TEXT_BYTES = 32 * 1024 * 1024
MAX_TOTAL_RATIO = 20
TOTAL_RATIO_FREE_BYTES = 16 * 1024 * 1024
_CHUNK = 64 * 1024
_DIRECTORY_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER_BYTES = 30
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack with

_FOLDER = re.compile(r"(?P<code>[A-Z][A-Z0-9]{1,9})_(?P<number>[0-9]{11})")
_FILE = re.compile(
    r"(?P<number>[0-9]{11})(?:P[0-9]*\.HTML?|-[a-z]+(?:-[A-Z0-9]+)?\.[A-Za-z]+|[0-9]{4}\.(?:TIFF?|JPE?G|PNG|GIF))",
    re.IGNORECASE,
)
_MEDIA: dict[str, MediaType] = {
    ".xml": "xml",
    ".htm": "htm",
    ".html": "htm",
    ".tif": "image",
    ".tiff": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".png": "image",
    ".gif": "image",
    ".bmp": "image",
}
_IMAGE_STARTS = (b"II*\x00", b"MM\x00*", b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM")
_ARCHIVE_START = b"PK\x03\x04"
_NAME_IS_UTF8 = 0x800
_NO_CHARACTER = "\ufffd"
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


class _Unfit(Exception):
    """A member that is not taken in; the message says why."""


def read_bundle(body: bytes) -> Bundle:
    """The members of an archive in its order. Never raises.

    What is wrong with the archive, or keeps a member from being taken in, is told in `problems`;
    the other members are still read. Archives inside the archive stay closed.
    """
    entries = body.count(_DIRECTORY_ENTRY)
    if entries > MAX_ENTRIES:
        return Bundle((), (f"the archive lists about {entries} files and was not opened",))
    try:
        archive = _opened(body)
    except _BROKEN as error:
        return Bundle((), (f"the archive cannot be opened: {error}",))
    with archive:
        room = min(MAX_TOTAL_BYTES, max(TOTAL_RATIO_FREE_BYTES, MAX_TOTAL_RATIO * len(body)))
        return _read_members(archive, room)


def _opened(body: bytes) -> zipfile.ZipFile:
    """Names are cp932 unless marked as UTF-8; those of other encodings are read as something all the same."""
    try:
        return zipfile.ZipFile(io.BytesIO(body), metadata_encoding="cp932")
    except UnicodeDecodeError:
        return zipfile.ZipFile(io.BytesIO(body), metadata_encoding="cp437")  # any byte is a character of it


def _read_members(archive: zipfile.ZipFile, room: int) -> Bundle:
    """The members, unpacked to at most `room` bytes together."""
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    overlapping = _overlapping(archive.infolist(), archive.start_dir)
    members: list[Member] = []
    problems: list[str] = []
    seen: set[str] = set()
    text_room = MAX_TOTAL_TEXT_BYTES
    for info in infos[:MAX_MEMBERS]:
        name = _name(info)
        try:
            _check(info, name, seen)
            if info.header_offset in overlapping:
                raise _Unfit("the file overlaps another one, as in a bomb")
            data = _read(archive, info, room)
        except _Unfit as unfit:
            problems.append(f"{_shown(name)}: {unfit}")
            continue
        room -= len(data)
        seen.add(name.casefold())
        members.append(_member(name, data, text_room))
        text_room -= len(data) if members[-1].text is not None else 0
    if len(infos) > MAX_MEMBERS:
        problems.append(f"the archive holds {len(infos)} files; only the first {MAX_MEMBERS} were looked at")
    if not infos:
        problems.append("the archive holds no file")
    return Bundle(tuple(members), tuple(problems))


def _overlapping(infos: list[zipfile.ZipInfo], end: int) -> set[int]:
    """Where files begin whose bytes reach into the next file or are those of another file."""
    found = set()
    inorder = sorted(infos, key=lambda info: info.header_offset)
    for info, following in zip_longest(inorder, inorder[1:]):
        limit = following.header_offset if following else end
        if info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size > limit:
            found.add(info.header_offset)
    return found


def _name(info: zipfile.ZipInfo) -> str:
    """The name as meant: UTF-8 without its mark is told apart, for cp932 is hardly ever valid UTF-8."""
    name = info.orig_filename
    if name.isascii() or info.flag_bits & _NAME_IS_UTF8:
        return name
    for encoding in ("cp932", "cp437"):
        try:
            return name.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return name


def _check(info: zipfile.ZipInfo, name: str, seen: set[str]) -> None:
    if name.startswith(("/", "\\")) or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise _Unfit("an absolute path is not taken in")
    if ".." in PurePosixPath(name).parts:
        raise _Unfit("a path that leaves its folder is not taken in")
    if not name or not name.isprintable() or len(name) > 255:
        raise _Unfit("the name is empty, too long or holds control characters")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise _Unfit("a symbolic link is not taken in")
    if kind not in (0, stat.S_IFREG):
        raise _Unfit("what is no ordinary file is not taken in")
    if info.compress_type not in _METHODS:
        raise _Unfit("the file is packed by a method that the office does not use")
    if info.flag_bits & 0x1:
        raise _Unfit("the file is encrypted")
    if name.casefold() in seen:
        raise _Unfit("a second file of the same name is not taken in")
    if info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise _Unfit("the file is packed too tightly to be an ordinary document")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    """The member's bytes, counted while unpacking: the size the archive declares may be a lie."""
    limit = min(MAX_MEMBER_BYTES, room)
    if info.file_size > limit:
        raise _Unfit(f"{info.file_size} bytes are more than is taken in")
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > limit:
                    raise _Unfit(f"more than {limit} bytes")
                pieces.append(piece)
    except _BROKEN as error:
        raise _Unfit(f"the file is damaged: {error}") from error
    return b"".join(pieces)


def _member(name: str, data: bytes, text_room: int) -> Member:
    code, number = _identity(name)
    media: MediaType = _MEDIA.get(PurePosixPath(name).suffix.lower(), "other")
    problems: list[str] = []
    text = None
    if media in ("xml", "htm"):
        text, problems = _decode(data, min(text_room, MAX_TEXT_BYTES))
    if media == "image" and not data.startswith(_IMAGE_STARTS):
        media = "other"
        problems.append("the file is named as an image and is none")
    if data.startswith(_ARCHIVE_START):
        problems.append("an archive inside the archive was left closed")
    return Member(name, number, code, hashlib.sha256(data).hexdigest(), data, media, text, tuple(problems))


def _identity(name: str) -> tuple[str | None, str | None]:
    """Document code and number from "A53_52600000476/…" or "06126000321-jpntce.xml"."""
    path = PurePosixPath(name)
    for folder in path.parts[:-1]:
        match = _FOLDER.fullmatch(folder)
        if match:
            return match["code"], match["number"]
    match = _FILE.fullmatch(path.name)
    return None, match["number"] if match else None


def _decode(data: bytes, room: int) -> tuple[str | None, list[str]]:
    """Shift_JIS documents use characters of cp932 (①, Ⅲ), so that is what they are decoded as.

    A UTF-8 byte-order mark or declaration is honoured: documents downloaded elsewhere carry it. NUL, which
    no document holds and no database takes, is shown as U+FFFD like a byte that is no character.
    """
    if len(data) > room:
        return None, [f"the text has {len(data)} bytes, more than is read"]
    utf8 = data.startswith(b"\xef\xbb\xbf") or re.match(rb"\s*<\?xml[^>]{0,80}utf-8", data, re.IGNORECASE)
    encoding = "utf-8-sig" if utf8 else "cp932"
    text = data.decode(encoding, errors="replace").replace("\0", _NO_CHARACTER)
    wrong = text.count(_NO_CHARACTER)
    return text, [f"{wrong} bytes are no {encoding} characters and are shown as \ufffd"] if wrong else []


def _shown(name: str) -> str:
    return name[:120] if name.isprintable() else ascii(name[:120])[1:-1]
