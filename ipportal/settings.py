"""Settings come from the environment alone; docs/configuration.md lists the names.

A name ending in _FILE gives the path of a file that holds the value, for secrets.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

from apiclient import quota
from apiclient.addresses import STORAGE_HOST

from .accounts import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.FileAwareEnv()

DEMO = env.bool("IPPORTAL_DEMO", default=False)
DEBUG = env.bool("IPPORTAL_DEBUG", default=False)


def _secret_key() -> Any:
    """The key from the environment; without one, a key of this machine's own, made once."""
    from django.core.management.utils import get_random_secret_key

    given = env.str("IPPORTAL_SECRET_KEY", default="")
    if given:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the docket lies in it, too
        made = path.with_suffix(f".{os.getpid()}")
        made.touch(mode=0o600)
        made.write_text(get_random_secret_key())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(made, path)
        made.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
# Keys before this one, the newest first: what they signed or sealed holds until they are taken out.
SECRET_KEY_FALLBACKS = env.list("IPPORTAL_SECRET_KEY_FALLBACKS", default=[])
# Keys that seal secrets in the database, the newest first; without any, SECRET_KEY does (`dossiers.sealing`).
SEALING_KEYS = env.list("IPPORTAL_SEALING_KEYS", default=[])
# Days after which the text of sent mails, and calls of webhooks, are deleted; 0: never.
KEEP_MAIL_DAYS = env.int("IPPORTAL_KEEP_MAIL_DAYS", default=0)
KEEP_WEBHOOK_DAYS = env.int("IPPORTAL_KEEP_WEBHOOK_DAYS", default=0)
ALLOWED_HOSTS = env.list("IPPORTAL_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
SITE_URL = env.str("IPPORTAL_SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("IPPORTAL_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its templates, for those that ours do not replace
    "csp",
    "django_htmx",
    "django_q",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "dossiers",
]

MIDDLEWARE = [
    "dossiers.views.observing.observed",
    "django.middleware.security.SecurityMiddleware",
    "dossiers.views.middleware.said_by_every_answer",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dossiers.views.whence.origin_of_acts",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dossiers.views.guarding.sessions_end",
    "dossiers.views.middleware.SignedIn",
    "dossiers.views.middleware.language_of_the_reader",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dossiers.views.guarding.FactorFirst",
    "dossiers.views.middleware.refusals_in_words",
]

ROOT_URLCONF = "ipportal.urls"
WSGI_APPLICATION = "ipportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dossiers.views.context.site",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- database -------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'ipportal.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers wait for each other instead of failing, and readers never wait.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
    }
    # A file, for the threads of one test must see one database; one a process, for runs may overlap.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"test-{os.getpid()}.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- people ---------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "dossiers.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Tokyo"
USE_I18N = True
USE_TZ = True

# --- mail -----------------------------------------------------------------------------------------------

