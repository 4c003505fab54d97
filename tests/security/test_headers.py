"""What a grader of headers looks for, on every kind of answer that leaves the house."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tests import make

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
YEAR = 31_536_000


def said(answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


@pytest.fixture
def over_tls(settings):
    """As an installation sets it whose address begins with https."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = YEAR
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True


@pytest.fixture
def answers(over_tls, boss, monkeypatch, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "tokens.css").write_text("a{}")
    client = Client(raise_request_exception=False)
    client.force_login(boss)
    stranger = Client(raise_request_exception=False)
    ours = {"secure": True}
    kinds = {
        "page": client.get("/", **ours),
        "sign-in": stranger.get("/login/", **ours),
        "led to sign in": stranger.get("/cases/", **ours),
        "not there": client.get("/nowhere/", **ours),
        "not there, a stranger": stranger.get("/nowhere/", **ours),
        "wrong method": client.get("/logout/", **ours),
        "another name": stranger.get("/", headers={"host": "evil.example"}, **ours),
        "without the token of a form": Client(enforce_csrf_checks=True).post("/login/", {}, **ours),
        "program": stranger.get("/api/v1/cases", **ours),
        "description for programs": stranger.get("/api/v1/openapi.json", **ours),
        "no such thing for programs": stranger.get("/api/v1/nowhere", **ours),
        "monitor": stranger.get("/readyz", **ours),
        "export": client.get("/exports/limits.csv", **ours),
        "style": stranger.get("/static/tokens.css", **ours),
        "broken": _broken(client, monkeypatch),
    }
    kinds["style"].getvalue()
    kinds["style"].close()
    return kinds


def _broken(client, monkeypatch):
    from dossiers.views import health

    def fails(*_args):
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(health, "_state", fails)  # the last part of a real request goes wrong
    return client.get("/healthz", secure=True)


def test_each_answer_says_what_a_grader_wants(answers):
    for name, answer in answers.items():
        head = said(answer)
        policy = head.get("content-security-policy", "")
        assert "default-src 'none'" in policy and "frame-ancestors" in policy, name
        assert "unsafe" not in policy and "*" not in policy and "http:" not in policy, name
        assert head["x-content-type-options"] == "nosniff", name
        assert head["x-frame-options"] == "DENY", name
        assert head["referrer-policy"] in ("same-origin", "no-referrer"), name
        assert head["cross-origin-opener-policy"] == "same-origin", name
        assert head["cross-origin-resource-policy"] == "same-origin", name
        assert "camera=()" in head["permissions-policy"], name
        age, *rest = head["strict-transport-security"].split("; ")
        assert int(age.removeprefix("max-age=")) >= YEAR and "includeSubDomains" in rest, name
        assert "access-control-allow-origin" not in head, name
        assert "server" not in head and "x-powered-by" not in head, name


def test_the_kinds_of_answers_are_those_that_they_are_taken_for(answers):
    expected = {
        "page": 200, "sign-in": 200, "led to sign in": 302, "not there": 404, "wrong method": 405,
        "another name": 400, "without the token of a form": 403, "program": 401,
        "description for programs": 200, "no such thing for programs": 404, "monitor": 200, "export": 200,
        "style": 200, "broken": 500,
    }  # fmt: skip
    assert {name: answers[name].status_code for name in expected} == expected


def test_an_answer_with_words_says_what_they_are_and_is_kept_by_nobody(answers):
    for name, answer in answers.items():
        head = said(answer)
        if answer.status_code != 302:
            assert head["content-type"].split("/")[0] in ("text", "application"), name
            if head["content-type"].startswith("text/"):
                assert "charset=" in head["content-type"], name
        kept = set(head["cache-control"].split(", "))
        asked_again = {"private", "no-cache"} <= kept  # for programs, which come with an ETag
        assert (
            name == "style" or "no-store" in kept or (asked_again and name.endswith(("program", "programs")))
        )


def test_what_broke_inside_is_told_to_nobody(answers):
    assert "secret of the inside" not in answers["broken"].content.decode()
    assert "Traceback" not in answers["broken"].content.decode()


def test_who_comes_without_tls_is_led_to_it_and_gets_nothing_else(over_tls, boss):
    client = Client()
    client.force_login(boss)
    answer = client.get("/cases/?q=1")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://testserver/cases/?q=1")
    assert not answer.content


NAMES = [
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_PATH", "CSRF_COOKIE_DOMAIN", "LANGUAGE_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "DEBUG", "USE_X_FORWARDED_HOST", "ALLOWED_HOSTS",
]  # fmt: skip


def production(**more: str) -> dict[str, object]:
    """Settings as a process of an installation has them that is reached by https."""
    ask = (
        "from django.conf import settings as s; import json; "
        f"print(json.dumps({{n: getattr(s, n) for n in {NAMES}}}))"
    )
    given = {
        "DJANGO_SETTINGS_MODULE": "ipportal.settings",
        "IPPORTAL_SECRET_KEY": "x" * 60,
        "IPPORTAL_SITE_URL": "https://docket.example",
        "IPPORTAL_HOSTS": "docket.example",
        "PATH": os.environ["PATH"],
        **more,
    }
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, env=given, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_an_installation_by_https_has_cookies_that_no_other_host_can_plant():
    has = production()
    for kind in ("SESSION", "CSRF"):
        assert has[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert has[f"{kind}_COOKIE_SECURE"] and has[f"{kind}_COOKIE_HTTPONLY"]
        assert has[f"{kind}_COOKIE_PATH"] == "/" and has[f"{kind}_COOKIE_DOMAIN"] is None
    assert has["SESSION_COOKIE_SAMESITE"] == "Lax" and has["LANGUAGE_COOKIE_SECURE"]
    assert has["SECURE_SSL_REDIRECT"] and has["SECURE_HSTS_SECONDS"] >= YEAR
    assert not has["DEBUG"] and not has["USE_X_FORWARDED_HOST"] and "*" not in has["ALLOWED_HOSTS"]


def test_django_s_own_check_of_an_installation_finds_nothing(tmp_path):
    given = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"},
        "IPPORTAL_SECRET_KEY": "".join(chr(33 + i) for i in range(80)),
        "IPPORTAL_SITE_URL": "https://docket.example",
        "IPPORTAL_HOSTS": "docket.example",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=given, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_forgotten_collectstatic_makes_pages_plain_and_breaks_none(boss, settings, tmp_path, caplog):
    settings.STATIC_ROOT = tmp_path
    collected = {"BACKEND": "dossiers.views.static_files.Collected"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": collected}
    client = Client(raise_request_exception=False)
    assert client.get("/nowhere/").status_code == 404
    assert Client(raise_request_exception=False).get("/login/").status_code == 200
    client.force_login(boss)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404 and 'href="/static/css/app.css"' in answer.text
    said = [line for line in caplog.messages if "css/app.css is not collected" in line]
    assert len(said) == 1 and "collectstatic" in said[0]


def test_collected_files_go_by_names_that_change_with_their_content(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    collected = {"BACKEND": "dossiers.views.static_files.Collected"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": collected}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert re.search(r'href="/static/css/app\.[0-9a-f]{12}\.css"', Client().get("/login/").text)


def test_a_session_begun_by_the_form_has_all_its_marks(over_tls, boss):
    client = Client()
    client.get("/login/", secure=True)
    client.post("/login/", {"username": "boss", "password": make.PASSWORD}, secure=True)
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Lax", name
