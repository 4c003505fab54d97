"""How people sign in. Settings come from the environment; docs/configuration.md lists the names."""

from __future__ import annotations

from typing import Any

import environ

env = environ.FileAwareEnv()

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

# --- one account for one person -------------------------------------------------------------------------

ACCOUNT_ADAPTER = "dossiers.people.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "dossiers.people.forms.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}  # the form takes an e-mail address, too
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an account begins with a link that was sent to its address
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # the password or a factor again before the address is changed
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USERNAME_MIN_LENGTH = 2

# Of one address, and of one account whoever guesses at it; counted by all processes together.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": env.str("IPPORTAL_LOGIN_FAILURES", default="20/10m/ip,5/5m/key"),
    "reset_password": "10/10m/ip,3/10m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "5/5m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/30s/key",
}
# How many proxies of ours stand in front and add to X-Forwarded-For; what others wrote there is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("IPPORTAL_TRUSTED_PROXIES", default=0)

# --- second factors -------------------------------------------------------------------------------------

MFA_ADAPTER = "dossiers.people.adapters.FactorAdapter"
MFA_FORMS = {
    "authenticate_webauthn": "dossiers.people.forms.PasskeyFactorForm",
    "reauthenticate_webauthn": "dossiers.people.forms.PasskeyAgainForm",
    "login_webauthn": "dossiers.people.forms.PasskeySignInForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up here by themselves
MFA_TOTP_ISSUER = "IP Portal"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_WEBAUTHN_USER_VERIFICATION = "preferred"
# Whether those whose role needs a second factor can do nothing without one.
SECOND_FACTOR = env.bool("IPPORTAL_SECOND_FACTOR", default=not env.bool("IPPORTAL_DEMO", default=False))

# --- sessions -------------------------------------------------------------------------------------------

# A session ends so long after its last page, and so long after signing in whatever happens.
SESSION_COOKIE_AGE = round(env.float("IPPORTAL_SESSION_IDLE_HOURS", default=12.0) * 3600)
SESSION_LONGEST = round(env.float("IPPORTAL_SESSION_HOURS", default=168.0) * 3600)

# --- single sign-on -------------------------------------------------------------------------------------

SOCIALACCOUNT_ADAPTER = "dossiers.people.adapters.SsoAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form that leads to another site is what our own policy forbids
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# Passwords open nothing any more, but for administrators, who must come in when the provider is away.
SSO_ONLY = env.bool("IPPORTAL_SSO_ONLY", default=False)
# Whether who comes by single sign-on needs no second factor here, as the provider asks everybody for one.
# Nothing in its answer proves that, so it must be said.
SSO_TRUST_FACTORS = env.bool("IPPORTAL_SSO_TRUST_FACTORS", default=False)


def openid_connect() -> dict[str, Any]:
    """The firm's OpenID Connect provider, or none."""
    issuer = env.str("IPPORTAL_OIDC_ISSUER", default="").rstrip("/")
    if not issuer:
        return {}
    return {
        "provider_id": "oidc",
        "name": env.str("IPPORTAL_OIDC_NAME", default="OpenID Connect"),
        "client_id": env.str("IPPORTAL_OIDC_CLIENT_ID", default=""),
        "secret": env.str("IPPORTAL_OIDC_CLIENT_SECRET", default=""),
        "settings": {
            "server_url": issuer,
            "oauth_pkce_enabled": True,
            # For providers that say of no address whether it is confirmed, and let nobody choose their own.
            "verified_email": env.bool("IPPORTAL_OIDC_TRUST_ADDRESSES", default=False),
        },
    }


def saml() -> dict[str, Any]:
    """The firm's SAML identity provider, or none. Its addresses count as confirmed: the firm gave them."""
    entity = env.str("IPPORTAL_SAML_ENTITY_ID", default="")
    if not entity:
        return {}
    return {
        "client_id": "saml",
        "provider_id": entity,
        "name": env.str("IPPORTAL_SAML_NAME", default="SAML"),
        "settings": {
            "idp": {
                "entity_id": entity,
                "sso_url": env.str("IPPORTAL_SAML_SSO_URL", default=""),
                "x509cert": env.str("IPPORTAL_SAML_CERTIFICATE", default="", multiline=True),
            },
            "attribute_mapping": {
                "uid": env.str(
                    "IPPORTAL_SAML_UID_ATTRIBUTE", default="urn:oasis:names:tc:SAML:attribute:subject-id"
                ),
                "email": env.list(
                    "IPPORTAL_SAML_EMAIL_ATTRIBUTE",
                    default=[
                        "urn:oid:0.9.2342.19200300.100.1.3",
                        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                        "email",
                    ],
                ),
            },
            "verified_email": True,
            "advanced": {
                "want_assertion_signed": True,
                "want_attribute_statement": False,
                "allow_single_label_domains": True,
                "reject_idp_initiated_sso": True,
            },
        },
    }


SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {"APPS": [openid_connect()] if openid_connect() else []},
    "saml": {"APPS": [saml()] if saml() else []},
}

# --- what all processes share ---------------------------------------------------------------------------

_CACHE_URL = env.str("IPPORTAL_CACHE_URL", default="")
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # the queue's own signs of life
}
if _CACHE_URL:
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _CACHE_URL}
