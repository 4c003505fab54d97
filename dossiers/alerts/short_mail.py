"""A mail with one thing to say and one address to go to, for what concerns no case."""

from __future__ import annotations

from django.template.loader import render_to_string

from dossiers.alerts import compose, words
from dossiers.alerts.prompt_mail import mail_of
from dossiers.alerts.unsubscribe import url_for
from dossiers.models import Prompt


def message(prompt: Prompt, *, language: words.Language, subject: str, intro: str, url: str) -> compose.Mail:
    leave = words.say(language, "unsubscribe_all"), url_for(prompt.user, None)
    told = {"language": language, "subject": subject, "intro": intro, "url": url}
    html = render_to_string("mail/bare.html", {**told, "leave_label": leave[0], "leave": leave[1]})
    return mail_of(prompt, subject, f"{intro}\n\n{url}\n\n{leave[0]}: {leave[1]}\n", html, leave, {})
