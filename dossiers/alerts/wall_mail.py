"""To administrators, once a day for each wall: something behind it waits, and nobody inside can be reached.

It names the wall alone. What waits, and on which case, is not for those outside; but that nobody sees it must
not stay unsaid.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings

from apiclient.clock import office_day
from dossiers import walls
from dossiers.alerts import compose, letter, short_mail, words
from dossiers.models import Prompt, User
from dossiers.roles import Right, having

_WORDS = {
    "ja": (
        "[要対応] 情報障壁「{wall}」：連絡できる内部者がいません",
        "情報障壁「{wall}」の内側で、受領確認を待っている事項がありますが、内部者の誰にもメールが届きません。"
        "内部者を追加するか、内部者のメールアドレスを直してください。それまで、この事項は誰にも見えません。",
    ),
    "en": (
        "[to do] Nobody inside the wall “{wall}” can be reached",
        "Something behind the wall “{wall}” waits to be acknowledged, and no mail reaches anybody inside it. "
        "Let somebody in, or put the address of somebody inside right. Until then nobody sees what waits.",
    ),
}


def order(keys: Collection[int], now: datetime) -> int:
    """Order the mails for these walls; returns how many. Inside the transaction that found nobody to tell."""
    if not keys:
        return 0
    staff = User.objects.filter(having(Right.ADMINISTER), mail_on=True, address_off_at=None)
    orders = [
        Prompt(
            user=user,
            kind=Prompt.Kind.WALL,
            wall_id=wall,
            due_at=now,
            not_before=now,
            created_at=now,
            message_id=f"<wall.{wall}.{office_day(now)}.{user.pk}@{compose.mail_domain()}>",
        )
        for user in staff.exclude(email="").order_by("pk")
        for wall in sorted(keys)
    ]
    names = [one.message_id for one in orders]
    told = set(Prompt.objects.filter(message_id__in=names).values_list("message_id", flat=True))
    return len(Prompt.objects.bulk_create(one for one in orders if one.message_id not in told))


def message(prompt: Prompt, *, now: datetime) -> compose.Mail | None:
    """The mail of an order; None when somebody inside can be reached by now."""
    if prompt.wall is None or not walls.without_anybody().filter(pk=prompt.wall_id).exists():
        return None
    language: words.Language = "en" if prompt.user.language == "en" else "ja"
    subject, intro = (said.format(wall=letter.one_line(prompt.wall.name, 60)) for said in _WORDS[language])
    url = f"{settings.SITE_URL}/settings/walls/"
    return short_mail.message(prompt, language=language, subject=subject, intro=intro, url=url)
