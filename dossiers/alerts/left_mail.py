"""To those inside a wall: cases behind it stay with somebody who hands over theirs, or works here no more.

Nobody outside can hand these over or may know which they are, so that those inside must be told.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings

from apiclient.clock import office_day
from dossiers import reach, walls
from dossiers.alerts import compose, letter, short_mail, words
from dossiers.models import Prompt, User, Wall

_WORDS = {
    "ja": (
        "[要対応] {person}さんが担当する情報障壁「{wall}」の内側の案件：{n}件",
        "{person}さんの案件が引き継がれる、または{person}さんが在籍しなくなりましたが、情報障壁「{wall}」の内側の"
        "{n}件は{person}さんの担当のままです。引き継げるのは内部者だけです。新しい担当者を決めてください。",
    ),
    "en": (
        "[to do] Cases of {person} behind the wall “{wall}”: {n}",
        "{person} hands over their cases, or works here no more. Behind the wall “{wall}” they are still in "
        "charge of {n}, and only somebody inside can hand these over: put somebody else in charge.",
    ),
}


def order(person: User, behind: Collection[Wall], now: datetime) -> list[Wall]:
    """Order the mails about these walls, one a day to each other person inside; the walls nobody hears of.

    Inside the transaction of the act.
    """
    rows = walls.reachable().filter(wall__in=behind).exclude(user=person).select_related("user")
    orders = [
        Prompt(
            user=one.user,
            kind=Prompt.Kind.LEFT,
            wall_id=one.wall_id,
            about=person,
            due_at=now,
            not_before=now,
            created_at=now,
            message_id=f"<left.{one.wall_id}.{person.pk}.{office_day(now)}.{one.user_id}@{compose.mail_domain()}>",
        )
        for one in rows.order_by("wall", "user")
    ]
    names = [one.message_id for one in orders]
    told = set(Prompt.objects.filter(message_id__in=names).values_list("message_id", flat=True))
    Prompt.objects.bulk_create(one for one in orders if one.message_id not in told)
    heard = {one.wall_id for one in orders}
    return [wall for wall in behind if wall.pk not in heard]


def message(prompt: Prompt, *, now: datetime) -> compose.Mail | None:
    """The mail of an order; None when its reader is not inside any more, or nothing is left there."""
    if prompt.wall is None or prompt.about is None:
        return None
    left = reach.cases(prompt.user).filter(owner=prompt.about, wall=prompt.wall).count()
    if not left:
        return None
    language: words.Language = "en" if prompt.user.language == "en" else "ja"
    told = {
        "person": letter.one_line(str(prompt.about), 60),
        "wall": letter.one_line(prompt.wall.name, 60),
        "n": left,
    }
    subject, intro = (said.format(**told) for said in _WORDS[language])
    url = f"{settings.SITE_URL}/cases/?owner={prompt.about.pk}"
    return short_mail.message(prompt, language=language, subject=subject, intro=intro, url=url)
