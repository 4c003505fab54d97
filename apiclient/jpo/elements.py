"""Reading the office's XML without trusting it: nothing crashes, nothing is dropped without a word.

The counterpart of `fields` for XML. Names are compared without namespaces, order means nothing, and an
element without text and attributes is as good as none. What nobody asked for is kept and reported.
"""

from __future__ import annotations

import re
from datetime import date

from lxml import etree

from apiclient.jpo.fields import Extra, Notes, day_of, quoted
from apiclient.xml import local_name

_SPACE = " \t\r\n"
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# How a document points to its schema says nothing about a case.
_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"


class Element:
    """One element being read. What is asked for is ticked off; `finish` reports the rest of its tree.

    `names` are the steps of a path down: ("families", "family") is every family in every families.
    """

    __slots__ = ("_asked", "_children", "_is_text", "_node", "_notes", "_path")

    def __init__(self, node: etree._Element, notes: Notes, path: str = "") -> None:
        self._node = node
        self._notes = notes
        self._path = path
        self._children: dict[str, tuple[Element, ...]] = {}
        self._asked: set[str] = set()
        self._is_text = False

    def has(self, name: str) -> bool:
        """Whether there is a filled element of that name right below."""
        return bool(self._named(name))

    def all(self, *names: str) -> tuple[Element, ...]:
        """Every filled element at the end of the path."""
        found: tuple[Element, ...] = (self,)
        for name in names:
            found = tuple(child for element in found for child in element._named(name))
        return found

    def one(self, *names: str) -> Element | None:
        """The first filled element at the end of the path; others there are kept and reported."""
        found = self.all(*names)
        for other in found[1:]:
            other.keep("given more than once, the other kept")
        return found[0] if found else None

    def text(self) -> str:
        """The text in this element, markup in it left out with a word, without the blanks around."""
        self._is_text = True
        if len(self._node):
            self.keep("holds markup where text was expected")
        return "".join(self._strings()).strip(_SPACE)

    def value(self, *names: str) -> str | None:
        """The text at the end of the path, None if there is none."""
        element = self.one(*names)
        return (element.text() or None) if element else None

    def day(self, *names: str) -> date | None:
        """The day at the end of the path, YYYY-MM-DD or YYYYMMDD; what is no day is kept and None."""
        element = self.one(*names)
        if element is None:
            return None
        text = element.text()
        found = day_of(_ISO_DAY.sub(r"\1\2\3", text) if _ISO_DAY.fullmatch(text) else text)
        if found is None and text:
            element.keep("not a date")
        return found

    def count(self, *names: str) -> int | None:
        """The whole number at the end of the path, written in digits; "" is none."""
        element = self.one(*names)
        text = element.text() if element else ""
        if element is None or not text:
            return None
        if len(text) <= 12 and text.isascii() and text.isdigit():
            return int(text)
        element.keep("not a number")
        return None

    def attribute(self, name: str) -> str | None:
        """The attribute of that name, None if it is missing or blank."""
        self._asked.add(name)
        for key, value in self._attributes():
            if key == name and value.strip(_SPACE):
                return value.strip(_SPACE)
        return None

    def problem(self, sentence: str) -> None:
        """Remember `sentence` about this element."""
        self._notes.problems.append(f"{self._path}: {sentence}" if self._path else sentence)

    def keep(self, sentence: str) -> None:
        """Report this element, which no field will hold, and keep it whole."""
        self._is_text = True  # it is kept whole, so that nothing in it is reported again
        self._asked.update(name for name, _ in self._attributes())
        self._keep_at(self._path, _source(self._node), sentence)

    def finish(self) -> None:
        """Keep and report whatever in this tree nobody asked for, if there is anything in it."""
        self._finish_attributes()
        if self._is_text:
            return
        self._finish_loose_text()
        unknown: dict[str, list[etree._Element]] = {}
        for node in self._node:
            if local_name(node) not in self._children and not _is_blank(node):
                unknown.setdefault(local_name(node), []).append(node)
        for name, nodes in unknown.items():
            self._keep_at(self._below(name), "".join(map(_source, nodes)), "unknown element, kept")
        for children in self._children.values():
            for child in children:
                child.finish()

    def _named(self, name: str) -> tuple[Element, ...]:
        if name not in self._children:
            nodes = [node for node in self._node if local_name(node) == name]
            self._children[name] = tuple(
                Element(node, self._notes, self._below(name, position if len(nodes) > 1 else 0))
                for position, node in enumerate(nodes, start=1)
                if not _is_blank(node)
            )
        return self._children[name]

    def _below(self, name: str, position: int = 0) -> str:
        step = f"{name}[{position}]" if position else name
        return f"{self._path}/{step}" if self._path else step

    def _strings(self) -> list[str]:
        return [str(text) for text in self._node.itertext()]

    def _attributes(self) -> list[tuple[str, str]]:
        return [
            (str(key).rpartition("}")[2], str(value))
            for key, value in self._node.attrib.items()
            if not str(key).startswith(_SCHEMA)
        ]

    def _finish_attributes(self) -> None:
        seen: set[str] = set()
        for name, value in self._attributes():
            # Two namespaces may give one element two attributes of one name; only the first was read.
            if (name not in self._asked or name in seen) and value.strip(_SPACE):
                self._keep_at(self._below(f"@{name}"), value, "unknown attribute, kept")
            if value.strip(_SPACE):
                seen.add(name)

    def _finish_loose_text(self) -> None:
        loose = [self._node.text or "", *(node.tail or "" for node in self._node)]
        text = " ".join(piece.strip(_SPACE) for piece in loose if piece.strip(_SPACE))
        if text:
            self._keep_at(self._below("text()"), text, "text where elements were expected, kept")

    def _keep_at(self, place: str, source: str, sentence: str) -> None:
        self._notes.problems.append(f"{place}: {sentence}: {quoted(source)}")
        self._notes.extras.append(Extra(place, source))


def _source(node: etree._Element) -> str:
    """The element as it stands in the document."""
    return etree.tostring(node, encoding="unicode", with_tail=False)


def _is_blank(node: etree._Element) -> bool:
    """Neither text nor attributes, here or below."""
    if any(str(text).strip(_SPACE) for text in node.itertext()):
        return False
    return not any(
        str(value).strip(_SPACE) and not str(key).startswith(_SCHEMA)
        for element in node.iter()
        for key, value in element.attrib.items()
    )
