"""XML from outside as a tree and nothing else: no document type, no entities, no network, bounded in size."""

from __future__ import annotations

import codecs
import re

from lxml import etree

MAX_CHARACTERS = 5_000_000
MAX_ELEMENTS = 200_000
MAX_ATTRIBUTES = 100  # of one element; the time to list them grows with their square

_DECLARATION = re.compile(r"^\ufeff?\s*<\?xml[^>]*\?>")
_ELEMENT = re.compile(r"<[^!?]")
_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_UTF8 = {"utf-8", "utf8", "us-ascii", "ascii"}
# What the office calls Shift_JIS has characters of cp932 (①, Ⅲ).
_CODECS = dict.fromkeys(
    ["shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "cp932", "ms932"], "cp932"
)
_CODECS |= {"euc-jp": "euc_jp", "iso-8859-1": "cp1252", "windows-1252": "cp1252"}


class Unreadable(Exception):
    """The document cannot be taken apart; the message says why."""


def starts_like_xml(data: bytes) -> bool:
    """Whether the first character, but for marks and blanks, is an angle bracket."""
    return data.lstrip(codecs.BOM_UTF8 + codecs.BOM_UTF16 + b"\0 \t\r\n").startswith(b"<")


def decoded(data: bytes) -> tuple[str, str]:
    """The text of an XML document, and a sentence on what is wrong with its encoding, "" if nothing.

    Marks of byte order come first. Then bytes that are UTF-8 are read so whatever they say they are, for
    text in another encoding is hardly ever good UTF-8 by chance. Then it is as declared. Nothing else is
    tried: Unreadable.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _decode(data, codec), ""
    found = _ENCODING.match(data)
    declared = found[1].decode().lower() if found else "utf-8"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(data, _CODECS.get(declared, "utf-8")), ""
    misled = declared not in _UTF8 and not text.isascii()
    return text, f"the XML calls itself {declared} but is UTF-8" if misled else ""


def _decode(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable(f"the XML is in no encoding that is read: {error.reason}") from error


def tree(text: str) -> etree._Element:
    """The root of a document; Unreadable when it is not well formed, too large or tries to be clever.

    A reference to a document type is passed over, for the office names types it does not send. Whatever
    declares one of its own is refused. XInclude stays an element like any other; comments are gone. Time and
    memory grow with the length alone; more than 256 levels are refused by the parser.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(f"the document has {len(text)} characters, more than is read")
    # Counted before parsing, for a tree takes forty times the memory of its text.
    if text.count("<") > 2 * MAX_ELEMENTS:
        raise Unreadable(f"the document has more than {MAX_ELEMENTS} elements")
    body = _without_document_type(_DECLARATION.sub("", text, count=1))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"the XML is not well formed: {error}") from error
    if any(len(element.attrib) > MAX_ATTRIBUTES for element in root.iter()):
        raise Unreadable(f"an element has more than {MAX_ATTRIBUTES} attributes")
    return root


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _without_document_type(text: str) -> str:
    start = text.find("<!DOCTYPE")
    if start >= 0:
        end = _end_of_document_type(text, start)
        text = text[:start] + text[end:]
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("the document declares entities, which are not read")
    return text


def _end_of_document_type(text: str, start: int) -> int:
    """Where a document type without declarations of its own, standing before the root, ends."""
    if _ELEMENT.search(text, 0, start):
        raise Unreadable("the document holds a document type where none may stand")
    end = text.find(">", start)
    subset = text.find("[", start, end)
    if subset >= 0:
        closing = text.find("]", subset)
        if text[subset + 1 : closing].strip():
            raise Unreadable("the document brings its own document type, which is not read")
        end = text.find(">", closing)
    if end < 0:
        raise Unreadable("the XML is not well formed: its document type does not end")
    return end + 1
