"""What every test may use: people, an office day, and no network beyond this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Nothing is timed in tests: a busy machine is no failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Playwright's synchronous API runs an event loop in the test's thread; it may use the database all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Where a test database and static files may lie; a fresh clone has neither.
(Path(__file__).resolve().parent.parent / "var" / "static").mkdir(parents=True, exist_ok=True)

RECORDINGS = Path(__file__).resolve().parent.parent.parent / "shared" / "recordings"


RACING = {"browser", "cluster", "processes"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts programs that race each other may try twice; pytest tells each second try (RERUN)."""
    for item in items:
        if any(marker.name in RACING for marker in item.iter_markers()):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_sessionstart(session: pytest.Session) -> None:
    """A run that is to prove PostgreSQL must not quietly run on SQLite."""
    from django.db import connection

    if os.environ.get("IPPORTAL_REQUIRE_POSTGRES") == "1" and connection.vendor != "postgresql":
        pytest.exit("PostgreSQL is demanded, but DATABASE_URL names none", returncode=1)


# What migrating writes into every database, and no test: kept, for it is the same for all of them.
_KEPT = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """After a test with real commits, empty what it filled and nothing else.

    Django empties every table and writes the kinds of rows and their permissions again, which takes ten times
    as long. PostgreSQL deletes, because it truncates many tables slowly. The audit trail refuses to be
    emptied; its triggers are away meanwhile.
    """
    from django.contrib.auth.management import create_permissions
    from django.contrib.contenttypes.management import create_contenttypes
    from django.db import connection
    from django.db.models.signals import post_migrate

    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
    flush = _deletions if connection.vendor == "postgresql" else connection.ops.sql_flush
    connection.ops.sql_flush = partial(_emptying, flush)
    yield
    post_migrate.connect(create_contenttypes)
    post_migrate.connect(create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions")


def _emptying(
    flush: Callable[..., list[str]], style: object, tables: list[str], **options: bool
) -> list[str]:
    from django.db import connection

    from dossiers.audit import triggers
    from dossiers.models import AuditEntry

    filled = _filled([table for table in tables if table not in _KEPT])
    if not filled:
        return []
    emptied = flush(style, filled, **options)
    if AuditEntry._meta.db_table not in filled:
        return emptied
    make, drop = triggers.statements(connection.vendor)
    return [*drop, *emptied, *make]


def _filled(tables: list[str]) -> list[str]:
    from django.db import connection

    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608 (of our models)
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]


def _deletions(style: object, tables: list[str], **_options: bool) -> list[str]:
    from django.db import connection

    names = map(connection.ops.quote_name, tables)
    deleted = (f"DELETE FROM {name}" for name in names)  # noqa: S608 (of our models)
    # PostgreSQL makes no trigger on a table while checks of its rows are pending.
    return ["SET CONSTRAINTS ALL DEFERRED", *deleted, "SET CONSTRAINTS ALL IMMEDIATE"]


@pytest.fixture(scope="session", autouse=True)
def _rows_follow_the_clock():
    """A test that sets `dossiers.clock.now` sets it for the times that rows are given by themselves, too.

    Their fields hold the function of the day they were declared, so that a test's day would be compared with
    the real one, and pass or fail by the date of the run.
    """
    from django.apps import apps

    from dossiers import clock

    real = clock.now
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if field.default is real:
                field.default = lambda: clock.now()
                field.__dict__.pop("_get_default", None)


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Tests need no collected, hashed copies."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    """Nobody has to set up a second factor first; tests about that say otherwise."""
    settings.SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def _mail_at_any_speed(settings):
    """No test waits for its place in the mail server's minute; those about it set a limit."""
    settings.MAILS_PER_MINUTE = 0


@pytest.fixture(autouse=True)
def _credentials_as_entered(monkeypatch):
    """No test sees what another entered, and none reads it again by the clock: queries can be counted."""
    from dossiers import credentials

    monkeypatch.setattr(credentials, "_known", credentials._Known(float("inf"), {}))
    monkeypatch.setattr(credentials, "_noted", set())


@pytest.fixture
def recordings() -> Path:
    """The folder of the office's recorded replies, which is not part of the project."""
    if not RECORDINGS.is_dir():
        pytest.skip("no recordings beside the project")
    return RECORDINGS


@pytest.fixture
def alice(db):
    """A docketing clerk who reads Japanese."""
    from tests import make

    return make.user("alice", language="ja", display_name="有栖川 有紀")


@pytest.fixture
def bob(db):
    """An attorney who reads English."""
    from tests import make

    return make.user("bob", language="en", display_name="Bob Attorney")


@pytest.fixture
def office(settings, monkeypatch):
    """A sandbox office whose clock the application follows: a Tuesday morning, with no limit a minute."""
    from datetime import datetime

    from apiclient.clock import JST
    from apiclient.sandbox import Sandbox
    from dossiers.refresh import office as asking

    start = datetime(2026, 11, 24, 9, 0, tzinfo=JST)
    with Sandbox(seed=7, cases=600, now=start, edge_seconds=0) as sandbox:
        settings.JPO_BASE_URL = sandbox.url
        settings.JPO_USERNAME, settings.JPO_PASSWORD = sandbox.username, sandbox.password
        settings.JPO_PER_MINUTE = 1000
        monkeypatch.setattr("dossiers.clock.now", sandbox.now)
        monkeypatch.setattr(asking, "MOST_WAIT", 0.0)
        asking._client.cache_clear()
        yield sandbox
        asking._client.cache_clear()
