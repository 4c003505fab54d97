"""Addresses that mail came back from: for administrators all of them, for a person their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock
from dossiers.alerts import addresses
from dossiers.forms import AddressForm
from dossiers.models import Bounce, MailServer, User
from dossiers.roles import Right, can

_LATEST = 30


@require_safe
def mail_server(request: HttpRequest) -> HttpResponse:
    """Whose address is off, what came back lately, and how the mail server answers."""
    return _page(request)


@require_POST
def switch_on(request: HttpRequest, pk: int) -> HttpResponse:
    """The person or an administrator says that mail to the address arrives again.

    Administrators may name another address of somebody else; for one's own the way is to confirm it, or a
    session left open would be enough to have a new password sent elsewhere.
    """
    user = get_object_or_404(User, pk=pk, is_active=True)
    if user.pk != request.user.pk and not can(request.user, Right.ADMINISTER):
        raise Http404
    back = "settings" if user.pk == request.user.pk else "addresses"
    if user.address_off_at is None:
        messages.info(request, _("Mail to this address is not switched off."))
        return redirect(back)
    was = user.email
    form = AddressForm(request.POST, instance=user)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors.get("email", [_("Enter the address.")])))
        return redirect(back)
    email, send = form.cleaned_data["email"], form.cleaned_data["send"]
    if user.pk == request.user.pk and email.lower() != was.lower():
        messages.error(
            request, _("Another address counts once you have followed the link sent to it: ask for it here.")
        )
        return redirect("account_email")
    sent = addresses.switch_on(User.objects.get(pk=pk), by=request.user, email=email, send=send)
    messages.success(request, _("Mail goes to %s again.") % email)
    if sent:
        told = ngettext(
            "%d alert that had not arrived is sent now.",
            "%d alerts that had not arrived are sent now.",
            sent,
        )
        messages.success(request, told % sent)
    return redirect(back)


def _page(request: HttpRequest) -> HttpResponse:
    off = list(addresses.people_off())
    server, now = MailServer.objects.first(), clock.now()
    context: dict[str, Any] = {
        "forms": [(user, AddressForm(instance=user, auto_id=f"address-{user.pk}-%s")) for user in off],
        "bounces": Bounce.objects.select_related("user")[:_LATEST],
        "server": server,
        "paused": bool(server and server.paused_until and server.paused_until > now),
    }
    return render(request, "pages/mail_server.html", context)
