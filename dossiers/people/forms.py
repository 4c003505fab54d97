"""What people type to come in."""

from __future__ import annotations

from allauth.account.forms import LoginForm

from dossiers.models import User


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
