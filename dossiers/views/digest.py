"""The daily digest in a person's settings: whether, when, what it would say now, and what was sent."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, reach
from dossiers.alerts import digest, digest_mail
from dossiers.forms import DigestForm
from dossiers.models import Delivery, Digest, User, record

from .inbox import SEALED, attempts
from .sent_mails import order_again
from .whence import changes_of

_LATELY = 10


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Switched on, it begins with the next hour that comes; an hour moved counts from today on."""
    user = User.objects.get(pk=request.user.pk)
    was_on = user.digest_on
    form = DigestForm(request.POST, instance=user)
    if not form.is_valid():
        messages.error(request, _("Choose one of the hours."))
        return redirect("settings")
    if user.digest_on and not was_on:
        user.digest_from = clock.now()
    form.save()
    record("settings.digest", by=user, **changes_of(form))
    if user.digest_on:
        messages.success(request, _("Settings saved."))
    else:
        messages.warning(
            request,
            _("You get no daily digest any more. Alerts at once go on; its absence no longer warns you."),
        )
    return redirect("settings")


@csp_update({"frame-src": [SELF]})
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    sheet = digest.preview(request.user, clock.now())
    past = Digest.objects.filter(user=request.user)[:_LATELY]
    return render(request, "pages/digest.html", {"sheet": sheet, "past": past})


@csp_update({"frame-src": [SELF]})
@require_safe
def sent(request: HttpRequest, pk: int) -> HttpResponse:
    """One digest with the copy of what was sent, and how the sending went."""
    one = _mine(request, pk)
    copy_url = f"{reverse('digest_mail')}?of={one.pk}"
    context = {"mail": one, "copy_url": copy_url, **attempts(one.deliveries.all(), request.user)}
    return render(request, "pages/digest_sent.html", context)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    order_again(request, _mine(request, pk))
    return redirect("digest_sent", pk)


def _mine(request: HttpRequest, pk: int) -> Digest:
    return get_object_or_404(Digest.objects.select_related("again_by"), pk=pk, user=request.user)


@xframe_options_sameorigin
@csp(SEALED)
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """The HTML as it would be sent now, sealed off; with a number, as that one was sent."""
    number = request.GET.get("of", "")
    if not number:
        return HttpResponse(digest_mail.as_html(digest.preview(request.user, clock.now())))
    sent = Delivery.objects.filter(digest__user=request.user, accepted=True)
    sent = sent.exclude(reach.tells_of_restricted(request.user))
    one = sent.filter(digest=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if one is None:
        raise Http404
    return HttpResponse(one.html)
