"""Where the library that signs people in meets this portal: its words, its mails, its secrets, its doors."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dossiers import origin, sealing
from dossiers.alerts import addresses
from dossiers.models import Role, User, record

from . import factors, letters

# Mails that are asked for without signing in: whether one went out must not be told, or it would be known who
# has an account.
_SILENT = {"account/email/password_reset_key"}


def _at_our_address(url: str) -> str:
    """A link in a mail leads to the site that the firm named, whatever host the request asked for."""
    parts = urlsplit(url)
    return settings.SITE_URL + parts.path + (f"?{parts.query}" if parts.query else "")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts with a password: nobody signs up, mails speak the person's language, links stay here."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy(
            "The name or the password is not right. Both are case-sensitive."
        ),
        "too_many_login_attempts": gettext_lazy(
            "Too many attempts. Try again in ten minutes, or ask for a new password."
        ),
        "rate_limited": gettext_lazy("Too many attempts. Try again in ten minutes."),
        "incorrect_password": gettext_lazy("The password is not right."),
        "enter_current_password": gettext_lazy("The password is not right."),
        "incorrect_code": gettext_lazy("The code is not right, or was used already. Wait for the next one."),
        "email_taken": gettext_lazy("Another person here has this address."),
        "same_as_current": gettext_lazy("This is the address already."),
        "invalid_password_reset": gettext_lazy("The link is over or was used already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Pages of this very site alone, and never the sign-in page, which would be a circle."""
        request = context.request
        if not url or any(character < " " for character in url):
            return False
        if not url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()):
            return False
        return url.partition("?")[0] != reverse("login")

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _at_our_address(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _at_our_address(super().get_email_confirmation_url(request, emailconfirmation))

    def get_client_ip(self, request: HttpRequest) -> str:
        """The reader's address as the record has it; a local socket, which has none, is this machine's."""
        return origin.address() or "127.0.0.1"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """What cannot be sent is said on the page, but for what must not tell who has an account."""
        person = context.get("user") or User.objects.filter(email__iexact=email).first()
        language = person.language if person else settings.LANGUAGE_CODE
        problem = letters.send(template_prefix, email, language, {**context, "site_url": settings.SITE_URL})
        if problem and template_prefix not in _SILENT:
            request = globals()["context"].request
            messages.error(request, _("The mail could not be sent. Please try again later."))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        told = {"user": user, "address": origin.address(), "site_url": settings.SITE_URL}
        super().send_notification_mail(template_prefix, user, {**(context or {}), **told}, email)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whoever has followed a link sent to an address is reached there: what was missed goes out to it."""
        done = super().confirm_email(request, email_address)
        person = User.objects.get(pk=email_address.user_id)
        if done and person.address_off_at and person.email == email_address.email:
            with transaction.atomic():
                addresses.switch_on(person, by=person, email=person.email, send=True)
        return done

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        super().set_password(user, password)
        record("settings.password", by=user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("settings")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        return reverse("settings")

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **hints: Any) -> HttpResponse | None:
        """Where the firm demands single sign-on, a password opens nothing but for administrators."""
        came_by = [one["method"] for one in _records(request, user)]
        if settings.SSO_ONLY and "socialaccount" not in came_by and user.role != Role.ADMINISTRATOR:
            return render(request, "account/sso_only.html", status=403)
        return super().pre_login(request, user, **hints)


def _records(request: HttpRequest, user: AbstractBaseUser) -> list[dict[str, Any]]:
    from allauth.account.internal.flows.login import get_authentication_records

    return get_authentication_records(request, user)


class FactorAdapter(DefaultMFAAdapter):
    """Second factors. Their secrets are sealed: a copy of the database opens nothing."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": gettext_lazy(
            "Your role needs a second factor. Add another one before you remove this."
        ),
    }

    def encrypt(self, text: str) -> str:
        return sealing.seal({"secret": text})

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)["secret"]

    def build_totp_svg(self, url: str) -> str:
        """The picture as a part of the page, without a file's first line."""
        return super().build_totp_svg(url).partition("?>")[2]

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return factors.may_do_without(authenticator.user, authenticator)

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Any) -> str:
        number = factors.count(user, type) + 1
        return str(pgettext_lazy("passkey", "Key %d")) % number

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


class SsoAdapter(DefaultSocialAccountAdapter):
    """Single sign-on: providers come from the environment, people are those we know already."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        """Only what the environment names; a table that anybody could write to opens no door."""
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Let in whom we know by a confirmed address, and say to everybody else what to do."""
        from . import sso

        problem = sso.recognise(request, sociallogin)
        if problem:
            answer = render(request, "socialaccount/unknown.html", {"problem": problem}, status=403)
            raise ImmediateHttpResponse(answer)
