"""A person's own channels beside mail: webhooks with their log, and private feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dossiers import clock, reach, tasks
from dossiers.alerts.channels import addresses, feeds, manage, webhooks
from dossiers.alerts.channels.manage import ChannelRefused
from dossiers.alerts.channels.signing import secret_of
from dossiers.models import (
    Feed,
    News,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
)

from . import chats
from .channel_parts import PROBLEMS, REFUSALS, USUAL_KINDS, scope_of, scopes
from .posting import typed

_PER_PAGE = 30


@dataclass
class Entered:
    """What stands in a form: the usual, or what was typed, with why it was refused."""

    name: str = ""
    url: str = ""
    kinds: list[str] = field(default_factory=lambda: [str(kind) for kind in USUAL_KINDS])
    scope: str = "mine"
    kind: str = "limits"
    problem: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Entered:
        names = ("name", "url", "scope", "kind")
        return cls(**{name: typed(request, name) for name in names}, kinds=request.POST.getlist("kinds"))


# --- the page ---------------------------------------------------------------------------------------------


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **more: object) -> HttpResponse:
    mine = {"owner": request.user}
    hooks = list(Webhook.objects.filter(**mine).select_related("watchlist"))
    context = {
        "webhooks": [hook for hook in hooks if not hook.is_chat],
        "chats": [hook for hook in hooks if hook.is_chat],
        "services": chats.SERVICES.values(),
        "feeds": list(Feed.objects.filter(**mine).select_related("watchlist")),
        "kinds": News.Kind.choices,
        "feed_kinds": Feed.Kind.choices,
        "scopes": scopes(request.user),
        "hook_form": Entered(),
        "feed_form": Entered(),
        **more,
    }
    return render(request, "pages/channels.html", context, status=status)


def _asked(entered: Entered, action: Callable[[], HttpResponse], again: Callable[[], HttpResponse]):
    try:
        return action()
    except ChannelRefused as refused:
        entered.problem = str(REFUSALS.get(refused.code, refused.code))
        return again()


# --- webhooks ---------------------------------------------------------------------------------------------


@require_POST
def create_webhook(request: HttpRequest) -> HttpResponse:
    entered = Entered.of(request)
    scope, watchlist = scope_of(entered.scope, request.user)

    def made() -> HttpResponse:
        hook = manage.create(
            by=request.user, name=entered.name, url=entered.url, kinds=entered.kinds, scope=scope,
            watchlist=watchlist,
        )  # fmt: skip
        # Shown in the answer to the form itself: nowhere is it kept to be shown again.
        return _webhook_page(request, hook, secret=secret_of(hook))

    return _asked(entered, made, lambda: _page(request, hook_form=entered))


@require_safe
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    return _webhook_page(request, _mine(request, pk))


def _webhook_page(request: HttpRequest, hook: Webhook, **more: object) -> HttpResponse:
    calls = Prefetch("calls", WebhookAttempt.objects.order_by("-at", "-pk"))
    log = _log(hook).select_related("news__case", "concern__case").defer("body").prefetch_related(calls)
    page = Paginator(log, _PER_PAGE).get_page(request.GET.get("page"))
    for delivery in page:
        delivery.twice = hook.is_chat and _may_stand_twice(delivery)
        for call in delivery.calls.all():
            call.problem_words = PROBLEMS.get(call.problem, call.problem)
    form = chats.EnteredChat.kept(hook) if hook.is_chat else Entered(hook.name, hook.url, hook.kinds)
    context = {
        "hook": hook,
        "host": addresses.host_of(hook.url),
        "service": chats.SERVICES.get(hook.service),
        "rungs": chats.RUNGS,
        "page": page,
        "kinds": News.Kind.choices,
        "form": form,
        "both_until": hook.old_until if hook.old_until and hook.old_until > clock.now() else None,
        **more,
    }
    return render(request, "pages/chat.html" if hook.is_chat else "pages/webhook.html", context)


def _log(hook: Webhook) -> QuerySet[WebhookDelivery]:
    """What was or is to be sent, but for what is about cases out of its owner's reach by now."""
    news, concerns = (reach.shown_to(hook.owner, f"{about}__case__") for about in ("news", "concern"))
    return hook.deliveries.filter(news, concerns)


_NOT_HEARD = ("timeout", "unreachable", "no_http")


