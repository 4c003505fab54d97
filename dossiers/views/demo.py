"""The demonstration's own pages: the office's day, its troubles, the mailbox. Elsewhere they do not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from csp.decorators import csp, csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, tasks
from dossiers.demo import mailbox as box
from dossiers.demo import office
from dossiers.forms import DaysForm, FaultForm
from dossiers.models import Case
from dossiers.views.inbox import SEALED

_NOTICE = "A131"
_DAYS_AHEAD = 7
_MOST_COMING = 12
_MOST_MAILS = 100

View = Callable[..., HttpResponse]


def only_in_the_demo(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_in_the_demo
@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"coming": [], "trouble": "", "down": False}
    try:
        context["coming"] = _with_cases(office.coming(_NOTICE, _DAYS_AHEAD)[:_MOST_COMING])
        context["trouble"] = office.trouble()
    except office.OfficeUnreachable:
        context["down"] = True
    if context["coming"]:
        context["days_to_next"] = (context["coming"][0][0].visible_on - clock.office_today()).days
    context["troubles"] = FaultForm().fields["kind"].choices
    context["unwatched"] = [one for one, case in context["coming"] if case is None]
    return render(request, "pages/demo.html", context)


@only_in_the_demo
@require_POST
def day(request: HttpRequest) -> HttpResponse:
    """The next day (or a later one) at the office; the round of the day follows at once."""
    form = DaysForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("At most seven days can pass at once."))
        return redirect("demo")
    try:
        office.let_days_pass(form.cleaned_data["days"] or 1)
    except office.OfficeUnreachable:
        messages.error(request, _("The demonstration's office does not answer; no day has passed."))
    else:
        tasks.ring("sweep")
        messages.success(
            request, _("Time has passed. The office is asked now; mail follows within a minute.")
        )
    return redirect("demo")


@only_in_the_demo
@require_POST
def faults(request: HttpRequest) -> HttpResponse:
    form = FaultForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the troubles."))
        return redirect("demo")
    try:
        office.make_trouble(form.cleaned_data["kind"])
    except office.OfficeUnreachable:
        messages.error(request, _("The demonstration's office does not answer; nothing was changed."))
    else:
        messages.success(request, _("The office now behaves as chosen."))
    return redirect("demo")


@only_in_the_demo
@csp_update({"frame-src": [SELF]})
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mail of the demo, the newest opened."""
    mails = box.messages(settings.DEMO_MAILBOX, _MOST_MAILS)
    return _mail_page(request, mails, mails[0] if mails else None, chosen=False)


@only_in_the_demo
@csp_update({"frame-src": [SELF]})
@require_safe
def mail(request: HttpRequest, identity: str) -> HttpResponse:
    return _mail_page(
        request, box.messages(settings.DEMO_MAILBOX, _MOST_MAILS), _found(identity), chosen=True
    )


@only_in_the_demo
@xframe_options_sameorigin
@csp(SEALED)
@require_safe
def mail_html(request: HttpRequest, identity: str) -> HttpResponse:
    """A message's own HTML, sealed off."""
    return HttpResponse(_found(identity).html)


def _found(identity: str) -> box.Mail:
    found = box.message(settings.DEMO_MAILBOX, identity)
    if found is None:
        raise Http404
    return found


def _mail_page(
    request: HttpRequest, mails: list[box.Mail], one: box.Mail | None, chosen: bool
) -> HttpResponse:
    as_text = request.GET.get("as") == "text" or (one is not None and not one.html)
    return render(
        request,
        "pages/mailbox.html",
        {"mails": mails, "mail": one, "chosen": chosen, "as_text": as_text, "most": _MOST_MAILS},
    )


def _with_cases(coming: list[office.Coming]) -> list[tuple[office.Coming, Case | None]]:
    """Each coming document with its case in the docket, if it is there."""
    known = Case.objects.filter(application_number__in=[one.application_number for one in coming])
    by_number = {(case.law, case.application_number): case for case in known}
    return [(one, by_number.get((one.law, one.application_number))) for one in coming]
