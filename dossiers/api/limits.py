"""Time limits: by days, each with how it was computed; entered, dated and settled as on its page."""

from __future__ import annotations

from typing import Literal

from django.db.models import Case as Choice
from django.db.models import F, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from dossiers import clock
from dossiers.docketing import actions, confirming, instructions
from dossiers.docketing.duty import WITHOUT_END, calculation_of
from dossiers.models import BY_HAND, ApiToken, Case, OwnDate, TimeLimit, firm_policy
from dossiers.views import selectors
from dossiers.views.limit import base_to_show, fitting_actions, ladder_on, steps_in_words
from dossiers.views.limits import with_dates
from dossiers.views.words import confidence_words, duty_words, rung_words, step_words

from . import access, cursors, shapes, words
from .conditions import unchanged
from .problems import of_field
from .rights import may

router = Router(tags=["Time limits"])
of_case = Router(tags=["Time limits"])
Id = shapes.Annotated[int, Field(ge=1, lt=2**63)]


class LimitQuery(shapes.Given):
    from_: shapes.Day | None = Field(None, alias="from", description="The first last day")
    to: shapes.Day | None = Field(None, description="The last last day")
    undated: Literal["include", "only", "exclude"] = Field(
        "include", description="Limits whose day is not known: left out only if you say so"
    )
    state: Literal["open", "claimed", "closed", "any"] = Field(
        "open", description="open: everything that runs, also what is said to be done but not shown yet"
    )
    law: Literal["", "patent", "design", "trademark"] = ""
    duty: Literal["", "limit", "chance"] = ""
    checked: Literal["", "yes", "no", "provisional"] = ""
    scope: Literal["mine", "team", "all"] = "all"
    order: Literal["docketed", "due"] = Field(
        "docketed",
        description="docketed: a date that moves while you read hides none; due: the nearest first, those "
        "without a known or shown day last",
    )
    cursor: str = Field("", max_length=400)
    per_page: int = Field(cursors.PER_PAGE, ge=1, le=cursors.MOST)


@router.get(
    "",
    auth=may("limits:read"),
    response=shapes.LimitPage,
    summary="Find time limits",
    operation_id="list_limits",
)
def list_limits(request: HttpRequest, wanted: Query[LimitQuery]) -> shapes.LimitPage:
    """Limits without a known day belong to every range of days."""
    rows = _found(request.auth, wanted)
    if wanted.order == "due":
        return _by_day(request.auth, rows, wanted)
    if wanted.cursor:
        (after,) = cursors.read(wanted.cursor, int)
        rows = rows.filter(pk__gt=after)
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[: wanted.per_page + 1])
    return shapes.LimitPage(
        items=[_limit(one) for one in with_dates(keys[: wanted.per_page], request.auth.owner)],
        next=cursors.write(keys[wanted.per_page - 1]) if len(keys) > wanted.per_page else None,
    )


def _by_day(token: ApiToken, rows: QuerySet[TimeLimit], wanted: LimitQuery) -> shapes.LimitPage:
    """By their last day. One that is to be found blind has no place: it would tell the day."""
    place: Choice | F = F("due")
    if firm_policy().blind_check:
        place = Choice(When(confirming.hidden_from(token.owner), then=None), default=place)
    order = cursors.Order(wanted.order, "place")
    keys, following = order.page(rows.annotate(place=place), wanted.cursor, wanted.per_page)
    return shapes.LimitPage(items=[_limit(one) for one in with_dates(keys, token.owner)], next=following)


def _found(token: ApiToken, wanted: LimitQuery) -> QuerySet[TimeLimit]:
    chosen = selectors.LimitFilter(
        scope=wanted.scope, state=wanted.state, law=wanted.law, duty=wanted.duty, checked=wanted.checked
    )
    rows = selectors.limit_list(token.owner, chosen).filter(access.shown_by(token, "case__"))
    within = Q(due__isnull=False)
    if wanted.from_:
        within &= Q(due__gte=wanted.from_)
    if wanted.to:
        within &= Q(due__lte=wanted.to)
    if firm_policy().blind_check:  # a range must not tell what the reader is to find
        within |= confirming.hidden_from(token.owner)
    undated = Q(due=None)
    return rows.filter({"include": within | undated, "only": undated, "exclude": within}[wanted.undated])