def _may_stand_twice(delivery: WebhookDelivery) -> bool:
    """Whether it went once more although an earlier call may have arrived: one whose answer never came, or
    one of a process that died before it could note any."""
    calls = list(delivery.calls.all())
    unheard = any(call.problem in _NOT_HEARD for call in calls[1:])  # the newest is first
    died = delivery.lease_until is None and delivery.attempts > len(calls)
    return bool(calls) and (unheard or died)


def _mine(request: HttpRequest, pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.select_related("watchlist"), pk=pk, owner=request.user)


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """One of the buttons on a webhook's page."""
    if action not in _ACTS:
        raise Http404
    return _ACTS[action](request, _mine(request, pk))


def _test(request: HttpRequest, hook: Webhook) -> HttpResponse:
    webhooks.order_test(hook, now=clock.now())
    tasks.ring("webhooks")
    messages.success(
        request, _("A test message is on its way. Load this page again in a moment to see the answer.")
    )
    return redirect("webhook", hook.pk)


def _replay(request: HttpRequest, hook: Webhook) -> HttpResponse:
    number = typed(request, "delivery")
    key = int(number) if number.isascii() and number.isdigit() and len(number) < 18 else 0
    delivery = get_object_or_404(_log(hook), pk=key)
    if webhooks.replay(delivery, now=clock.now()):
        tasks.ring("webhooks")
        messages.success(request, _("It is sent once more, with the same id."))
    else:
        messages.info(request, _("It is on its way already."))
    return redirect("webhook", hook.pk)


def _rotate(request: HttpRequest, hook: Webhook) -> HttpResponse:
    if hook.is_chat:
        raise Http404
    hook = manage.rotate(hook, by=request.user, now=clock.now())
    return _webhook_page(request, hook, secret=secret_of(hook))


def _off(request: HttpRequest, hook: Webhook) -> HttpResponse:
    manage.switch_off(hook, by=request.user, now=clock.now())
    messages.warning(request, _("Switched off. What happens meanwhile is sent when it is on again."))
    return redirect("webhook", hook.pk)


def _on(request: HttpRequest, hook: Webhook) -> HttpResponse:
    missed = manage.switch_on(hook, by=request.user)
    tasks.ring("webhooks")
    words = ngettext(
        "Switched on. %d message that was missed is sent now.",
        "Switched on. %d messages that were missed are sent now.",
        missed or 0,
    )
    messages.success(request, words % missed if missed else _("Switched on."))
    return redirect("webhook", hook.pk)


def _change(request: HttpRequest, hook: Webhook) -> HttpResponse:
    if hook.is_chat:
        if refused := chats.change(request, hook):
            return _webhook_page(request, _mine(request, hook.pk), form=refused)
        messages.success(request, _("Saved."))
        return redirect("webhook", hook.pk)
    entered = Entered.of(request)

    def changed() -> HttpResponse:
        manage.change(hook, by=request.user, name=entered.name, url=entered.url, kinds=entered.kinds)
        messages.success(request, _("Saved."))
        return redirect("webhook", hook.pk)

    return _asked(entered, changed, lambda: _webhook_page(request, _mine(request, hook.pk), form=entered))


def _delete(request: HttpRequest, hook: Webhook) -> HttpResponse:
    manage.delete(hook, by=request.user)
    gone = _("The chat and its log are gone.") if hook.is_chat else _("The webhook and its log are gone.")
    messages.success(request, gone)
    return redirect("channels")


_ACTS: dict[str, Callable[[HttpRequest, Webhook], HttpResponse]] = {
    "test": _test,
    "replay": _replay,
    "secret": _rotate,
    "off": _off,
    "on": _on,
    "change": _change,
    "delete": _delete,
}


# --- feeds ------------------------------------------------------------------------------------------------


@require_POST
def create_feed(request: HttpRequest) -> HttpResponse:
    entered = Entered.of(request)
    scope, watchlist = scope_of(entered.scope, request.user)

    def made() -> HttpResponse:
        feed, token = feeds.create(by=request.user, kind=entered.kind, scope=scope, watchlist=watchlist)
        return _page(request, shown=feeds.url_of(feed, token), shown_of=feed)

    return _asked(entered, made, lambda: _page(request, feed_form=entered))


@require_POST
def act_on_feed(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    feed = get_object_or_404(Feed.objects.select_related("watchlist"), pk=pk, owner=request.user)
    if action == "rotate":
        token = feeds.rotate(feed, by=request.user, now=clock.now())
        return _page(request, shown=feeds.url_of(feed, token), shown_of=feed)
    if action != "revoke":
        raise Http404
    feeds.revoke(feed, by=request.user)
    messages.success(request, _("The address opens nothing any more."))
    return redirect("channels")
