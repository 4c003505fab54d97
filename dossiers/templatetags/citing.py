"""Grounds and cited documents on pages."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language, gettext

from apiclient.documents import Article
from dossiers.alerts.grounds import article_words

register = template.Library()
_MARKS = ("条", "項", "号")


@register.filter
def ground_words(code: str) -> str:
    """A provision "patent/29-2" with the plain name of its ground; "" is one that is not told."""
    law, _, reference = code.partition("/")
    if not reference:
        return gettext("ground not told")
    language = "ja" if (get_language() or "ja").startswith("ja") else "en"
    return article_words(Article(_in_japanese(reference), law, reference), language)


def _in_japanese(reference: str) -> str:
    """29-1-3 as 第29条第1項第3号, 17.2-3 as 第17条の2第3項."""
    printed = ""
    for part, mark in zip(reference.split("-"), _MARKS, strict=False):
        figure, *branches = part.split(".")
        printed += f"第{figure}{mark}" + "".join(f"の{branch}" for branch in branches)
    return printed
