"""What each role may do: the one table that pages, programs and mails ask.

A right is a kind of act that a firm hands out or keeps back as a whole. There are few, so that everybody can
say by heart what a colleague may do: finer ones would be set once, wrongly, and never looked at again.

* `OWN`: one's own account, language, password and sessions. Everybody who may sign in.
* `READ`: cases within reach (`dossiers.reach`), what the office sent, and the dates that run.
* `FIRM`: the firm's own side of them: notes, own dates, reviews, who confirmed what, boards, quota, people,
  watchlists; and to follow, mark as read and be told. Whoever is not of the firm never has it.
* `DOCKET`: write in the docket: confirm, note as done, decide, enter, review, own fields, tags, lists.
* `ADD`: bring cases in and take that back: what the firm is answerable for grows.
* `ASK`: have the office asked: calls of a day are few and shared by all.
* `EXPORT`: take what one reads out of the portal, as files or to other programs.
* `AUDIT`: read who did what, also where it is about no case.
* `ADMINISTER`: people, the firm's policy, calendar and words, mail server, kept answers, the whole docket.

Walls are no rights: what stands behind one is not there for an administrator either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dossiers.models import Role


class Right(models.TextChoices):
    """A kind of act; the words say what somebody without it lacks."""

    OWN = "own", _("change one's own settings")
    READ = "read", _("read cases, documents and time limits")
    FIRM = "firm", _("see the firm's own notes, boards and lists")
    DOCKET = "docket", _("confirm, decide and enter things in the docket")
    ADD = "add", _("add cases to the docket")
    ASK = "ask", _("have the office asked")
    EXPORT = "export", _("take data out of the portal")
    AUDIT = "audit", _("read the record of who did what")
    ADMINISTER = "administer", _("administer the portal")


_EVERYBODY = frozenset({Right.OWN, Right.READ})
_READER = _EVERYBODY | {Right.FIRM, Right.EXPORT}
_ATTORNEY = _READER | {Right.DOCKET, Right.ASK}
_DOCKETER = _ATTORNEY | {Right.ADD}

RIGHTS: Mapping[str, frozenset[Right]] = {
    Role.CLIENT: _EVERYBODY,
    Role.READER: _READER,
    Role.ATTORNEY: _ATTORNEY,
    Role.DOCKETER: _DOCKETER,
    Role.ADMINISTRATOR: _DOCKETER | {Right.AUDIT, Right.ADMINISTER},
}


def rights_of(user: Any) -> frozenset[Right]:
    """All that the person may do: nothing for whoever is not signed in, was switched off or has no known
    role."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    return RIGHTS.get(user.role, frozenset())


def can(user: Any, right: Right) -> bool:
    return right in rights_of(user)


def roles_with(right: Right) -> tuple[str, ...]:
    """The roles that have the right, as in `Role.choices`."""
    return tuple(role for role in Role.values if right in RIGHTS[role])


def having(right: Right, user: str = "") -> Q:
    """Of rows those of working people who have the right; `user` is the path to the person, as "owner__"."""
    return Q(**{f"{user}is_active": True, f"{user}role__in": roles_with(right)})
