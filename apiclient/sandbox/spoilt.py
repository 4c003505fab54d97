"""Answers that nobody should trust: what a fault makes of the office's answer.

Archives keep the members of the true answer and have one more that is hostile; other answers are replaced by
what such a fault would look like in their place.
"""

from __future__ import annotations

import io
import json
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from apiclient.sandbox.reply import Reply

_PAGE = (
    b"<!DOCTYPE HTML><HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD>"
    b"<BODY><H1>503 ERROR</H1><P>The request could not be satisfied.</P></BODY></HTML>"
)
_DOCTYPE = (
    '[<!ENTITY e0 "ha"><!ENTITY x SYSTEM "file:///etc/passwd">'
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    + "]"
).encode()
_ENTITIES = b'<?xml version="1.0" encoding="Shift_JIS"?>\n<!DOCTYPE a ' + _DOCTYPE + b">\n<a>&e9;&x;</a>\n"
_SCRIPT = (
    '<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'
    '<script src="http://192.0.2.1/x.js"></script></HEAD><BODY onload="alert(1)"><PRE>拒絶理由通知書'
    '<script>alert("x")</script><img src=x onerror="alert(2)"><a href="javascript:alert(3)">理由</a></PRE>'
    "</BODY></HTML>"
).encode("cp932")
DEPTH = 1_000_000
_BOMB_BYTES = 60_000_000
_NOTICE = "06126999999-jpntce.xml"
_LINK = (stat.S_IFLNK | 0o777) << 16


def spoilt(kind: str, reply: Reply) -> Reply:
    """`reply` as the fault `kind` leaves it: whole if it has nothing that the fault could strike."""
    return _WAYS[kind](reply)


def _is_archive(reply: Reply) -> bool:
    return reply.content_type == "application/zip"


def _is_file(reply: Reply) -> bool:
    return _is_archive(reply) or reply.content_type == "application/pdf"


def _body(reply: Reply, body: bytes, content_type: str = "") -> Reply:
    return replace(reply, body=body, content_type=content_type or reply.content_type)


# Whole answers


def _garbage(reply: Reply) -> Reply:
    return Reply(200, bytes(range(256)) * 2)


def _wrong_encoding(reply: Reply) -> Reply:
    """The same text in the encoding nobody declared; a file loses its first bytes instead."""
    if _is_file(reply):
        return _body(reply, reply.body[4:])
    return _body(reply, reply.body.decode().encode("cp932"))


# Text


def _xml_entities(reply: Reply) -> Reply:
    if _is_archive(reply):
        return _with_member(reply, ZipInfo(_NOTICE), _ENTITIES)
    if reply.content_type != "application/xml":
        return Reply(200, _ENTITIES, "application/xml")
    start, end = reply.body.split(b"<api-data", 1)
    end = end.replace(b"<errorMessage>", b"<errorMessage>&e9;&x;", 1)
    return _body(reply, start + b"<!DOCTYPE api-data " + _DOCTYPE + b">\n<api-data" + end)


@lru_cache(maxsize=1)
def _deep() -> bytes:
    return b"<a>" * DEPTH + b"</a>" * DEPTH


def _xml_deep(reply: Reply) -> Reply:
    if _is_archive(reply):
        return _with_member(reply, ZipInfo(_NOTICE), _deep(), ZIP_STORED)
    if reply.content_type == "application/json":
        return Reply(200, b'{"result":' + b"[" * DEPTH + b"]" * DEPTH + b"}")
    if reply.content_type == "application/xml":
        return _body(reply, reply.body.replace(b"</api-data>", _deep() + b"</api-data>"))
    return Reply(200, _deep(), "application/xml")


def _htm_script(reply: Reply) -> Reply:
    if _is_archive(reply):
        return _with_member(reply, ZipInfo("06326999999P.HTM"), _SCRIPT)
    return Reply(200, _SCRIPT, "text/html")


def _json_types(reply: Reply) -> Reply:
    """Every text but the status code becomes something else; what is no JSON becomes an odd envelope."""
    if reply.content_type != "application/json":
        odd: dict[str, Any] = {
            "result": {"statusCode": 100, "errorMessage": None, "remainAccessCount": [], "data": "none"}
        }
        return Reply(200, json.dumps(odd).encode())
    return _body(reply, json.dumps(_of_other_types(json.loads(reply.body))).encode())


def _of_other_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: one if key == "statusCode" else _of_other_types(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_of_other_types(one) for one in value]
    return ({"": None}, [7], True, None, 3.5)[len(str(value)) % 5]


# Counters


