"""Who was told of what has to be acknowledged, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dossiers.models import (
    Alert,
    Concern,
    Escalation,
    Prompt,
    Reminder,
    Scope,
    User,
    WebhookDelivery,
)


@dataclass(frozen=True)
class Link:
    """One line of the chain: when whom was told, as what, instead of whom, and how the message went.

    `words` says as what, "" for the first message; `state` how its message stands, `sent` whether it went.
    `chat` names the chat it went to, "" for a mail; `user` is the chat's owner then.
    """

    at: datetime
    user: User
    instead_of: User | None
    state: str
    words: str
    sent: bool
    chat: str = ""


def chain(concern: Concern) -> list[Link]:
    """Who was told of a concern, in order; four queries."""
    people = ("user", "instead_of")
    alerts = Alert.objects.filter(news=concern.news_id).select_related(*people) if concern.news_id else ()
    reminders = Reminder.objects.filter(
        limit=concern.limit_id, due=concern.due, kind="legal", prompt__created_at__gte=concern.opened_at
    )
    reminded = reminders.select_related(*people, "prompt") if concern.limit_id else ()
    raised = concern.escalations.select_related(*people, "prompt")
    links = [_link(one, one, "") for one in alerts]
    links += [_link(one, one.prompt, "") for one in reminded]
    links += [_link(one, one.prompt, one.get_role_display()) for one in raised]
    chats = concern.chats.exclude(state=WebhookDelivery.State.DROPPED).select_related("webhook__owner")
    links += [_chat_link(one) for one in chats]
    return sorted(links, key=lambda link: link.at)


def _chat_link(row: WebhookDelivery) -> Link:
    sent = row.state == WebhookDelivery.State.SENT
    at, steps = row.ended_at if sent and row.ended_at else row.created_at, len(Escalation.Role.values)
    role = Escalation.Role(Escalation.Role.values[min(max(row.rung, 1), steps) - 1])
    words = str(role.label) if row.webhook.scope == Scope.MINE else ""
    return Link(at, row.webhook.owner, None, row.get_state_display(), words, sent, str(row.webhook))


def _link(row: Alert | Reminder | Escalation, mail: Alert | Prompt, words: str) -> Link:
    at = mail.sent_at or mail.created_at
    return Link(at, row.user, row.instead_of, mail.get_state_display(), words, mail.sent_at is not None)
