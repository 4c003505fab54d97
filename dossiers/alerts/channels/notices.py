"""A mail to the owner of a channel that was switched off because its receiver failed or wants no more."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from dossiers.alerts import compose, letter, post, words
from dossiers.alerts.unsubscribe import url_for
from dossiers.models import Webhook

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
    """Mail each owner once; returns how many were told. To be called by one worker at a time.

    Whoever wants no mail sees it on the page of channels and among the alerts.
    """
    gone_off = Webhook.objects.filter(off__in=_NOT_BY_HAND, told_at=None)
    told = 0
    for hook in gone_off.select_related("owner").order_by("pk")[:50]:
        owner = hook.owner
        reachable = owner.is_active and owner.mail_on and owner.email and not owner.address_off_at
        result = post.send(_message(hook, now)) if reachable else None
        if result and result.verdict in (post.Verdict.UNREACHABLE, post.Verdict.PUT_OFF):
            break  # in a minute again
        Webhook.objects.filter(pk=hook.pk, off_at=hook.off_at).update(told_at=now)
        told += 1
    return told


def _message(hook: Webhook, now: datetime) -> EmailMultiAlternatives:
    reader = letter.reader_of(hook.owner, now)
    since = reader.instant(hook.failing_since) if hook.failing_since else ""
    subject = _SUBJECT[reader.language].format(
        kind=_KIND[reader.language, hook.is_chat], name=letter.one_line(hook.name, 60)
    )
    intro = f"{_WHY[hook.off, reader.language].format(since=since)}\n{_DO[reader.language]}"
    url, leave = f"{settings.SITE_URL}/settings/channels/{hook.pk}/", url_for(hook.owner, None)
    leave_label = words.say(reader.language, "unsubscribe_all")
    stamp = int(hook.off_at.timestamp()) if hook.off_at else 0
    mail = compose.Mail(
        subject=subject,
        body=f"{intro}\n\n{url}\n\n{leave_label}: {leave}\n",
        to=[hook.owner.email],
        headers={
            "Message-ID": f"<webhook.{hook.pk}.{stamp}@{compose.mail_domain()}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Unsubscribe": f"<{leave}>",
        },
    )
    told = {"language": reader.language, "subject": subject, "intro": intro, "url": url}
    told |= {"leave": leave, "leave_label": leave_label}
    mail.attach_alternative(render_to_string("mail/bare.html", told), "text/html")
    return mail
