"""Which application of the family a priority claim names.

The JPO gives the number as the office of that country writes it (17/123,456, 19123456.7), the dossier in the
DOCDB form (US.202117123456.A). Both are read by the one grammar of numbers. The dossier's list gives no
relations, so a claim that does not name exactly one application names none here: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from apiclient.numbers import recognise
from apiclient.numbers.docdb import from_docdb
from dossiers.models import FamilyMember

_APPLICATIONS = ("application", "pct_application")

Name = tuple[str, str]  # office, number without its year where the office's own style has none


def members_claimed(
    claims: Sequence[Mapping[str, str]], members: Iterable[FamilyMember]
) -> list[FamilyMember | None]:
    """For each claim ({"day", "country", "number"}) the member it names, None where none or several fit."""
    named: dict[Name, list[FamilyMember]] = {}
    for one in members:
        for name in _names_of_member(one):
            named.setdefault(name, []).append(one)
    return [_claimed(claim, named) for claim in claims]


def _claimed(claim: Mapping[str, str], named: Mapping[Name, list[FamilyMember]]) -> FamilyMember | None:
    day = claim.get("day", "")
    found = {
        one.pk: one
        for name in _names_of_claim(claim)
        for one in named.get(name, ())
        if not (day and one.filed_on) or str(one.filed_on) == day
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _names_of_claim(claim: Mapping[str, str]) -> set[Name]:
    country, number = claim.get("country", ""), claim.get("number", "")
    readings = recognise(f"{country} {number}").readings if country and number else ()
    return {_name(one.office, one.canonical) for one in readings if one.kind in _APPLICATIONS}


def _names_of_member(member: FamilyMember) -> set[Name]:
    readings = from_docdb(member.application_number, "application")
    return {_name(one.office, one.canonical) for one in readings}


def _name(office: str, canonical: str) -> Name:
    """The US count series and serial, eight figures; DOCDB puts the year of filing before them."""
    return office, canonical[-8:] if office == "US" else canonical