@router.get(
    "/{limit}",
    auth=may("limits:read"),
    response=shapes.LimitWhole,
    summary="Read a time limit",
    operation_id="read_limit",
)
def read_limit(request: HttpRequest, limit: Id) -> shapes.LimitWhole:
    """With each step of its calculation, the later ways to act, and what people did about it."""
    return whole(request.auth, access.limit(request.auth, limit))


@of_case.post(
    "/{law}/{number}/limits",
    auth=may("limits:write"),
    response={201: shapes.LimitWhole},
    summary="Enter a time limit by hand",
    operation_id="enter_limit",
)
def enter_limit(
    request: HttpRequest,
    response: HttpResponse,
    law: shapes.LawCode,
    number: shapes.Number,
    entry: shapes.LimitEntry,
) -> shapes.LimitWhole:
    """A time limit that no rule gives. A second person has to check it. The same entry twice is one limit."""
    case = access.case(request.auth, law, number)
    event = case.events.filter(pk=entry.document).first() if entry.document else None
    if entry.document and event is None:
        raise of_field("body.document", _("This document is not one of the case."))
    made = actions.enter_by_hand(
        case, by=request.auth.owner, title=entry.title, due=entry.due, reason=entry.reason, event=event
    )
    response["Location"] = words.address(f"limits/{made.pk}")
    return whole(request.auth, made)


@router.post(
    "/{limit}/own-dates",
    auth=may("limits:write"),
    response=shapes.LimitWhole,
    summary="Set a date of the firm's own",
    operation_id="set_own_date",
)
def set_own_date(request: HttpRequest, limit: Id, entry: shapes.OwnDateEntry) -> shapes.LimitWhole:
    """An internal date, a target date, or the day by which the client instructs; null takes it back."""
    found = _as_seen(request, limit)
    actions.set_own_date(found, by=request.auth.owner, kind=entry.kind, day=entry.day, note=entry.note)
    return whole(request.auth, found)


@router.post(
    "/{limit}/done",
    auth=may("limits:write"),
    response=shapes.LimitWhole,
    summary="Note a time limit as done",
    operation_id="claim_done",
)
def claim_done(request: HttpRequest, limit: Id, claim: shapes.DoneClaim) -> shapes.LimitWhole:
    """It stays in the list until the office's data shows it, and opens again where they do not."""
    found = _as_seen(request, limit)
    instructions.refuse_unread(found, [str(one) for one in claim.instructions_read])
    actions.claim_done(found, by=request.auth.owner, reason=claim.reason, document=claim.document)
    return whole(request.auth, found)


@router.post(
    "/{limit}/not-needed",
    auth=may("limits:write"),
    response=shapes.LimitWhole,
    summary="Close a time limit: nothing will be filed",
    operation_id="not_needed",
)
def not_needed(request: HttpRequest, limit: Id, decision: shapes.Decision) -> shapes.LimitWhole:
    """A decision of the token's owner, who says why. `reopen` takes it back."""
    found = _as_seen(request, limit)
    instructions.refuse_unread(found, [str(one) for one in decision.instructions_read])
    actions.not_needed(found, by=request.auth.owner, reason=decision.reason)
    return whole(request.auth, found)


@router.post(
    "/{limit}/reopen",
    auth=may("limits:write"),
    response=shapes.LimitWhole,
    summary="Take back that a time limit is done or not needed",
    operation_id="reopen",
)
def reopen(request: HttpRequest, limit: Id, reopening: shapes.Reopening) -> shapes.LimitWhole:
    """The time limit is open again."""
    found = _as_seen(request, limit)
    actions.reopen(found, by=request.auth.owner, reason=reopening.reason)
    return whole(request.auth, found)


def _as_seen(request: HttpRequest, limit: int) -> TimeLimit:
    """The limit, its case locked; refused where it is not what the program has seen."""
    found = access.limit(request.auth, limit)
    Case.objects.select_for_update().get(pk=found.case_id)
    unchanged(request, lambda: whole(request.auth, found))
    return access.limit(request.auth, limit)


# --- as shown ---------------------------------------------------------------------------------------------


