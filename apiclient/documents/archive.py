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
from pathlib import PurePosixPath

from apiclient.documents.model import Bundle, MediaType, Member

MAX_MEMBERS = 2_000
MAX_MEMBER_BYTES = 50 * 1024 * 1024
MAX_TOTAL_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200  # text of the office shrinks about fivefold; a bomb a thousandfold
RATIO_FREE_BYTES = 1024 * 1024  # below this size a high ratio is harmless
_CHUNK = 64 * 1024

_FOLDER = re.compile(r"(?P<code>[A-Z][A-Z0-9]{1,9})_(?P<number>[0-9]{11})")
_FILE = re.compile(
    r"(?P<number>[0-9]{11})(?:P[0-9]*\.HTML?|-[a-z]+(?:-[A-Z0-9]+)?\.[A-Za-z]+)", re.IGNORECASE
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
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)


class _Unfit(Exception):
    """A member that is not taken in; the message says why."""


def read_bundle(body: bytes) -> Bundle:
    """The members of an archive in its order. Never raises.

    What is wrong with the archive, or keeps a member from being taken in, is told in `problems`;
    the other members are still read. Archives inside the archive stay closed.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body), metadata_encoding="cp932")
    except _BROKEN as error:
        return Bundle((), (f"the archive cannot be opened: {error}",))
    with archive:
        return _read_members(archive)


def _read_members(archive: zipfile.ZipFile) -> Bundle:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    members: list[Member] = []
    problems: list[str] = []
    seen: set[str] = set()
    room = MAX_TOTAL_BYTES
    for info in infos[:MAX_MEMBERS]:
        try:
            _check(info, seen)
            data = _read(archive, info, room)
        except _Unfit as unfit:
            problems.append(f"{_shown(info.filename)}: {unfit}")
            continue
        room -= len(data)
        seen.add(info.filename.casefold())
        members.append(_member(info.filename, data))
    if len(infos) > MAX_MEMBERS:
        problems.append(f"the archive holds {len(infos)} files; only the first {MAX_MEMBERS} were looked at")
    if not infos:
        problems.append("the archive holds no file")
    return Bundle(tuple(members), tuple(problems))


def _check(info: zipfile.ZipInfo, seen: set[str]) -> None:
    name = info.filename
    if name.startswith(("/", "\\")) or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise _Unfit("an absolute path is not taken in")
    if ".." in PurePosixPath(name).parts:
        raise _Unfit("a path that leaves its folder is not taken in")
    if not name.isprintable() or len(name) > 255:
        raise _Unfit("the name holds control characters or is too long")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _Unfit("a symbolic link is not taken in")
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


def _member(name: str, data: bytes) -> Member:
    code, number = _identity(name)
    media: MediaType = _MEDIA.get(PurePosixPath(name).suffix.lower(), "other")
    problems: list[str] = []
    text = None
    if media in ("xml", "htm"):
        text, problems = _decode(data)
    if zipfile.is_zipfile(io.BytesIO(data)):
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


def _decode(data: bytes) -> tuple[str, list[str]]:
    """Shift_JIS documents use characters of cp932 (①, Ⅲ), so that is what they are decoded as.

    A UTF-8 byte-order mark or declaration is honoured: documents downloaded elsewhere carry it.
    """
    utf8 = data.startswith(b"\xef\xbb\xbf") or re.match(rb"\s*<\?xml[^>]{0,80}utf-8", data, re.IGNORECASE)
    encoding = "utf-8-sig" if utf8 else "cp932"
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError:
        text = data.decode(encoding, errors="replace")
        return text, [f"{text.count(chr(0xFFFD))} bytes are no {encoding} characters and are shown as \ufffd"]


def _shown(name: str) -> str:
    return ascii(name)[1:-1] if not name.isprintable() else name[:120]
