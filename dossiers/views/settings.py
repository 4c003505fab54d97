"""A person's own settings: name, language, time zone, mail, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dossiers.forms import SettingsForm
from dossiers.models import User, record


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=_myself(request))
    if request.method == "POST" and form.is_valid():
        user = form.save()
        record("settings.change", by=user, fields=form.changed_data)
        with translation.override(user.language):
            messages.success(request, _("Settings saved."))
        return redirect("settings")
    return _page(request, form, PasswordChangeForm(request.user))


@sensitive_post_parameters()
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, SettingsForm(instance=_myself(request)), form)
    user = form.save()
    update_session_auth_hash(request, user)
    record("settings.password", by=user)
    messages.success(request, _("Password changed. Your other sessions are signed out."))
    return redirect("settings")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Pages and mails in the other language from now on; back to where the reader was."""
    chosen = request.POST.get("language", "")
    if chosen not in User.Language.values:
        raise BadRequest("unknown language")
    User.objects.filter(pk=request.user.pk).update(language=chosen)
    return redirect(_where_they_were(request))


def _myself(request: HttpRequest) -> User:
    """A fresh row: a form writes into its instance, and a refused entry must not show in the page's frame."""
    return User.objects.get(pk=request.user.pk)


def _where_they_were(request: HttpRequest) -> str:
    page = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return page
    return reverse("settings")


def _page(request: HttpRequest, form: SettingsForm, password_form: PasswordChangeForm) -> HttpResponse:
    return render(request, "pages/settings.html", {"form": form, "password_form": password_form})
