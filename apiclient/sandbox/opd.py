"""The desk of the One Portal Dossier: families, dossiers and their papers for the invented patents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from apiclient.jpo.catalogue import Endpoint
from apiclient.sandbox import opd_wire, papers, pdf
from apiclient.sandbox.dossier import Dossier, Entry
from apiclient.sandbox.families import Member, member_in_japan, members_abroad, place_of
from apiclient.sandbox.relations import Relations
from apiclient.sandbox.reply import Reply, failure
from apiclient.sandbox.specification import PARTS, part_as_xml
from apiclient.sandbox.world import Case, Sight

_FAMILIES = {"family": opd_wire.family, "family_list": opd_wire.family_list}
_DOSSIERS = {
    "global_doc_list": opd_wire.document_list,
    "global_cite_class": opd_wire.citations_and_classes,
}


class OpdDesk:
    """Answers by DOCDB number; `sight` tells what is seen of a case now."""

    def __init__(self, seed: int, relations: Relations, sight: Callable[[Case], Sight]) -> None:
        self._seed, self._relations, self._sight = seed, relations, sight

    def answer(self, endpoint: Endpoint, arguments: tuple[str, ...], left: int, now: datetime) -> Reply:
        """The answer to well-formed arguments; 107 for an unknown number, 108 for an unknown document."""
        if endpoint.name in _FAMILIES:
            members = self.family(*arguments)
            return _xml(_FAMILIES[endpoint.name](members) if members else "", left)
        dossier = self.dossier(arguments[0])
        if endpoint.name in _DOSSIERS:
            return _xml(_DOSSIERS[endpoint.name](dossier) if dossier else "", left)
        if dossier is None:
            return failure("107", left=left)
        identity = arguments[1]
        entry = dossier.entry(identity)
        reply = None
        if entry and endpoint.answer == "pdf":
            reply = _page(dossier, entry, identity)
        elif entry:
            reply = _papers(dossier, entry, identity, now)
        return reply or failure("108", left=left)

    def family(self, kind: str, docdb: str) -> tuple[Member, ...]:
        """The members seen of the family to which a number ("application" or "publication") belongs."""
        named = self._named(kind, docdb)
        if named is None:
            return ()
        head = self._relations.head(named)
        cases = self._relations.divisional_family(head) or (head,)
        sights = [self._sight(case) for case in cases]
        today = sights[0].today
        everybody = [member_in_japan(one) for one in sights if one.case.received_on < today]
        everybody += members_abroad(self._seed, head)
        seen = [one for one in (member.seen(today) for member in everybody) if one]
        return tuple(seen) if any(member.bears(kind, docdb) for member in seen) else ()

    def dossier(self, docdb: str) -> Dossier | None:
        for member in self.family("application", docdb):
            if member.bears("application", docdb):
                case = self._named("application", docdb)
                if case:
                    return Dossier(self._relations.head(case), member, self._sight(case).today)
        return None

    def _named(self, kind: str, docdb: str) -> Case | None:
        """The case in Japan to which a number leads, its own or that of a counterpart abroad."""
        office, number, _ = docdb.upper().split(".")
        find = self._relations.named
        if office != "JP":
            place = place_of(docdb)
            return None if place is None else self._relations.at_place(place)
        if kind == "application":
            return find("patent", "application", number)
        if number.startswith("WO"):
            return find("patent", "international_publication", number)
        return find("patent", "registration" if len(number) == 7 else "publication", number)


def _xml(data: str, left: int) -> Reply:
    return Reply(200, opd_wire.envelope("100" if data else "107", left, data), "application/xml")


def _page(dossier: Dossier, entry: Entry, identity: str) -> Reply:
    """One page in English: a font for Japanese would be larger than all the rest."""
    original = identity == entry.original_id
    name = entry.original if original and entry.original.isascii() else entry.translated
    lines = [
        name,
        "Original" if original else "Machine translation",
        f"Document: {identity}",
        f"Application: {dossier.member.application.number}",
        f"Date: {entry.on.isoformat()}",
        f"Title: {dossier.english_title}",
        "",
        "An invented document of the sandbox office. Nothing in it is real.",
    ]
    return Reply(200, pdf.page(lines), "application/pdf", f"{identity}.pdf")


def _papers(dossier: Dossier, entry: Entry, identity: str, now: datetime) -> Reply | None:
    """The archive of a Japanese document; None for a translation and for what is no text."""
    act, sight = entry.act, dossier.member.sight
    if act is None or sight is None or identity != entry.original_id:
        return None
    if act.code in papers.DISPATCHED + papers.FILED:
        members = papers.members(sight.case, act, sight)
    elif act.separator in PARTS and (text := part_as_xml(sight.case, act.separator)):
        folder = f"{act.code}_{act.number}/"
        members = [(folder, b""), (f"{folder}JPOXMLDOC01-appb.xml", papers.encoded(text))]
    else:
        return None
    return Reply(200, papers.zipped(members, now), "application/zip", f"{entry.original_id}.zip")