def whole(token: ApiToken, limit: TimeLimit) -> shapes.LimitWhole:
    (shown,) = with_dates([limit.pk], token.owner)
    hidden = shown.hidden
    own = OwnDate.objects.filter(limit=shown).select_related("by")
    changes = [] if hidden else shown.changes.select_related("by")
    return shapes.LimitWhole(
        **dict(_limit(shown)),
        calculation=None if hidden else _calculation(shown),
        own_dates=[
            shapes.OwnDateShown(
                kind=words.worded(one.kind, one.get_kind_display()),
                day=one.day,
                note=one.note,
                by=str(one.by),
                at=one.at,
            )
            for one in own
        ],
        changes=[
            shapes.Change(
                at=one.at,
                by=words.name_of(one.by),
                field=one.field,
                old=one.old,
                new=one.new,
                reason=words.in_language(one.reason_ja, one.reason_en),
            )
            for one in changes
        ],
        state_reason=words.in_language(shown.state_reason_ja, shown.state_reason_en),
        state_by=words.name_of(shown.state_by),
        state_at=shown.state_at,
        proof=shown.proof_id,
        instructions=[words.instruction(one) for one in instructions.about_limit(shown)],
        may=sorted(fitting_actions(shown, token.owner) & _HERE),
    )


_HERE = {"done", "not-needed", "reopen", "own-date"}


def _limit(limit: TimeLimit) -> shapes.LimitShown:
    """A limit that `with_dates` has read; where it is hidden, without anything that tells its day."""
    hidden = limit.hidden
    return shapes.LimitShown(
        id=limit.pk,
        case=_case(limit.case),
        title=words.in_language(limit.title_ja, limit.title_en),
        duty=limit.duty,
        due=None if hidden else limit.due,
        due_known=limit.due is not None,
        hidden=hidden,
        state=words.worded(limit.state, limit.get_state_display()),
        base_date=base_to_show(limit) if hidden else limit.base_date,
        other_dates=[] if hidden else [_other(one) for one in limit.other_dates],
        stands_until=None if hidden or limit.stands_until == WITHOUT_END else limit.stands_until,
        stands_without_end=limit.stands_until == WITHOUT_END,
        passed_on_adding=limit.passed_on_adding,
        claim_until=limit.claim_until,
        confirmed=_confirmed(limit),
        source=shapes.Source(
            rule=limit.rule_id,
            version=limit.rule_version,
            by_hand=limit.rule_id == BY_HAND,
            confidence=words.worded(limit.confidence, confidence_words(limit.confidence)),
            provisional=limit.provisional,
        ),
        document=limit.event_id,
        case_confirmed_at=limit.case.confirmed_at,
        url=words.address(f"limits/{limit.pk}"),
        page=words.page(f"limits/{limit.pk}/"),
    )


def _case(case: Case) -> shapes.LimitCase:
    return shapes.LimitCase(
        **dict(words.ref(case)),
        title=case.title,
        own_reference=case.own_reference,
        owner=words.person(case.owner),
    )


def _confirmed(limit: TimeLimit) -> shapes.Confirmed | None:
    if limit.confirmed_at is None:
        return None
    return shapes.Confirmed(by=str(limit.confirmed_by), at=limit.confirmed_at)


def _other(one) -> shapes.OtherDate:
    return shapes.OtherDate(
        kind=words.worded(one.kind, duty_words(one.kind)),
        day=one.day,
        why=words.in_language(one.why_ja, one.why_en),
        by=one.by,
    )


def _calculation(limit: TimeLimit) -> shapes.Calculation | None:
    found = calculation_of(limit)
    if found is None:
        return None
    claims = list(limit.extension_claims.all())
    return shapes.Calculation(
        period=found.period_text,
        period_source=found.period_source,
        residency=found.residency,
        raw_end=found.raw_end,
        due=found.due,
        rolled=found.rolled,
        steps=steps_in_words(found),
        ladder=[
            shapes.Rung(
                kind=words.worded(one.rung.kind, rung_words(one.rung.kind)),
                due=one.rung.due,
                condition=words.in_language(one.rung.condition_ja, one.rung.condition_en),
                article=words.in_language(one.rung.article_ja or one.rung.article, one.rung.article),
                requested=one.rung.requested,
                state=words.worded(one.state, step_words(one.state)),
            )
            for one in ladder_on(limit, claims, clock.office_today())
        ],
        notes=list(found.notes),
    )