def _counter(change: Callable[[str], str | None]) -> Callable[[Reply], Reply]:
    """A fault that changes the counter; `change` gives the new one, None to leave it out."""

    def spoil(reply: Reply) -> Reply:
        if reply.content_type == "application/json":
            return _json_counter(reply, change)
        if reply.content_type == "application/xml":
            return _xml_counter(reply, change)
        return reply

    return spoil


def _json_counter(reply: Reply, change: Callable[[str], str | None]) -> Reply:
    document = json.loads(reply.body)
    result = document.get("result", {})
    counter = change(result.pop("remainAccessCount", ""))
    if counter is not None:
        result["remainAccessCount"] = counter
    return _body(reply, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def _xml_counter(reply: Reply, change: Callable[[str], str | None]) -> Reply:
    def written(match: re.Match[bytes]) -> bytes:
        counter = change(match[1].decode())
        return b"" if counter is None else b"<remainAccessCount>%s</remainAccessCount>" % counter.encode()

    pattern = rb"<remainAccessCount>(.*?)</remainAccessCount>"
    return _body(reply, re.sub(pattern, written, reply.body))


def _lower(counter: str) -> str:
    return str(int(counter) // 2) if counter.isdigit() else counter


# Archives


def _with_member(reply: Reply, entry: ZipInfo, content: bytes, method: int = ZIP_DEFLATED) -> Reply:
    """The archive with one more member; where none was, an archive of that member alone."""
    body = io.BytesIO(reply.body if _is_archive(reply) else b"")
    with ZipFile(body, "a") as archive:
        archive.writestr(entry, content, method)
    return _body(reply, body.getvalue(), "application/zip")


def _hostile(name: str, content: bytes = b"<a/>", attributes: int = 0) -> Callable[[Reply], Reply]:
    def spoil(reply: Reply) -> Reply:
        entry = ZipInfo(name)
        if attributes:
            entry.create_system, entry.external_attr = 3, attributes
        return _with_member(reply, entry, content)

    return spoil


@lru_cache(maxsize=1)
def _zeros() -> bytes:
    return bytes(_BOMB_BYTES)


def _zip_bomb(reply: Reply) -> Reply:
    return _with_member(reply, ZipInfo(_NOTICE), _zeros())


def _zip_duplicates(reply: Reply) -> Reply:
    """Two members of one name; the second is written under another, which is then overwritten."""
    first = _with_member(reply, ZipInfo(_NOTICE), b"<first/>")
    other = _NOTICE.replace("-jpntce", "-jpntcf")
    both = _with_member(first, ZipInfo(other), b"<second/>")
    return _body(both, both.body.replace(other.encode(), _NOTICE.encode()))


def _zip_wrong_sizes(reply: Reply) -> Reply:
    """The list at the end tells a tenth of the size of the last member."""
    content = b"<a>" + b"size " * 200 + b"</a>"
    body = bytearray(_with_member(reply, ZipInfo(_NOTICE), content).body)
    size = body.rindex(b"PK\x01\x02") + 24
    body[size : size + 4] = (len(content) // 10).to_bytes(4, "little")
    return _body(reply, bytes(body), "application/zip")


def _zip_encrypted(reply: Reply) -> Reply:
    """The last member is marked as encrypted, in its own head and in the list at the end."""
    body = bytearray(_with_member(reply, ZipInfo(_NOTICE), b"<a/>").body)
    body[body.rindex(b"PK\x03\x04") + 6] |= 1
    body[body.rindex(b"PK\x01\x02") + 8] |= 1
    return _body(reply, bytes(body), "application/zip")


def _zip_cut(reply: Reply) -> Reply:
    """Half an archive, sent as if it were whole."""
    whole = reply if _is_archive(reply) else _with_member(reply, ZipInfo(_NOTICE), b"<a/>")
    return _body(whole, whole.body[: len(whole.body) // 2])


_WAYS: dict[str, Callable[[Reply], Reply]] = {
    "garbage": _garbage,
    "wrong_encoding": _wrong_encoding,
    "html": lambda _reply: Reply(503, _PAGE, "text/html"),
    "html_200": lambda _reply: Reply(200, _PAGE, "text/html"),
    "xml_entities": _xml_entities,
    "xml_deep": _xml_deep,
    "htm_script": _htm_script,
    "json_types": _json_types,
    "no_counter": _counter(lambda _counter: None),
    "low_counter": _counter(_lower),
    "zip_dotdot": _hostile("../../06126999999-jpntce.xml"),
    "zip_absolute": _hostile("/etc/06126999999-jpntce.xml"),
    "zip_symlink": _hostile(_NOTICE, b"/etc/passwd", _LINK),
    "zip_bomb": _zip_bomb,
    "zip_duplicates": _zip_duplicates,
    "zip_wrong_sizes": _zip_wrong_sizes,
    "zip_encrypted": _zip_encrypted,
    "zip_cut": _zip_cut,
}
