"""What the pages of webhooks, chats and feeds share: scopes, why one is refused, what came of a call."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.intake import watchlists as lists
from dossiers.models import News, Scope, User, Watchlist
from dossiers.roles import Right, can

USUAL_KINDS = (News.Kind.OFFICE_ACTION, News.Kind.DECISION, News.Kind.LIMIT_MOVED, News.Kind.LIMIT_MISSED)

REFUSALS = {
    "bad_address": gettext_lazy(
        "That is no address that can be called. Write it whole, as in https://hooks.example.com/in, without "
        "user name, blanks or a part after #; names in their ASCII form."
    ),
    "not_https": gettext_lazy("News go out encrypted only: the address must begin with https."),
    "not_public": gettext_lazy(
        "This address lies inside a network of your own or on this machine. Only public addresses are "
        "called: put a relay in between that the internet can reach."
    ),
    "bad_port": gettext_lazy("Use the usual port 443, or one from 1024 on."),
    "no_kinds": gettext_lazy("Choose at least one kind of news."),
    "unknown_rung": gettext_lazy("Choose what it is told of when nobody acknowledges."),
    "unknown_service": gettext_lazy("This service is not spoken to here any more."),
    "no_list": gettext_lazy("Choose the watchlist."),
    "only_staff": gettext_lazy("Only administrators can have all cases sent."),
    "too_many": gettext_lazy("You have twenty of these. Delete one that nobody uses."),
    "unknown_scope": gettext_lazy("Choose which cases it is about."),
    "unknown_kind": gettext_lazy("Choose what to read."),
}
PROBLEMS = {
    **REFUSALS,
    "refused": gettext_lazy("The receiver did not take it."),
    "redirect": gettext_lazy("The receiver points elsewhere; that is not followed. Enter the new address."),
    "timeout": gettext_lazy("No answer within fifteen seconds."),
    "unknown_name": gettext_lazy("The name of the address is not known."),
    "tls": gettext_lazy("The receiver's certificate could not be trusted."),
    "no_http": gettext_lazy("The receiver hung up, or its answer is no answer of a web server."),
    "unreachable": gettext_lazy("The receiver could not be reached."),
    "too_large": gettext_lazy("The message is larger than 64 kB."),
    "not_written": gettext_lazy("The message could not be put together; see the log of the program."),
    "sealed": gettext_lazy(
        "What was entered for the service cannot be read any more, because this installation's key was "
        "changed. Enter it again."
    ),
    "given_up": gettext_lazy("Given up after several attempts."),
}


def scopes(user: User) -> list[tuple[str, str]]:
    """What a channel can be about: one's own cases, for administrators all, and each list that one sees."""
    found = [(Scope.MINE.value, str(Scope.MINE.label))]
    found += [(Scope.ALL.value, str(Scope.ALL.label))] if can(user, Right.ADMINISTER) else []
    seen = lists.visible_to(user).order_by("name", "pk").values_list("pk", "name")
    return found + [(str(pk), _("Watchlist: %s") % name) for pk, name in seen[:500]]


def scope_of(entered: str, user: User) -> tuple[str, Watchlist | None]:
    """The scope that a form names: a word, or the key of a list that the person sees."""
    try:
        key = uuid.UUID(entered)
    except ValueError:
        return entered, None
    return Scope.LIST, lists.visible_to(user).filter(pk=key).first()
