"""Once a year, to each administrator: the coming years' holidays are to be confirmed."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from apiclient.clock import office_day
from dossiers.alerts import compose, short_mail, words
from dossiers.docketing.closures import REMINDED_FROM, years_to_confirm
from dossiers.models import AuditEntry, Prompt, User, record
from dossiers.roles import Right, having

ORDERED = "calendar.remind"  # the audit line that keeps a reminder from being ordered twice

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


@transaction.atomic
def remind(now: datetime) -> int:
    """Order a mail to the administrators who have not been told this season; returns to how many.

    From November until the next two years are confirmed, once for each person. To be called by one worker
    at a time; any number of times.
    """
    today = office_day(now)
    years = years_to_confirm(today)
    if not years:
        return 0
    season = today.year if today.month >= REMINDED_FROM else today.year - 1
    told = AuditEntry.objects.filter(action=ORDERED, detail__season=season).values_list(
        "detail__user", flat=True
    )
    staff = User.objects.filter(having(Right.ADMINISTER), mail_on=True, address_off_at=None)
    readers = staff.exclude(email="").exclude(pk__in=[int(pk) for pk in told]).order_by("pk")
    orders = [
        Prompt(
            user=user,
            kind=Prompt.Kind.CALENDAR,
            due_at=now,
            not_before=now,
            created_at=now,
            message_id=f"<calendar.{season}.{user.pk}@{compose.mail_domain()}>",
        )
        for user in readers
    ]
    Prompt.objects.bulk_create(orders)
    for one in orders:
        record(ORDERED, season=season, user=one.user_id, years=list(years))
    return len(orders)


def message(prompt: Prompt, *, now: datetime) -> compose.Mail | None:
    """The mail of an order; None when the years have been confirmed meanwhile."""
    years = years_to_confirm(office_day(now))
    if not years:
        return None
    language: words.Language = "en" if prompt.user.language == "en" else "ja"
    named = ("・" if language == "ja" else ", ").join(map(str, years))
    subject, intro = (said.format(years=named) for said in _WORDS[language])
    url = f"{settings.SITE_URL}/calendar/?year={years[0]}"
    return short_mail.message(prompt, language=language, subject=subject, intro=intro, url=url)
