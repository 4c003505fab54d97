"""The firm's people: who is here, who was invited, what each may do. For administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dossiers.intake.bulk import BulkRefused
from dossiers.models import Invitation, User, firm_policy, record
from dossiers.people import factors, invitations, members, sessions
from dossiers.people.forms import FactorRolesForm, HandOverForm, InviteForm, MemberForm

_REFUSALS = {
    "has_account": gettext_lazy("Somebody has an account with this address already."),
    "invited": gettext_lazy("This address has been invited already. Send that invitation again."),
    "not_open": gettext_lazy("This invitation was used or withdrawn."),
    "no_client": gettext_lazy("Say which client's cases this person is to see."),
    "last_administrator": gettext_lazy(
        "This is the last administrator. Make somebody else an administrator first."
    ),
    "yourself": gettext_lazy("You cannot switch yourself off."),
    "nobody": gettext_lazy("Choose who is to be in charge."),
    "nothing_chosen": gettext_lazy("This person is in charge of no case."),
}
_Refused = (invitations.InvitationRefused, members.MemberRefused, BulkRefused)


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    return _page(request, InviteForm())


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        made, link = invitations.invite(by=request.user, **form.cleaned_data)
    except invitations.InvitationRefused as refused:
        form.add_error(None, _REFUSALS[refused.code])
        return _page(request, form)
    _sent(request, made, invitations.send(made, link))
    return redirect("people")


@require_POST
def act_on_invitation(request: HttpRequest, pk: Any, action: str) -> HttpResponse:
    """Send it again or withdraw it."""
    one = get_object_or_404(Invitation, pk=pk)
    try:
        if action == "again":
            _sent(request, one, invitations.resend(one, by=request.user))
        else:
            invitations.withdraw(one, by=request.user)
            messages.success(request, _("The invitation is withdrawn; its link opens nothing any more."))
    except invitations.InvitationRefused as refused:
        messages.error(request, _REFUSALS[refused.code])
    return redirect("people")


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(User, pk=pk)
    return _person(request, one, MemberForm(instance=one))


@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(User, pk=pk)
    form = MemberForm(request.POST, instance=User.objects.get(pk=pk))
    if not form.is_valid():
        return _person(request, one, form)
    told = form.cleaned_data
    _attempt(
        request,
        lambda: members.change(
            one, by=request.user, role=told["role"], client=told["client"], teams=told["groups"]
        ),
        _("Settings saved."),
    )
    return redirect("person", pk)


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Switch somebody off or on, end their sessions, or take lost factors off."""
    one = get_object_or_404(User, pk=pk)
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "off": (
            lambda: members.switch_off(one, by=request.user),
            _("%s can do nothing here any more. All their sessions have ended.") % one,
        ),
        "on": (lambda: members.switch_on(one, by=request.user), _("%s can sign in again.") % one),
        "sign-out": (
            lambda: sessions.end_all(one, by=request.user),
            _("All sessions of %s have ended.") % one,
        ),
        "factors": (
            lambda: members.forget_factors(one, by=request.user),
            _("The second factors of %s are gone. They set up others when they sign in.") % one,
        ),
    }
    _attempt(request, *acts[action])
    return redirect("person", pk)


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody else is in charge of all their cases from now on."""
    one = get_object_or_404(User, pk=pk)
    form = HandOverForm(request.POST, person=one)
    if not form.is_valid():
        messages.error(request, _REFUSALS["nobody"])
        return redirect("person", pk)
    try:
        done = members.hand_over(one, form.cleaned_data["to"], by=request.user)
    except _Refused as refused:
        messages.error(request, _REFUSALS.get(refused.code, refused.code))
        return redirect("person", pk)
    _tell_what_is_left(request, one, done)
    return redirect("cases_progress", done.change.pk) if done.change else redirect("person", pk)


def _tell_what_is_left(request: HttpRequest, one: User, done: members.HandedOver) -> None:
    """What stays behind walls, by their names, which administrators know; of the cases nothing."""
    for wall in done.left:
        told = {"person": one, "wall": wall.name}
        if wall in done.unheard:
            words = _(
                "Cases behind the wall “%(wall)s” stay with %(person)s, and nobody else inside can be told."
                " Let somebody in whom mail reaches: only they can hand these over."
            )
            messages.error(request, words % told)
        else:
            words = _(
                "Cases behind the wall “%(wall)s” stay with %(person)s: somebody inside must hand them over"
                " to somebody inside. Those inside are told."
            )
            messages.warning(request, words % told)


@require_POST
def factor_roles(request: HttpRequest) -> HttpResponse:
    """Which roles can do nothing without a second factor."""
    form = FactorRolesForm(request.POST)
    if form.is_valid():
        policy = firm_policy()
        old, new = policy.second_factor_roles, form.cleaned_data["roles"]
        if sorted(old) != sorted(new):
            policy.second_factor_roles = new
            policy.save()
            record("people.factor_roles", by=request.user, old={"roles": old}, new={"roles": new})
        messages.success(request, _("Settings saved."))
    return redirect("people")


def _page(request: HttpRequest, form: InviteForm) -> HttpResponse:
    context = {
        "form": form,
        "members": members.members(),
        "invitations": invitations.open_ones(),
        "roles_form": FactorRolesForm(initial={"roles": firm_policy().second_factor_roles}),
        "enforced": settings.SECOND_FACTOR,
    }
    return render(request, "pages/people.html", context)


def _person(request: HttpRequest, one: User, form: MemberForm) -> HttpResponse:
    context = {
        "person": one,
        "form": form,
        "cases": len(members.cases_of(one, request.user)),
        "beyond": members.walls_beyond(one, request.user),
        "hand_over_form": HandOverForm(person=one),
        "sessions": sessions.of(one),
        "factors": factors.kinds(one),
        "needs_factor": factors.needed(one),
    }
    return render(request, "pages/person.html", context)


def _attempt(request: HttpRequest, action: Callable[[], object], done: str) -> None:
    try:
        action()
    except _Refused as refused:
        messages.error(request, _REFUSALS.get(refused.code, refused.code))
    else:
        messages.success(request, done)


def _sent(request: HttpRequest, one: Invitation, went: bool) -> None:
    if went:
        messages.success(request, _("The invitation went to %s.") % one.email)
    else:
        words = _("The invitation is made, but the mail could not be sent to %s. Send it again later.")
        messages.error(request, words % one.email)
