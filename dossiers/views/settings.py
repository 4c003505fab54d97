"""A person's own settings: name, language, time zone, mail."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers.forms import AddressForm, DigestForm, FirmPolicyForm, LeaveForm, RemindersForm, SettingsForm
from dossiers.models import User, firm_policy, record
from dossiers.roles import Right, can

from .whence import changes_of


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=_myself(request))
    if request.method == "POST" and form.is_valid():
        user = form.save()
        record("settings.change", by=user, **changes_of(form))
        with translation.override(user.language):
            messages.success(request, _("Settings saved."))
        return redirect("settings")
    return _page(request, form)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """When a person is away, and who then gets their mail, too."""
    form = LeaveForm(request.POST, instance=_myself(request))
    if not form.is_valid():
        own = SettingsForm(instance=_myself(request))
        return _page(request, own, leave_form=form)
    user = form.save()
    record("settings.leave", by=user, **changes_of(form))
    if user.away_from and not user.deputy_id:
        messages.warning(request, _("Saved. Without a deputy nobody gets your mail while you are away."))
    else:
        messages.success(request, _("Settings saved."))
    return redirect("settings")


@require_POST
def firm(request: HttpRequest) -> HttpResponse:
    """How the firm handles its docket; for administrators."""
    return _change_policy(request, FirmPolicyForm, "firm_form")


@require_POST
def firm_reminders(request: HttpRequest) -> HttpResponse:
    """When people are reminded, and when what nobody acknowledges goes further; for administrators."""
    return _change_policy(request, RemindersForm, "reminders_form")


def _change_policy(request: HttpRequest, form_class: type[ModelForm], name: str) -> HttpResponse:
    before = firm_policy()
    was = {field: getattr(before, field) for field in form_class.Meta.fields}
    form = form_class(request.POST, instance=before)
    if not form.is_valid():
        own = SettingsForm(instance=_myself(request))
        return _page(request, own, **{name: form})
    policy = form.save()
    now = {field: getattr(policy, field) for field in form_class.Meta.fields}
    if now != was:
        record("firm.policy", by=request.user, was=_told(was), now=_told(now))
    messages.success(request, _("Settings saved."))
    return redirect("settings")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Pages and mails in the other language from now on; back to where the reader was."""
    chosen = request.POST.get("language", "")
    if chosen not in User.Language.values:
        raise BadRequest("unknown language")
    User.objects.filter(pk=request.user.pk).update(language=chosen)
    return redirect(_where_they_were(request))


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """Values as an audit line keeps them: hours of the day as text."""
    return {name: value.isoformat() if isinstance(value, time) else value for name, value in values.items()}


def _myself(request: HttpRequest) -> User:
    """A fresh row: a form writes into its instance, and a refused entry must not show in the page's frame."""
    return User.objects.get(pk=request.user.pk)


def _where_they_were(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return page
    return reverse("settings")


def _page(request: HttpRequest, form: SettingsForm, **refused: ModelForm) -> HttpResponse:
    """The page; `refused` are the forms that were sent and could not be taken, by their names there."""
    context: dict[str, Any] = {"form": form}
    context["digest_form"] = DigestForm(instance=_myself(request))
    context["leave_form"] = LeaveForm(instance=_myself(request))
    if request.user.address_off_at:
        context["address_form"] = AddressForm(instance=_myself(request), auto_id="address-%s")
    if can(request.user, Right.ADMINISTER):
        policy = firm_policy()
        context["firm_form"] = FirmPolicyForm(instance=policy)
        context["reminders_form"] = RemindersForm(instance=policy)
    return render(request, "pages/settings.html", context | refused)
