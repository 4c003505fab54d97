"""Where a SAML identity provider sends people back to."""

from __future__ import annotations

import logging

from allauth.core.internal.httpkit import deserialize_request
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.saml import views as saml
from allauth.socialaccount.providers.saml.utils import build_auth, get_app_or_404
from allauth.socialaccount.sessions import LoginSession
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from onelogin.saml2.errors import OneLogin_Saml2_Error

from dossiers.people import sso

logger = logging.getLogger(__name__)

acs = csrf_exempt(require_POST(saml.acs))  # another site's form; the answer itself is signed
_KEPT_AT_LEAST = 24 * 3600.0  # seconds that an assertion is remembered for


def no_single_logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The library names an address for it; the portal ends its sessions by itself."""
    raise Http404


@require_safe
def finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """Look at the provider's answer, which opens something once: the library's own check, and before it ours
    that the assertion was not used before."""
    kept = LoginSession(request, "saml_acs_session", "saml-acs-session").store.get("request")
    provider = get_app_or_404(request, organization_slug).get_provider(request)
    if kept:
        auth = build_auth(deserialize_request(kept, HttpRequest()), provider)
        try:
            auth.process_response()
            assertion = auth.get_last_assertion_id() if not auth.get_errors() else ""
        except (OneLogin_Saml2_Error, ValueError):
            assertion = ""
        if assertion and not sso.first_use(assertion, _KEPT_AT_LEAST):
            logger.warning("An answer of the identity provider came a second time and was refused")
            return render_authentication_error(request, provider)
    return saml.finish_acs(request, organization_slug)
