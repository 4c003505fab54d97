"""Signing in and what belongs to it, on the library's views with this portal's pages around them."""

from __future__ import annotations

from typing import Any

from allauth.account import views as accounts
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.mfa.base import views as factor_views
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.adapter import get_adapter as sso_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers.models import User
from dossiers.people import confirmed, factors, invitations, sessions, sso
from dossiers.people.forms import AcceptForm

from .posting import typed

_REFUSALS = {
    "not_open": gettext_lazy("This invitation was used or withdrawn, or it is over. Ask for another one."),
    "has_account": gettext_lazy("Somebody has an account with this address already: sign in."),
    "name_taken": gettext_lazy("Somebody here has this user name. Choose another one."),
}


class SignIn(accounts.LoginView):
    """The sign-in page; whoever is signed in already goes straight on."""

    http_method_names = ["get", "head", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "providers": sso_adapter().list_providers(self.request)}


class Security(factor_views.IndexView):
    """How one signs in: passkeys, app, codes."""

    http_method_names = ["get", "head"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        missing = factors.lacking(self.request.user) and not sso.vouched_for(self.request)
        return {**super().get_context_data(**kwargs), "factor_missing": missing}


class PasskeyAgain(passkeys.ReauthenticateWebAuthnView):
    """Is it you? A passkey that is not accepted is told there; the library would lead away."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **kwargs}  # the library drops the form that was refused


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    return accounts.logout(request)


sign_in_by_passkey = require_http_methods(["GET", "HEAD", "POST"])(passkeys.login_webauthn)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever was invited makes their account here; the link alone changes nothing."""
    invitation = invitations.found(token)
    if invitation is None:
        return render(request, "account/invitation_over.html", status=410)
    form = AcceptForm(request.POST or None, invitation=invitation)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            person = invitations.accept(
                invitation,
                username=told["username"],
                name=told["name"],
                password=told["password"] or None,
            )
        except invitations.InvitationRefused as refused:
            form.add_error(None, _REFUSALS[refused.code])
        else:
            answer = perform_login(request, person, email_verification="none")
            # They have just proved themselves by the mail, and chosen what they prove it with from now on.
            record_authentication(request, person, "invitation", reauthenticated=True)
            return answer if told["password"] else redirect("mfa_add_webauthn")
    return render(request, "account/invitation.html", {"form": form, "invitation": invitation})


@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Another address for oneself: it counts from when the link that is sent there was followed."""
    if request.method == "POST":
        wanted = typed(request, "email").strip()
        if User.objects.filter(email__iexact=wanted).exclude(pk=request.user.pk).exists():
            messages.error(request, _("Another person here has this address."))
            return redirect("account_email")
        confirmed.settle(request.user)
        request.user.refresh_from_db(fields=["email"])
        return accounts.email(request)
    return render(request, "account/email_change.html", {"waiting": confirmed.waiting(request.user)})


@require_safe
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    context = {"sessions": sessions.of(request.user), "current": request.session.session_key}
    return render(request, "account/sessions.html", context)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End one of one's sessions, or all others."""
    rows = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    if chosen := request.POST.get("session", ""):
        if not chosen.isdecimal() or len(chosen) > 18:
            return redirect("sessions")
        rows = [get_object_or_404(rows, pk=int(chosen))]
    ended = sessions.end(request.user, list(rows), by=request.user)
    messages.success(request, _("Ended: %d.") % ended)
    return redirect("sessions")
