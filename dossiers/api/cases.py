"""Cases: found as on the list of cases, read whole, and the firm's own fields changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet, When
from django.db.models import Case as Choice
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from apiclient.numbers import display
from dossiers import clock, tasks, walls
from dossiers.docketing import confirming, instructions
from dossiers.intake import tags as tagging
from dossiers.intake.cases import edit_case
from dossiers.models import ApiToken, Case, User, firm_policy
from dossiers.refresh import freshness
from dossiers.views import selectors
from dossiers.views.case import OUTSIDE, TAG_REFUSALS
from dossiers.views.portfolio.filters import CaseFilter, found
from dossiers.views.words import outcome_words, stage_words

from . import access, cursors, shapes, words
from .conditions import unchanged
from .problems import of_field
from .rights import may

router = Router(tags=["Cases"])


class CaseQuery(shapes.Given):
    """The filters of the list of cases; all of them must fit."""

    q: shapes.Line = Field(
        "", max_length=200, description="Words, or a number in any style, as in the search box"
    )
    law: Literal["", "patent", "design", "trademark"] = ""
    stage: shapes.Line = Field("", max_length=30)
    freshness: Literal["", "stale", "fresh"] = ""
    owner: shapes.Line = Field("", max_length=150, description="mine, team, none, or a user name")
    client: shapes.Line = Field("", max_length=120)
    tag: shapes.Line = Field("", max_length=40)
    due: Literal["", "overdue", "7", "30", "90", "later", "none"] = Field(
        "", description="Of the next time limit"
    )
    unread: bool = Field(False, description="With a document that the token's owner has not seen")
    order: Literal["number", "due", "added"] = Field(
        "number",
        description="number: the newest application first; due: the nearest time limit first, none last; "
        "added: the longest in the docket first, so that new ones come at the end",
    )
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


@router.get(
    "", auth=may("cases:read"), response=shapes.CasePage, summary="Find cases", operation_id="list_cases"
)
def list_cases(request: HttpRequest, wanted: Query[CaseQuery]) -> shapes.CasePage:
    """Read on with `next`: what comes, or changes in anything but what it is ordered by, moves nothing.
    Of another order than by number, a case whose own day moves meanwhile may be told twice or not at all."""
    rows = _found(request.auth, wanted)
    if wanted.order != "number":
        return _by_day(request.auth, rows, wanted)
    if wanted.cursor:
        number, law = cursors.read(wanted.cursor, str, str)
        rows = rows.filter(Q(application_number__lt=number) | Q(application_number=number, law__gt=law))
    keys = list(
        rows.order_by("-application_number", "law").values_list("pk", flat=True)[: wanted.per_page + 1]
    )
    shown = _in_order(keys[: wanted.per_page])
    last = shown[-1] if len(keys) > wanted.per_page else None
    return shapes.CasePage(
        items=_shown(request.auth, shown),
        next=cursors.write(last.application_number, last.law) if last else None,
    )


def _by_day(token: ApiToken, rows: QuerySet[Case], wanted: CaseQuery) -> shapes.CasePage:
    """By the next time limit, as far as the token's owner may see it, or by the day of adding."""
    rows = rows.annotate(place=_shown_due(token) if wanted.order == "due" else F("added_at"))
    order = cursors.Order(wanted.order, "place", date if wanted.order == "due" else datetime)
    keys, following = order.page(rows, wanted.cursor, wanted.per_page)
    return shapes.CasePage(items=_shown(token, _in_order(keys)), next=following)


def _shown_due(token: ApiToken) -> Choice | F:
    """A day that is to be found blind is in no order either: its place would tell it."""
    if not firm_policy().blind_check:
        return F("next_due")
    hidden = confirming.hidden_next(token.owner).order_by().values("case")
    return Choice(When(pk__in=hidden, then=None), default=F("next_due"))


def _found(token: ApiToken, wanted: CaseQuery) -> QuerySet[Case]:
    rows = found(
        token.owner,
        CaseFilter.of(
            {
                **wanted.dict(include={"q", "law", "stage", "freshness", "client", "due"}),
                "owner": wanted.owner if wanted.owner in ("mine", "team", "none") else "",
                "unread": "1" if wanted.unread else "",
            }
        ),
    ).filter(access.shown_by(token))
    if wanted.owner not in ("", "mine", "team", "none"):
        rows = rows.filter(owner__username=wanted.owner)
    return rows.filter(tags__name=wanted.tag) if wanted.tag else rows


def _in_order(keys: list[int]) -> list[Case]:
    """These cases, with all that is shown of them. The keys alone were sorted: rows are wide."""
    by_key = {case.pk: case for case in _with_all(Case.objects.filter(pk__in=keys))}
    return [by_key[key] for key in keys if key in by_key]


def _with_all(rows: QuerySet[Case]) -> QuerySet[Case]:
    stale = ExpressionWrapper(selectors.is_stale(), output_field=BooleanField())
    return rows.annotate(stale=stale).select_related("owner", "deputy").prefetch_related("tags")


