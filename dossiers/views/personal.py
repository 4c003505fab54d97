"""One's own data to take along, and erasing somebody who has left."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dossiers.models import User, record
from dossiers.personal import erasing, taking

# What is told of each table of which rows go (`erasing.preview`).
_GOES = {
    "account.EmailAddress": pgettext_lazy("goes", "mail addresses"),
    "mfa.Authenticator": pgettext_lazy("goes", "second factors and passkeys"),
    "socialaccount.SocialAccount": pgettext_lazy("goes", "links to single sign-on"),
    "usersessions.UserSession": pgettext_lazy("goes", "devices signed in"),
    "sessions.Session": pgettext_lazy("goes", "sessions"),
    "dossiers.Bounce": pgettext_lazy("goes", "mails that came back"),
    "dossiers.CaseVisit": pgettext_lazy("goes", "marks of cases seen"),
    "dossiers.Follow": pgettext_lazy("goes", "follows"),
    "dossiers.Insider": pgettext_lazy("goes", "places inside walls"),
    "dossiers.Preference": pgettext_lazy("goes", "preferences of being told"),
    "dossiers.ApiToken": pgettext_lazy("goes", "tokens of programs"),
    "dossiers.ColumnMapping": pgettext_lazy("goes", "columns of imports"),
    "dossiers.Feed": pgettext_lazy("goes", "calendars and feeds"),
    "dossiers.Webhook": pgettext_lazy("goes", "webhooks and chats"),
    "dossiers.SavedList": pgettext_lazy("goes", "saved lists of their own"),
    "dossiers.Watchlist": pgettext_lazy("goes", "watchlists of their own"),
    "dossiers.Invitation": pgettext_lazy("goes", "invitations"),
    "dossiers.Delivery": pgettext_lazy("goes", "copies of mails"),
}


@require_POST
def own_data(request: HttpRequest) -> StreamingHttpResponse:
    """Everything that is kept about the reader, as JSON."""
    record("person.export", by=request.user, user=request.user.pk)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    rows = taking.of_person(User.objects.get(pk=request.user.pk))
    return StreamingHttpResponse(rows, content_type="application/json", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What would go and what would stay; done when the user name is typed."""
    person = get_object_or_404(User, pk=pk)
    told = erasing.preview(person)
    if request.method != "POST":
        refused = _why(told.refused) if told.refused else ""
        context = {
            "person": person,
            "goes": [(_GOES[table], n) for table, n in told.goes.items()],
            "refused": refused,
            "pseudonym": erasing.pseudonym(person),
        }
        return render(request, "pages/person_erase.html", context)
    if request.POST.get("confirm", "").strip() != person.username:
        messages.error(request, _("That is not the user name; nothing was erased."))
        return redirect("person_erase", pk=pk)
    try:
        erasing.erase(person, by=request.user)
    except erasing.Refused as refused:
        messages.error(request, _why(refused))
        return redirect("person_erase", pk=pk)
    messages.success(request, _("Erased. What they answered for stays under a pseudonym."))
    return redirect("people")


def _why(refused: erasing.Refused) -> str:
    words = {
        "erased_already": _("They have been erased already."),
        "last_administrator": _("They are the last administrator: nobody could let anybody in any more."),
        "still_works": _("They can still sign in: switch them off first."),
        "still_in_charge": _("They are in charge of %(n)s cases: give these to somebody else first."),
        "still_behind_walls": _(
            "They are in charge of cases behind walls: somebody inside must give these to somebody else"
            " first."
        ),
    }
    return words[refused.code] % {"n": refused.cases}