vars().update(env.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("IPPORTAL_FROM", default="IP Portal <ip-portal@localhost>")
# Mails handed to the server in any minute, by all processes together; 0 for no limit.
MAILS_PER_MINUTE = env.int("IPPORTAL_MAILS_PER_MINUTE", default=60)
# Where reports of undeliverable mail go: bounce@firm.example makes each mail answer to bounce+<token>@….
BOUNCE_ADDRESS = env.str("IPPORTAL_BOUNCE_ADDRESS", default="")
# The mailbox in which they arrive, for `manage.py bounces`: imaps://user:password@mail.firm.example/INBOX
BOUNCE_MAILBOX = env.str("IPPORTAL_BOUNCE_MAILBOX", default="")

# Told, besides the administrators, when a part of the portal stands still; and how often again.
WATCH_MAIL = env.list("IPPORTAL_WATCH_MAIL", default=[])
WATCH_AGAIN_HOURS = env.float("IPPORTAL_WATCH_AGAIN_HOURS", default=6.0)
# Within how many hours a backup is to report (`manage.py beat backup`); 0: none is demanded.
BACKUP_HOURS = env.float("IPPORTAL_BACKUP_HOURS", default=0.0)
# Where `manage.py backup` writes, and of how many days, weeks and months it keeps the newest.
BACKUP_DIR = Path(env.str("IPPORTAL_BACKUP_DIR", default=str(VAR_DIR / "backups")))
BACKUP_KEEP = tuple(map(int, env.list("IPPORTAL_BACKUP_KEEP", default=["7", "5", "12"])))
# Who reads /metrics sends this as a bearer token; without it there is no such address.
METRICS_TOKEN = env.str("IPPORTAL_METRICS_TOKEN", default="")
# Addresses of an outside watcher, called while a part works, with /fail when it is late; "" is for them all.
PING_URLS = {
    name: address
    for name in (
        *("", "worker", "planning", "refresh", "alerts", "digest", "reminders", "docket", "webhooks"),
        *("intake", "bulk", "classification", "outlook", "backup"),
    )
    if (address := env.str(f"IPPORTAL_PING_URL_{name.upper()}".rstrip("_"), default=""))
}

# Webhooks go to public addresses by https alone. This lets them go to this very machine, also by http: for
# trying them out. It opens no other address.
WEBHOOK_LOOPBACK = env.bool("IPPORTAL_WEBHOOK_LOOPBACK", default=DEMO)

# Calls that one token of the API may make in any minute of the clock, whichever process takes them.
API_PER_MINUTE = env.int("IPPORTAL_API_PER_MINUTE", default=300)

# --- the office -----------------------------------------------------------------------------------------


def _as_given(read: Callable[[str], Any], text: str) -> Any:
    """What `read` makes of `text`, or `text` itself: a system check then says in words what is wrong."""
    try:
        return read(text)
    except ValueError:
        return text


JPO_BASE_URL = env.str("JPO_BASE_URL", default="https://ip-data.jpo.go.jp").rstrip("/")
JPO_TOKEN_PATH = env.str("JPO_TOKEN_PATH", default="/auth/token")
JPO_USERNAME = env.str("JPO_USERNAME", default="")
JPO_PASSWORD = env.str("JPO_PASSWORD", default="")
# Where the office lays down documents too large to be sent at once; they are fetched from nowhere else.
JPO_STORAGE_HOSTS = env.list("JPO_STORAGE_HOSTS", default=[STORAGE_HOST])
# {"patent/app_progress": 1600}: where the office has raised a limit, or printed and real limits differ.
JPO_DAILY_LIMITS = _as_given(json.loads, env.str("JPO_DAILY_LIMITS", default="{}"))
# At most three endpoints whose limit the office has doubled for this ID: patent/app_progress,design/…
JPO_DOUBLED = env.list("JPO_DOUBLED", default=[])
# The office has registered this ID as an information provider's: five times the limits of documents.
JPO_INFORMATION_PROVIDER = env.bool("JPO_INFORMATION_PROVIDER", default=False)
JPO_PER_MINUTE = _as_given(int, env.str("JPO_PER_MINUTE", default=str(quota.PER_MINUTE["domestic"])))
JPO_OPD_PER_MINUTE = _as_given(int, env.str("JPO_OPD_PER_MINUTE", default=str(quota.PER_MINUTE["opd"])))
# The clock hour in Japan from which the daily round runs; new data is normally there after 03:00.
REFRESH_FROM_HOUR = env.int("IPPORTAL_REFRESH_FROM_HOUR", default=3)

# Ask the One Portal Dossier each week about the families abroad; an ID may lack the right to it.
FAMILY_ROUND = env.bool("IPPORTAL_FAMILY_ROUND", default=True)

# --- IP Australia ---------------------------------------------------------------------------------------

# The predictor's payload is not public: the names of its fields are those of IP Australia's developer portal.
IPAU_BASE_URL = env.str("IPAU_BASE_URL", default="").rstrip("/")
IPAU_PREDICT_PATH = env.str("IPAU_PREDICT_PATH", default="")
IPAU_TOKEN_URL = env.str(
    "IPAU_TOKEN_URL",
    default="https://production.api.ipaustralia.gov.au/public/external-token-api/v1/access_token",
)
IPAU_CLIENT_ID = env.str("IPAU_CLIENT_ID", default="")
IPAU_CLIENT_SECRET = env.str("IPAU_CLIENT_SECRET", default="")
IPAU_TEXT_FIELD = env.str("IPAU_TEXT_FIELD", default="")
IPAU_SYMBOLS_FIELD = env.str("IPAU_SYMBOLS_FIELD", default="")
IPAU_SYMBOL_FIELD = env.str("IPAU_SYMBOL_FIELD", default="")
IPAU_SCORE_FIELD = env.str("IPAU_SCORE_FIELD", default="")
IPAU_LABEL_FIELD = env.str("IPAU_LABEL_FIELD", default="")

# --- the demo -------------------------------------------------------------------------------------------

DEMO_DIR = Path(env.str("IPPORTAL_DEMO_DIR", default=str(VAR_DIR / "demo")))
DEMO_CLOCK_FILE = str(DEMO_DIR / "clock.json") if DEMO else ""
DEMO_MAILBOX = DEMO_DIR / "mailbox"
TIME_PASSES = 1.0  # times as fast as the machine's clock; anything but 1 is for simulations

# --- background work ------------------------------------------------------------------------------------

# Workers on several machines: a Redis to ring for work instead of the database's own queue.
QUEUE_URL = env.str("IPPORTAL_QUEUE_URL", default="")
# Set by a worker for its own cluster, while the Redis is away: it works from the database's queue meanwhile.
if env.bool("IPPORTAL_QUEUE_AWAY", default=False):
    QUEUE_URL = ""
_QUEUE = {"broker_class": "dossiers.runtime.doorbell.Broker"} if QUEUE_URL else {"orm": "default"}

Q_CLUSTER = {
    **_QUEUE,
    "name": "ipportal",
    "label": "Tasks",
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "timeout": 120,
    "retry": 480,  # dossiers.checks recomputes the bound
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "poll": 1,
    "guard_cycle": 0.5,
    "cache": "process",
    "save_limit": -1,
    "recycle": 200,
}

# --- files and headers ----------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dossiers.views.static_files.Collected"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# All files of one request together, as much as the server in front lets through; forms take less each.
UPLOAD_MOST_BYTES = 60_000_000
FILE_UPLOAD_HANDLERS = [
    "dossiers.views.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # every form carries its own token
SESSION_COOKIE_SAMESITE = "Lax"
_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
if _https:  # browsers take these from this very host over https alone, so that no other can plant one
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = env.bool("IPPORTAL_SSL_REDIRECT", default=_https)
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
BEHIND_PROXY = env.bool("IPPORTAL_BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "dossiers.log_lines.WithoutTokens",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "dossiers.log_lines.AsJson"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if env.str("IPPORTAL_LOG_FORMAT", default="line") == "json" else "line",
        },
        "faults": {"()": "dossiers.fault_lines.Gathering", "level": "ERROR"},
    },
    "root": {"handlers": ["console", "faults"], "level": env.str("IPPORTAL_LOG_LEVEL", default="INFO")},
}
