"""Who comes from whom in a family: from the priorities and parents that the office tells at home.

The dossier abroad gives a list and no relations, so its members stand by office without lines between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dossiers import reach
from dossiers.models import Case, FamilyMember, Law, User
from dossiers.refresh.family import HOME
from dossiers.refresh.priorities import members_claimed
from dossiers.templatetags.portal import printed

from . import dates
from .drawing.family import DEEPEST, Group, Look, Relative, Tree, draw, walk
from .words import stage_words

_GENERATIONS = 8  # rounds of looking for parents and divisionals in the docket; one query each
_MOST_CASES = 300
_OVER = ("lapsed", "withdrawn", "dismissed")  # stages; a refusal can be appealed


@dataclass(frozen=True)
class Family:
    """The tree as drawn, and the same as lists; `at_home` are the applications at home, each behind the one
    it comes from, with their depth."""

    tree: Tree
    priorities: list[Relative]
    at_home: list[tuple[Relative, int]]
    groups: list[Group]


def family_of(case: Case, members: Iterable[FamilyMember], user: User) -> Family:
    """The family of `case` with these members abroad and at home, and the other cases within reach."""
    listed = list(members)
    cases = _cases(case, {number for one in listed if (number := number_at_home(one))}, user)
    relatives = {number: _relative(one, case) for number, one in cases.items()}
    for one in cases.values():
        number = (one.parent or {}).get("number", "")
        if number and number not in relatives:
            relatives[number] = _not_here(number, (one.parent or {}).get("filing_date", ""))
    children = set()
    for number, one in sorted(cases.items()):
        parent = (one.parent or {}).get("number", "")
        if parent and parent != number:
            relatives[parent].children.append(relatives[number])
            children.add(number)
    roots = _roots(relatives, children)
    priorities, named = _priorities(cases, listed, case)
    elsewhere = [one for one in listed if number_at_home(one) not in relatives and one.pk not in named]
    groups = _groups(elsewhere, case)
    at_home = [(one, min(depth, DEEPEST)) for root in roots for one, depth, _parent in walk(root)]
    return Family(draw(priorities, roots, groups), [claim for claim, _by in priorities], at_home, groups)


def _roots(relatives: dict[str, Relative], children: set[str]) -> list[Relative]:
    """Those that come from nobody; of parents told in a circle, which nobody would reach, one as well."""
    roots = [one for number, one in sorted(relatives.items()) if number not in children]
    reached = {one.key for root in roots for one, _depth, _parent in walk(root)}
    for number, one in sorted(relatives.items()):
        if number not in reached:
            roots.append(one)
            for other in relatives.values():
                other.children = [child for child in other.children if child is not one]
            reached |= {below.key for below, _depth, _parent in walk(one)}
    return roots


def number_at_home(one: FamilyMember) -> str:
    """Its application number at the JPO as the docket writes it; "" for one abroad."""
    parts = one.application_number.split(".")
    return parts[1] if parts[0] == HOME and len(parts) == 3 else ""


def _cases(case: Case, listed: Iterable[str], user: User) -> dict[str, Case]:
    """The cases of this docket in the family: those listed, their parents, and divided from any of them."""
    found = {case.application_number: case}
    new = {*listed, *_numbers_of(case)}
    asked: set[str] = set()
    for _round in range(_GENERATIONS):
        new -= asked
        if not new or len(found) >= _MOST_CASES:
            break
        asked |= new
        related = Q(application_number__in=new) | Q(parent__number__in=new)
        rows = reach.cases(user).filter(related, law=Law.PATENT).defer("note", "parties")[:_MOST_CASES]
        for row in rows:
            found.setdefault(row.application_number, row)
        new = {number for row in found.values() for number in _numbers_of(row)}
    return found


def _numbers_of(case: Case) -> set[str]:
    return {case.application_number, (case.parent or {}).get("number", "")} - {""}


def _relative(one: Case, this: Case) -> Relative:
    look: Look = "this" if one.pk == this.pk else "granted" if one.registration_number else ""
    if one.stage in _OVER and look != "this":
        look = "over"
    words = f"{printed(one)} {one.own_reference}".strip()
    link = reverse("case", kwargs={"law": one.law, "number": one.application_number})
    return Relative(
        one.application_number, words, stage_words(one.stage), _filed(one.filing_date), link, look
    )


def _not_here(number: str, filed: str) -> Relative:
    words = printed(Case(law=Law.PATENT, application_number=number))
    return Relative(number, words, _("not in the docket"), _filed(filed), look="told")


def _filed(day: object) -> str:
    """Said to be the day of filing: beside a stage or a grant a bare day would read as the day of that."""
    return _beside(pgettext("date", "Filed"), day) if day else ""


def _beside(words: str, day: object) -> str:
    """The day may be a date, or text that holds one in ISO 8601."""
    return f"{words} {dates.in_text(str(day or ''))}".strip()


def _priorities(
    cases: dict[str, Case], members: list[FamilyMember], case: Case
) -> tuple[list[tuple[Relative, list[str]]], set[int]]:
    """Each claim once, with the applications that make it, and the members abroad that claims name.

    An application divided from one that makes the claim has no line of its own.
    """
    found: dict[tuple[str, str, str], list[str]] = {}
    for number, one in sorted(cases.items()):
        for claim in one.priorities:
            named = (claim.get("country", ""), claim.get("number", ""), claim.get("day", ""))
            found.setdefault(named, []).append(number)
    parents = {number: (one.parent or {}).get("number", "") for number, one in cases.items()}
    claims = [dict(zip(("country", "number", "day"), named, strict=True)) for named in found]
    abroad, at_home = members_claimed(claims, members), _based_on(claims)
    drawn = [
        (
            _claimed(place, claim, _link_of(claim, member, at_home, case), member),
            [number for number in by if parents[number] not in by],
        )
        for place, (claim, member, by) in enumerate(zip(claims, abroad, found.values(), strict=True))
    ]
    return drawn, {one.pk for one in abroad if one}


def _claimed(place: int, claim: dict[str, str], link: str, member: FamilyMember | None) -> Relative:
    words = f"{claim['country']} {claim['number']}".strip() or "?"
    look, status = status_of(member) if member else ("told", "")
    return Relative(f"P{place}", words, _beside(_("Priority"), claim["day"]), status, link, look)


def _link_of(claim: dict[str, str], member: FamilyMember | None, at_home: dict[str, Case], case: Case) -> str:
    if member:
        return _place_of(member, case)
    base = at_home.get(claim["number"]) if claim["country"] == HOME else None
    return reverse("case", args=[base.law, base.application_number]) if base else ""


def _based_on(claims: list[dict[str, str]]) -> dict[str, Case]:
    """The applications at home that claims name, where they are in the docket."""
    numbers = {claim["number"] for claim in claims if claim["country"] == HOME}
    rows = Case.objects.filter(law=Law.PATENT, application_number__in=numbers) if numbers else ()
    return {one.application_number: one for one in rows}


def _groups(members: list[FamilyMember], case: Case) -> list[Group]:
    by_office: dict[str, list[Relative]] = {}
    for one in members:
        by_office.setdefault(one.office or "?", []).append(_member(one, case))
    return [Group(office, found) for office, found in by_office.items()]


def _member(one: FamilyMember, case: Case) -> Relative:
    look, status = status_of(one)
    return Relative(f"M{one.pk}", one.identity, status, _filed(one.filed_on), _place_of(one, case), look)


def _place_of(one: FamilyMember, case: Case) -> str:
    """Where it stands in the table of the family."""
    return f"{reverse('case_family', args=[case.law, case.application_number])}#member-{one.pk}"


def status_of(one: FamilyMember) -> tuple[Look, str]:
    """As far as the dossier's numbers tell: a grant says nothing of whether the right still stands."""
    if one.vanished_at:
        return "over", _("no longer in the family")
    if one.registrations:
        return "granted", _beside(_("granted, by its number"), _first_day(one.registrations))
    if one.publications:
        return "", _beside(_("published"), _first_day(one.publications))
    return "", _("status not told")


def _first_day(told: list[dict[str, str]]) -> str:
    return min((day for one in told if (day := one.get("day", ""))), default="")
