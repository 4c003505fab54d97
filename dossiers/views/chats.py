"""A person's chats: a page to add one for each service, and what is asked on the page of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dossiers import sealing
from dossiers.alerts.channels import manage
from dossiers.alerts.channels.chat import SERVICES
from dossiers.alerts.channels.chat.service import Field, Service, Unfit
from dossiers.alerts.channels.manage import ChannelRefused, ChatWish
from dossiers.models import News, Webhook

from .channel_parts import REFUSALS, USUAL_KINDS, scope_of, scopes
from .posting import typed

RUNGS = (
    (0, gettext_lazy("Nothing")),
    (1, gettext_lazy("From the first repetition on")),
    (2, gettext_lazy("Once it goes to deputies")),
    (3, gettext_lazy("Once it goes to the team and followers")),
    (4, gettext_lazy("Once it goes to the administrators")),
)
_UNFIT = {
    "missing": gettext_lazy("This is needed."),
    "not_so": gettext_lazy(
        "This does not look as the service writes it. Copy it whole, as it is shown there."
    ),
}


@dataclass(frozen=True)
class Row:
    """One field of a form: `value` is what may be shown in it, `kept` what tells a secret that is kept."""

    field: Field
    value: str
    kept: str = ""
    problem: str = ""


@dataclass
class EnteredChat:
    """What stands in the form of a chat. What was typed as a secret is not sent back to the page."""

    service: Service
    name: str = ""
    kinds: list[str] = field(default_factory=lambda: [str(kind) for kind in USUAL_KINDS])
    scope: str = "mine"
    escalate_from: int = 1
    typed: dict[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    unfit: Unfit | None = None
    problem: str = ""

    @classmethod
    def of(cls, request: HttpRequest, service: Service) -> EnteredChat:
        rung = typed(request, "escalate_from")
        return cls(
            service,
            name=typed(request, "name"),
            kinds=request.POST.getlist("kinds"),
            scope=typed(request, "scope"),
            escalate_from=int(rung) if rung in {str(number) for number, _label in RUNGS} else -1,
            typed={one.name: typed(request, f"field-{one.name}") for one in service.fields},
        )

    @classmethod
    def kept(cls, hook: Webhook) -> EnteredChat | None:
        """As it is now; None for a service there is no longer."""
        service = SERVICES.get(hook.service)
        return service and cls(
            service, name=hook.name, kinds=hook.kinds, escalate_from=hook.escalate_from, known=known_of(hook)
        )

    @property
    def wish(self) -> ChatWish:
        return ChatWish(self.name, self.typed, self.kinds, self.escalate_from)

    @property
    def rows(self) -> Iterator[Row]:
        for one in self.service.fields:
            known = self.known.get(one.name, "")
            value = "" if one.secret else self.typed.get(one.name, known or one.usual)
            yield Row(one, value, one.hint(known) if one.secret else "", self._problem_of(one))

    def _problem_of(self, one: Field) -> str:
        if self.unfit is None or self.unfit.field != one.name:
            return ""
        return str(_UNFIT.get(self.unfit.code) or REFUSALS.get(self.unfit.code, self.unfit.code))

    def refuse(self, error: ChannelRefused | Unfit) -> None:
        if isinstance(error, Unfit):
            self.unfit, self.problem = error, _("Something has to be put right below.")
        else:
            self.problem = str(REFUSALS.get(error.code, error.code))


def known_of(hook: Webhook) -> Mapping[str, str]:
    """What was filled in for a chat; nothing where that cannot be read any more."""
    try:
        return sealing.unseal(hook.sealed)
    except sealing.Broken:
        return {}


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, service: str) -> HttpResponse:
    """The form of one service; sent, it makes the chat."""
    known = SERVICES.get(service)
    if known is None:
        raise Http404
    entered = EnteredChat(known)
    if request.method == "POST":
        entered = EnteredChat.of(request, known)
        scope, watchlist = scope_of(entered.scope, request.user)
        try:
            made = manage.create_chat(
                by=request.user, service=service, wish=entered.wish, scope=scope, watchlist=watchlist
            )
        except (ChannelRefused, Unfit) as error:
            entered.refuse(error)
        else:
            messages.success(request, _("Added. Send a test now, and look whether it arrives."))
            return redirect("webhook", made.pk)
    context = {
        "form": entered,
        "service": known,
        "kinds": News.Kind.choices,
        "rungs": RUNGS,
        "scopes": scopes(request.user),
    }
    return render(request, "pages/chat_new.html", context)


def change(request: HttpRequest, hook: Webhook) -> EnteredChat | None:
    """Take the form of a chat's own page; None when it is saved, or what stands in it with why it is not."""
    service = SERVICES.get(hook.service)
    if service is None:
        raise Http404
    entered = EnteredChat.of(request, service)
    entered.known = known_of(hook)
    try:
        manage.change_chat(hook, by=request.user, wish=entered.wish)
    except (ChannelRefused, Unfit) as error:
        entered.refuse(error)
        return entered
    return None
