"""What is asked of the elements of the office's XML: names, text, lines, underlines.

Both generations differ only by "-rn" at the end of some element names, so local names are compared
without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from apiclient.documents.layout import split_rules, tidy
from apiclient.xml import local_name

_GENERATIONS = ("", "-rn")
_OFFICE = "{http://www.jpo.go.jp}"
_LINES = {"p", "claim-text", "invention-title"}
# Control characters cannot stand in XML, so they cannot be in the text between them.
UNDERLINE, UNDERLINE_END = "\x02", "\x03"


def local(element: etree._Element) -> str:
    """The element's name without namespace and without the mark of the newer generation."""
    return local_name(element).removesuffix("-rn")


def every(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """Elements of these names below `element`, in order; none inside another one, so that each text is
    taken once."""
    if element is None:
        return
    last = None
    for found in element.iter(*(f"{{*}}{name}{ending}" for name in names for ending in _GENERATIONS)):
        if found is not element and (last is None or last not in found.iterancestors()):
            last = found
            yield found


def first(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(every(element, name), None)


def texts(element: etree._Element | None, *names: str) -> tuple[str, ...]:
    """What the elements of these names say, those that say nothing left out."""
    return tuple(text for found in every(element, *names) if (text := flat(found)))


def flat(element: etree._Element | None) -> str:
    """Text without line ends, trimmed of the spaces that pad numbers."""
    if element is None:
        return ""
    return "".join(_strings(element)).replace("\r", "").replace("\n", "").strip()


def _strings(element: etree._Element) -> Iterator[str]:
    """Text inside an element; comments say nothing."""
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        if event == "start" and node.text:
            yield node.text
        elif event != "start" and node is not element and node.tail:
            yield node.tail


def attribute(element: etree._Element, name: str) -> str:
    """An attribute with or without the office's prefix; asked for by name, as going over all of them takes
    time that grows with the square of their number."""
    own = element.tag.rpartition("}")[0]
    for space in ("", _OFFICE, f"{own}}}" if own else ""):
        value = element.get(f"{space}{name}")
        if value is not None:
            return value
    return ""


def flag(element: etree._Element | None) -> bool | None:
    if element is None:
        return None
    return {"true": True, "false": False}.get(attribute(element, "true-or-false"))


def lines_of(element: etree._Element | None, *, underlines: bool = False) -> list[str]:
    """Lines of an element: <br/> ends one, the source's own line ends do not.

    With `underlines` what is underlined stands between UNDERLINE and UNDERLINE_END.
    """
    if element is None:
        return []
    pieces: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        name = local(node)
        if event == "start":
            pieces += ["\n"] if name in _LINES else []
            pieces += [UNDERLINE] if underlines and name == "u" else []
            pieces.append(_unbroken(node.text))
            pieces += [_image(node)] if name == "img" else []
            pieces += ["\n"] if name == "br" else []
        else:
            pieces += [UNDERLINE_END] if underlines and name == "u" else []
            pieces += ["\n"] if event == "end" and _ends_line(node, name) else []
            pieces.append(_unbroken(node.tail) if node is not element else "")
    lines = [line.rstrip() for line in "".join(pieces).split("\n")]
    return trim(split_rules(lines))


def underlined(lines: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Text of lines with underlines: without its outer spaces, and the stretches that are underlined."""
    text: list[str] = []
    stretches: list[tuple[int, int]] = []
    length = depth = start = 0
    for piece in re.split(f"([{UNDERLINE}{UNDERLINE_END}])", tidy(lines)):
        if piece not in (UNDERLINE, UNDERLINE_END):
            text.append(piece)
            length += len(piece)
            continue
        start = length if piece == UNDERLINE and depth == 0 else start
        depth += 1 if piece == UNDERLINE else -1
        if depth == 0 and length > start:
            stretches.append((start, length))
    whole = "".join(text)
    return _stripped(whole, stretches)


def _stripped(whole: str, stretches: list[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    text = whole.strip()
    lead, end = len(whole) - len(whole.lstrip()), len(text)
    kept = ((max(first - lead, 0), min(last - lead, end)) for first, last in stretches)
    return text, tuple((first, last) for first, last in kept if first < last)


def _ends_line(node: etree._Element, name: str) -> bool:
    return name in _LINES or (not len(node) and name != "br" and not _inline(name))


def _inline(name: str) -> bool:
    return name in ("u", "b", "i", "sub", "sup", "img", "o", "smallcaps", "")


def _image(node: etree._Element) -> str:
    return f"[image {attribute(node, 'file')}]"


def _unbroken(text: str | None) -> str:
    return (text or "").replace("\r", "").replace("\n", "")


def trim(lines: list[str]) -> list[str]:
    """Without the blank lines at both ends."""
    printed = [place for place, line in enumerate(lines) if line]
    return lines[printed[0] : printed[-1] + 1] if printed else []
