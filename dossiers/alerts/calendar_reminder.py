"""Once a year, to each administrator: the coming years' holidays are to be confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from apiclient.clock import office_day
from dossiers.alerts import compose, post, words
from dossiers.alerts.unsubscribe import url_for
from dossiers.docketing.closures import REMINDED_FROM, years_to_confirm
from dossiers.models import AuditEntry, Heartbeat, User, record

SENT = "calendar.remind"  # the audit line that keeps a reminder from being sent twice
TRIED = "calendar_reminder"
AGAIN_AFTER = timedelta(hours=1)  # when the mail server could not take one

_WORDS = {
    "ja": (
        "[要確認] 庁の閉庁日：{years}年の祝日が未確認です",
        "{years}年の祝日は、まだ誰も官報と照合していません。春分の日・秋分の日は前年2月の官報で公告されます。"
        "公告を確かめ、「特許庁の閉庁日」のページで確認済みにしてください。それまで、その年に満了する期限は暫定の計算です。",
    ),
    "en": (
        "[to check] Office calendar: the holidays of {years} are not confirmed",
        "Nobody has compared the holidays of {years} with the Official Gazette, which announces the "
        "equinoxes in February of the year before. Please compare them and confirm the years on the "
        "calendar's page. Until then time limits that end in those years are provisional.",
    ),
}


def remind(now: datetime) -> int:
    """Mail the administrators who have not been told this season; returns how many were.

    From November until the next two years are confirmed, once for each person. To be called by one worker
    at a time; any number of times.
    """
    today = office_day(now)
    years = years_to_confirm(today)
    if not years:
        return 0
    season = today.year if today.month >= REMINDED_FROM else today.year - 1
    told = AuditEntry.objects.filter(action=SENT, detail__season=season).values_list(
        "detail__user", flat=True
    )
    staff = User.objects.filter(is_staff=True, is_active=True, mail_on=True, address_off_at=None)
    waiting = staff.exclude(email="")
    readers = list(waiting.exclude(pk__in=[int(pk) for pk in told]).order_by("pk"))
    if not readers or Heartbeat.objects.filter(name=TRIED, at__gt=now - AGAIN_AFTER, at__lte=now).exists():
        return 0
    sent = sum(_sent(user, years, season) for user in readers)
    if sent < len(readers):
        Heartbeat.objects.update_or_create(name=TRIED, defaults={"at": now})
    return sent


def _sent(user: User, years: tuple[int, ...], season: int) -> bool:
    """Whether this person need not be told again: the server took the mail, or will never take it."""
    result = post.send(_message(user, years, season))
    if result.verdict not in (post.Verdict.SENT, post.Verdict.REFUSED):
        return False
    record(SENT, season=season, user=user.pk, years=list(years), problem=result.words)
    return result.verdict is post.Verdict.SENT


def _message(user: User, years: tuple[int, ...], season: int) -> EmailMultiAlternatives:
    language: words.Language = "en" if user.language == "en" else "ja"
    named = ("・" if language == "ja" else ", ").join(map(str, years))
    subject, intro = (said.format(years=named) for said in _WORDS[language])
    url, leave = f"{settings.SITE_URL}/calendar/?year={years[0]}", url_for(user, None)
    headers = {
        "Message-ID": f"<calendar.{season}.{user.pk}@{compose.mail_domain()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "List-Unsubscribe": f"<{leave}>",
    }
    leave_label = words.say(language, "unsubscribe_all")
    text = f"{intro}\n\n{url}\n\n{leave_label}: {leave}\n"
    mail = EmailMultiAlternatives(subject=subject, body=text, to=[user.email], headers=headers)
    told = {"language": language, "subject": subject, "intro": intro, "url": url}
    told |= {"leave": leave, "leave_label": leave_label}
    mail.attach_alternative(render_to_string("mail/bare.html", told), "text/html")
    return mail
