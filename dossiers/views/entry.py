"""Signing in."""

from __future__ import annotations

from django.contrib.auth.views import LoginView


class SignIn(LoginView):
    """The sign-in page; whoever is signed in already goes straight on."""

    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:
        """Where to go on to. Never here again: that would be a circle."""
        page = super().get_redirect_url()
        return "" if page.partition("?")[0] == self.request.path else page