@router.get(
    "/{law}/{number}",
    auth=may("cases:read"),
    response=shapes.CaseWhole,
    summary="Read a case",
    operation_id="read_case",
)
def read_case(request: HttpRequest, law: shapes.LawCode, number: shapes.Number) -> shapes.CaseWhole:
    """What the office says, what follows from it, what people entered, and how fresh it is."""
    return whole(request.auth, access.case(request.auth, law, number))


@router.patch(
    "/{law}/{number}",
    auth=may("cases:write"),
    response=shapes.CaseWhole,
    summary="Change the firm's own fields",
    operation_id="change_case",
)
def change_case(
    request: HttpRequest, law: shapes.LawCode, number: shapes.Number, change: shapes.CaseChange
) -> shapes.CaseWhole:
    """The office's data cannot be changed. A new residency computes the time limits again."""
    token = request.auth
    case = access.case(token, law, number)
    Case.objects.select_for_update().get(pk=case.pk)
    unchanged(request, lambda: whole(token, case))
    given = change.dict(exclude_unset=True)
    names = given.pop("tags", None)
    fields = _fields(case, given)
    edit_case(case, by=token.owner, tell=tasks.tell, **fields)
    if "tags" in change.model_fields_set:
        _set_tags(case, names or [], token.owner)
    return whole(token, case)


def _fields(case: Case, given: dict[str, Any]) -> dict[str, Any]:
    """What `edit_case` takes: people for user names, "" for a text that is null."""
    fields = {name: value if value is not None else "" for name, value in given.items()}
    for name in ("owner", "deputy"):
        if name in given:
            fields[name] = _person(name, given[name])
    if "residency" in given and given["residency"] is None:
        fields["residency"] = "unknown"
    owner, deputy = fields.get("owner", case.owner), fields.get("deputy", case.deputy)
    for name in walls.outsiders(case, {name: fields[name] for name in ("owner", "deputy") if name in given}):
        raise of_field(f"body.{name}", str(OUTSIDE))
    if deputy is not None and deputy == owner:
        raise of_field("body.deputy", _("This person is in charge already: choose somebody else, or nobody."))
    return fields


def _person(field: str, username: str | None) -> User | None:
    if not username:
        return None
    person = access.people().filter(username=username).first()
    if person is None:
        raise of_field(f"body.{field}", _("There is no such person. “people” lists them."))
    return person


def _set_tags(case: Case, names: list[str], by: User) -> None:
    try:
        tagging.set_tags(case, names, by=by)
    except tagging.TagRefused as refused:
        raise of_field("body.tags", str(TAG_REFUSALS[refused.code])) from refused


# --- as shown ---------------------------------------------------------------------------------------------


def whole(token: ApiToken, case: Case) -> shapes.CaseWhole:
    case = _with_all(Case.objects.filter(pk=case.pk)).get()
    (shown,) = _shown(token, [case])
    return shapes.CaseWhole(
        **dict(shown),
        parties=[
            shapes.Party(
                name=str(one.get("name", "")), role=str(one.get("role", "")), code=str(one.get("code", ""))
            )
            for one in case.parties or ()
            if isinstance(one, dict)
        ],
        priorities=[one for one in case.priorities or () if isinstance(one, dict)],
        instructions=[words.instruction(one) for one in instructions.of_case(case)],
    )


def _shown(token: ApiToken, cases: list[Case]) -> list[shapes.CaseShown]:
    """The cases of one page; a bounded number of queries."""
    rows = confirming.hidden_next(token.owner).filter(case__in=cases)
    hidden = set(rows.values_list("case_id", flat=True))
    promise = freshness.promise(clock.now()) if cases else None
    return [_case(case, case.pk in hidden, promise.again_by(case) if promise else None) for case in cases]


def _case(case: Case, hidden: bool, again_by: date | None) -> shapes.CaseShown:
    path = words.case_path(case)
    return shapes.CaseShown(
        law=case.law,
        application_number=case.application_number,
        number=display(case.law, "application", case.application_number, words.language()),
        url=words.address(path),
        page=words.page(f"{path}/"),
        office=_by_office(case),
        derived=shapes.Derived(
            stage=words.worded(case.stage, stage_words(case.stage)),
            next_due=None if hidden else case.next_due,
            next_due_hidden=hidden,
            open_reviews=case.open_reviews,
        ),
        entered=_entered(case),
        freshness=shapes.Freshness(
            confirmed_at=case.confirmed_at,
            asked_at=case.asked_at,
            last_outcome=words.worded(case.last_outcome, outcome_words(case.last_outcome)),
            stale=case.stale,
            again_by=again_by,
        ),
        added_at=case.added_at,
        changed_at=case.changed_at,
    )


_OFFICE = tuple(shapes.ByOffice.model_fields)


def _by_office(case: Case) -> shapes.ByOffice:
    told: dict[str, str | date | datetime | None] = {
        name: getattr(case, "applicants_text" if name == "applicants" else name) for name in _OFFICE
    }
    return shapes.ByOffice(**told)


def _entered(case: Case) -> shapes.Entered:
    return shapes.Entered(
        own_reference=case.own_reference,
        client=case.client,
        owner=words.person(case.owner),
        deputy=words.person(case.deputy),
        residency=case.residency,
        note=case.note,
        tags=sorted(tag.name for tag in case.tags.all()),
    )
