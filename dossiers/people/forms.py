"""What people type to come in, and what administrators type about them."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from dossiers.models import Invitation, Role, User

_PASSKEY_REFUSED = _("The passkey could not be used. Try again, or use another way.")


class SignInForm(LoginForm):
    """User name or e-mail address, and password. The field is called `username`, as browsers expect."""

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("username" if field_name == "login" else field_name)

    def user_credentials(self) -> dict[str, str]:
        """An address stands for the name of whoever has it.

        One name is looked up and one password compared in any case, so that the time tells nothing.
        """
        credentials = super().user_credentials()
        name = credentials["username"].replace("\0", "")
        if "@" in name:
            named = User.objects.filter(email__iexact=name).values_list("username", flat=True).first()
            name = named or name
        return {**credentials, "username": name}


class _PasskeySaid(forms.Form):
    """A passkey that was not accepted: told as what it is, where the library speaks of a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in ("required", "invalid"):
            self.fields["credential"].error_messages[code] = _PASSKEY_REFUSED

    def clean_credential(self) -> Any:
        """The library reads what the browser sends without looking at its form first."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError as refused:
            if refused.code != "incorrect_code":  # too many attempts
                raise
            raise forms.ValidationError(_PASSKEY_REFUSED, code=refused.code) from refused
        except (AttributeError, LookupError, TypeError, ValueError) as unreadable:
            raise forms.ValidationError(_PASSKEY_REFUSED, code="incorrect_code") from unreadable


class PasskeyFactorForm(_PasskeySaid, AuthenticateWebAuthnForm):
    """As the second factor."""


class PasskeyAgainForm(_PasskeySaid, ReauthenticateWebAuthnForm):
    """To show once more who it is."""


class PasskeySignInForm(_PasskeySaid, LoginWebAuthnForm):
    """Instead of a password."""


class AcceptForm(forms.Form):
    """How somebody who was invited wants to be called, and how they will sign in."""

    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        min_length=2,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=_("With it, or with your e-mail address, you sign in."),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "At least twelve characters; a few words are good. Leave it empty to sign in with a passkey "
            "alone: the next page makes one."
        ),
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._invitation = invitation
        if not self.is_bound:
            self.initial["username"] = invitation.email.partition("@")[0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password"):
            person = User(
                username=cleaned.get("username", ""),
                email=self._invitation.email,
                display_name=cleaned.get("name", ""),
            )
            try:
                validate_password(cleaned["password"], person)
            except forms.ValidationError as refused:
                self.add_error("password", refused)
        return cleaned


class TeamsField(forms.ModelMultipleChoiceField):
    """Teams of the firm. A number too long for any database is no team, and is refused before it is asked."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Teams"),
            required=False,
            queryset=Group.objects.order_by("name"),
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self, value: Any) -> Any:
        for key in value if isinstance(value, (list, tuple)) else ():
            if len(str(key)) > 18:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": key}
                )
        return super().clean(value)


class InviteForm(forms.Form):
    """Whom to ask to come in, as what."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.DOCKETER)
    client = forms.CharField(
        label=_("Client"),
        required=False,
        max_length=120,
        help_text=_("For the role “Client” alone: whose cases they see, as it is written on the cases."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=User.Language.choices)
    teams = TeamsField()


class MemberForm(forms.ModelForm):
    """What a person is in the firm."""

    class Meta:
        model = User
        fields = ["role", "client", "groups"]

    groups = TeamsField()


class HandOverForm(forms.Form):
    """Who is to be in charge of somebody's cases."""

    to = forms.ModelChoiceField(label=_("New person in charge"), queryset=User.objects.none())

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True).exclude(pk=person.pk).exclude(role=Role.CLIENT)
        self.fields["to"].queryset = others.order_by("display_name", "username")


class FactorRolesForm(forms.Form):
    """The roles that need a second factor."""

    roles = forms.MultipleChoiceField(
        label=_("Roles that need a second factor"),
        required=False,
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
    )
