"""A mail to the owner of a channel that was switched off because its receiver failed or wants no more."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from dossiers.alerts import compose, letter, short_mail
from dossiers.models import Prompt, Webhook

_SUBJECT = {
    "ja": "[要対応] {kind}「{name}」への送信を停止しました",
    "en": "[to do] The {kind} “{name}” was switched off",
}
_KIND = {("ja", False): "Webhook", ("en", False): "webhook", ("ja", True): "チャット", ("en", True): "chat"}
_WHY = {
    ("gone", "ja"): "受信側が、今後は受け取らない（410 Gone）と応答しました。",
    ("gone", "en"): "The receiver answered that it wants no more (410 Gone).",
    ("failing", "ja"): "{since} から、受信側が一度も正常に応答していません。",
    ("failing", "en"): "The receiver has not answered properly since {since}.",
    ("refused", "ja"): "サービスが、登録された接続情報（URL・トークンなど）を受け付けなくなりました。",
    ("refused", "en"): "The service does not take what was entered for it (address, token) any more.",
}
_DO = {
    "ja": "これ以降のお知らせは、ここには届きません（メールは従来どおり届きます）。"
    "受信側または接続情報を直し、テスト送信をしてから再開してください。届かなかった分は再開時に送ります。",
    "en": "No news goes there any more; mails go on as before. Put the receiver, or what was entered for it, "
    "right, send it a test, and switch it on again: what was missed is sent then.",
}
_NOT_BY_HAND = (Webhook.Off.GONE, Webhook.Off.FAILING, Webhook.Off.REFUSED)


def tell_owners(now: datetime) -> int:
    """Order one mail to each owner; returns how many. To be called by one worker at a time.

    Whoever wants no mail, or is not reached by any, sees it on the page of channels and among the alerts.
    """
    gone_off = Webhook.objects.filter(off__in=_NOT_BY_HAND, told_at=None)
    return sum(_told(hook, now) for hook in gone_off.order_by("pk")[:50])


@transaction.atomic
def _told(hook: Webhook, now: datetime) -> bool:
    """Whether a mail was ordered; the order and the mark that says so are written together, or neither is."""
    if not Webhook.objects.filter(pk=hook.pk, off_at=hook.off_at, told_at=None).update(told_at=now):
        return False
    stamp = int(hook.off_at.timestamp()) if hook.off_at else 0
    Prompt.objects.create(
        user_id=hook.owner_id,
        kind=Prompt.Kind.CHANNEL,
        webhook=hook,
        due_at=now,
        not_before=now,
        created_at=now,
        message_id=f"<webhook.{hook.pk}.{stamp}@{compose.mail_domain()}>",
    )
    return True


def message(prompt: Prompt, *, now: datetime) -> compose.Mail | None:
    """The mail of an order; None when the channel is on again, or was switched off by hand since."""
    hook = prompt.webhook
    if hook is None or hook.off not in _NOT_BY_HAND:
        return None
    reader = letter.reader_of(prompt.user, now)
    since = reader.instant(hook.failing_since) if hook.failing_since else ""
    subject = _SUBJECT[reader.language].format(
        kind=_KIND[reader.language, hook.is_chat], name=letter.one_line(hook.name, 60)
    )
    intro = f"{_WHY[hook.off, reader.language].format(since=since)}\n{_DO[reader.language]}"
    url = f"{settings.SITE_URL}/settings/channels/{hook.pk}/"
    return short_mail.message(prompt, language=reader.language, subject=subject, intro=intro, url=url)
