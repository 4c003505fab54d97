"""Addresses of signing in, of one's own account, and of the firm's people.

The library's views stand at addresses of ours, under the names by which it links to them; those that are not
in this list cannot be reached.
"""

from __future__ import annotations

from allauth.account import views as accounts
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.socialaccount.providers.saml import views as saml
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path, re_path

from dossiers.roles import Right
from dossiers.views import entry, people, saml_answer
from dossiers.views.authorising import may, open_to_all

SIGNING_IN = "nobody is signed in before it"
SENT_LINK = "the link was sent to the person's own address"
PROVIDER = "the provider of single sign-on sends people there, and vouches for them"

OWN, ADMINISTER = Right.OWN, Right.ADMINISTER

urlpatterns: list[URLPattern] = [
    path("login/", open_to_all(SIGNING_IN, entry.SignIn.as_view()), name="login"),
    path("login/", open_to_all(SIGNING_IN, entry.SignIn.as_view()), name="account_login"),
    path("logout/", may(OWN, entry.sign_out), name="logout"),
    path("login/factor/", open_to_all(SIGNING_IN, factors.authenticate), name="mfa_authenticate"),
    path("login/factor/cancel/", open_to_all(SIGNING_IN, entry.sign_out), name="account_logout"),
    path("login/passkey/", open_to_all(SIGNING_IN, entry.sign_in_by_passkey), name="mfa_login_webauthn"),
    path("login/off/", open_to_all(SIGNING_IN, accounts.account_inactive), name="account_inactive"),
    path("login/forgotten/", open_to_all(SIGNING_IN, accounts.password_reset), name="account_reset_password"),
    path(
        "login/forgotten/sent/",
        open_to_all(SIGNING_IN, accounts.password_reset_done),
        name="account_reset_password_done",
    ),
    path(
        "login/forgotten/done/",
        open_to_all(SIGNING_IN, accounts.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^login/forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)/$",
        open_to_all(SENT_LINK, accounts.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("login/invitation/<str:token>/", open_to_all(SENT_LINK, entry.accept), name="invitation"),
    path("login/sso/<slug:provider_id>/", open_to_all(PROVIDER, oidc.login), name="openid_connect_login"),
    path(
        "login/sso/<slug:provider_id>/callback/",
        open_to_all(PROVIDER, oidc.callback),
        name="openid_connect_callback",
    ),
    path("login/saml/<slug:organization_slug>/", open_to_all(PROVIDER, saml.login), name="saml_login"),
    path("login/saml/<slug:organization_slug>/acs/", open_to_all(PROVIDER, saml_answer.acs), name="saml_acs"),
    path(
        "login/saml/<slug:organization_slug>/finish/",
        open_to_all(PROVIDER, saml_answer.finish),
        name="saml_finish_acs",
    ),
    path(
        "login/saml/<slug:organization_slug>/out/",
        open_to_all(PROVIDER, saml_answer.no_single_logout),
        name="saml_sls",
    ),
    path(
        "login/saml/<slug:organization_slug>/metadata/",
        open_to_all(PROVIDER, saml.metadata),
        name="saml_metadata",
    ),
    path("settings/password/", may(OWN, accounts.password_change), name="account_change_password"),
    path("settings/password/first/", may(OWN, accounts.password_set), name="account_set_password"),
    path("settings/email/", may(OWN, entry.email), name="account_email"),
    re_path(
        r"^settings/email/(?P<key>[-:\w]+)/$",
        open_to_all(SENT_LINK, accounts.confirm_email),
        name="account_confirm_email",
    ),
    path("settings/security/", may(OWN, entry.Security.as_view()), name="mfa_index"),
    path("settings/security/", may(OWN, entry.Security.as_view()), name="mfa_list_webauthn"),
    path("settings/security/app/", may(OWN, totp.activate_totp), name="mfa_activate_totp"),
    path("settings/security/app/remove/", may(OWN, totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("settings/security/passkeys/add/", may(OWN, passkeys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "settings/security/passkeys/<int:pk>/remove/",
        may(OWN, passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path("settings/security/codes/", may(OWN, codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "settings/security/codes/new/",
        may(OWN, codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("settings/security/again/", may(OWN, accounts.reauthenticate), name="account_reauthenticate"),
    path("settings/security/again/code/", may(OWN, factors.reauthenticate), name="mfa_reauthenticate"),
    path(
        "settings/security/again/passkey/",
        may(OWN, login_required(entry.PasskeyAgain.as_view())),
        name="mfa_reauthenticate_webauthn",
    ),
    path("settings/sessions/", may(OWN, entry.own_sessions), name="sessions"),
    path("settings/sessions/end/", may(OWN, entry.end_sessions), name="sessions_end"),
    path("settings/people/", may(ADMINISTER, people.people), name="people"),
    path("settings/people/invite/", may(ADMINISTER, people.invite), name="people_invite"),
    path("settings/people/factors/", may(ADMINISTER, people.factor_roles), name="people_factor_roles"),
    re_path(
        r"^settings/people/invitations/(?P<pk>[0-9a-f-]{36})/(?P<action>again|withdraw)/$",
        may(ADMINISTER, people.act_on_invitation),
        name="invitation_act",
    ),
    path("settings/people/<int:pk>/", may(ADMINISTER, people.person), name="person"),
    path("settings/people/<int:pk>/change/", may(ADMINISTER, people.change), name="person_change"),
    path("settings/people/<int:pk>/hand-over/", may(ADMINISTER, people.hand_over), name="person_hand_over"),
    re_path(
        r"^settings/people/(?P<pk>[0-9]{1,18})/(?P<action>off|on|sign-out|factors)/$",
        may(ADMINISTER, people.act),
        name="person_act",
    ),
]
