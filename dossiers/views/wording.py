"""The firm's own words in the mails: written, seen on an invented case, kept. For administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers.alerts import wording
from dossiers.alerts.wording import FIELDS, LONGEST, PACKAGED_SUBJECT, REQUIRED, VARIABLES, WordingFault
from dossiers.alerts.wording_example import example, text_of
from dossiers.models import MailWording

_LANGUAGES = dict(MailWording._meta.get_field("language").choices)
_VERSIONS_SHOWN = 20

_MEANING = {
    "limit": gettext_lazy("the time limit with its date, or that it has to be reviewed"),
    "case": gettext_lazy("application number"),
    "act": gettext_lazy("document or time limit that the mail is about"),
    "own_reference": gettext_lazy("your own reference"),
    "title": gettext_lazy("title of the case"),
    "client": gettext_lazy("client"),
    "reader": gettext_lazy("name of whoever gets the mail"),
    "counts": gettext_lazy("what is overdue, due and new, in numbers"),
    "day": gettext_lazy("day of the digest, or on which the watch ends"),
    "what": gettext_lazy("what the mail lists, with its number"),
    "dates": gettext_lazy("how many are overdue, and the nearest last day"),
}
_LABELS = {
    "subject": gettext_lazy("Subject"),
    "opening": gettext_lazy("Opening words"),
    "closing": gettext_lazy("Closing words"),
}
_FAULTS = {
    "braces": gettext_lazy(
        "A brace stands alone or holds more than a variable's name. Write { as {{ and } as }}."
    ),
    "unknown_variable": gettext_lazy("There is no variable of this name here."),
    "required": gettext_lazy("The subject has to name this variable, so that it says what presses."),
    "too_long": gettext_lazy("Too long. The most characters that are taken:"),
    "too_many_lines": gettext_lazy("Too many lines. The most that are taken:"),
    "line_break": gettext_lazy("A subject is one line."),
    "control_characters": gettext_lazy("There is a character that cannot be seen. Write the text anew."),
    "crowded_out": gettext_lazy(
        "With long values the subject has no room for this variable: put it further left."
    ),
}


@require_safe
def wordings(request: HttpRequest) -> HttpResponse:
    rows = [
        {
            "kind": kind,
            "label": label,
            "language": language,
            "speaks": speaks,
            "row": wording.current(kind, language),
        }
        for kind, label in wording.Kind.choices
        for language, speaks in _LANGUAGES.items()
    ]
    for one in rows:
        one["packaged"] = wording.is_packaged(one["row"])
    return render(request, "pages/wordings.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    _known(kind, language)
    if request.method != "POST":
        texts = _asked_for(request, kind, language)
        return _page(request, kind, language, texts, _all_faults(kind, language, texts))
    texts, action = _written(request), request.POST.get("action", "save")
    if action == "packaged":
        texts = dict.fromkeys(FIELDS, "")
    faults = _all_faults(kind, language, texts)
    if faults or action == "preview":
        return _page(request, kind, language, texts, faults)
    try:
        made = wording.save(kind, language, texts, by=request.user, seen=_seen(request))
    except wording.ChangedMeanwhile:
        changed = _("Somebody has saved other words meanwhile. Yours are below, theirs under the versions.")
        messages.error(request, changed)
        return _page(request, kind, language, texts, faults)
    if made is None:
        messages.info(request, _("Nothing has changed."))
    elif wording.is_packaged(made):
        messages.success(request, _("The packaged words are used again. The others stay among the versions."))
    else:
        messages.success(request, _("Saved. The next mail goes out with these words."))
    return redirect("wording", kind, language)


@require_POST
def preview(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """The mail about the invented case with the words as they stand in the form; nothing is kept."""
    _known(kind, language)
    texts = _written(request)
    context = _preview(kind, language, texts, _all_faults(kind, language, texts))
    return render(request, "parts/wording_preview.html", context)


# --- what was written ---------------------------------------------------------------------------------------


def _known(kind: str, language: str) -> None:
    if kind not in wording.Kind.values or language not in _LANGUAGES:
        raise Http404


def _written(request: HttpRequest) -> dict[str, str]:
    return {field: wording.tidy(request.POST.get(field, "")) for field in FIELDS}


def _seen(request: HttpRequest) -> int:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _asked_for(request: HttpRequest, kind: str, language: str) -> dict[str, str]:
    """The words that hold, or those of the version that the address names."""
    number = request.GET.get("version", "")
    rows = MailWording.objects.filter(kind=kind, language=language)
    row = (
        rows.filter(pk=int(number)).first()
        if number.isascii() and number.isdecimal() and len(number) < 18
        else None
    )
    row = row or rows.first()
    return {field: getattr(row, field) if row else "" for field in FIELDS}


def _all_faults(kind: str, language: str, texts: Mapping[str, str]) -> dict[str, WordingFault]:
    """Also what only shows in a mail, such as a subject without room for what it has to name."""
    found = wording.faults(kind, texts)
    if not found:
        try:
            wording.words_of(kind, texts, example(kind, language).variables)
        except WordingFault as fault:
            found["subject"] = fault
    return found


# --- the page -----------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    kind: str,
    language: str,
    texts: Mapping[str, str],
    faults: Mapping[str, WordingFault],
) -> HttpResponse:
    current = wording.current(kind, language)
    values = example(kind, language).variables
    versions = MailWording.objects.filter(kind=kind, language=language).select_related("by")
    context = {
        "kind": kind,
        "kind_label": wording.Kind(kind).label,
        "language_code": language,
        "language_label": _LANGUAGES[language],
        "current": current,
        "is_packaged": wording.is_packaged(current),
        "packaged_subject": PACKAGED_SUBJECT[kind],
        "fields": [_field(name, texts, faults) for name in FIELDS],
        "variables": [
            {
                "name": f"{{{name}}}",
                "meaning": _MEANING[name],
                "value": values[name],
                "required": name in REQUIRED[kind],
            }
            for name in VARIABLES[kind]
        ],
        "versions": versions[:_VERSIONS_SHOWN],
        **_preview(kind, language, texts, faults),
    }
    return render(request, "pages/wording.html", context)


def _field(name: str, texts: Mapping[str, str], faults: Mapping[str, WordingFault]) -> dict[str, object]:
    fault = faults.get(name)
    return {
        "name": name,
        "label": _LABELS[name],
        "text": texts[name],
        "longest": LONGEST[name],
        "error": _FAULTS[fault.code] if fault else "",
        "about": fault.about if fault else "",
    }


def _preview(
    kind: str, language: str, texts: Mapping[str, str], faults: Mapping[str, WordingFault]
) -> dict[str, object]:
    """The subject and text of the invented mail, or what keeps the words from being used."""
    wrong = [_field(name, texts, faults) for name in FIELDS if name in faults]
    mail = example(kind, language)
    if not wrong:
        words = wording.words_of(kind, texts, mail.variables)
        mail = replace(
            mail, subject=words.subject or mail.subject, opening=words.opening, closing=words.closing
        )
    return {"wrong": wrong, "subject": mail.subject, "text": text_of(mail), "preview_language": language}
