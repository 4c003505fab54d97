"""Migrated databases, made once and copied: the migrations take longer than all that is tried here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from . import databases


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "migrated.sqlite3"
    databases.succeeds(f"sqlite:///{path}", "migrate", "--verbosity", "0")
    return path


@pytest.fixture(scope="session")
def migrated_on_server() -> Iterator[str]:
    with databases.empty_postgres() as made:
        databases.succeeds(made, "migrate", "--verbosity", "0")
        yield made


@pytest.fixture
def address(tmp_path, request) -> Iterator[str]:
    """A migrated database of the kind this run uses."""
    if connection.vendor == "postgresql":
        with databases.empty_postgres(request.getfixturevalue("migrated_on_server")) as made:
            yield made
    else:
        path = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "docket.sqlite3")
        yield f"sqlite:///{path}"
