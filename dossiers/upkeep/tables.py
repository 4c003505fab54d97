"""Every table there is, and one form of its rows that is the same whichever database holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Field, Model

_KINDS = {
    "CharField": "text",
    "TextField": "text",
    "SlugField": "text",
    "EmailField": "text",
    "URLField": "text",
    "FileField": "text",
    "FilePathField": "text",
    "GenericIPAddressField": "address",
    "BooleanField": "boolean",
    "FloatField": "float",
    "DecimalField": "decimal",
    "DateTimeField": "instant",
    "DateField": "day",
    "TimeField": "time",
    "DurationField": "duration",
    "UUIDField": "uuid",
    "BinaryField": "bytes",
    "JSONField": "json",
}

MIGRATIONS = "django_migrations"
MADE_BY_MIGRATIONS = frozenset({MIGRATIONS, "django_content_type", "auth_permission", "dossiers_newscounter"})
"""Tables in which a new installation has rows before anybody has used it."""

BESIDE = ("dossiers_searchgrams", "shared_cache")
"""Beginnings of the names of tables that hold nothing of their own, and are in no manifest: the index of
search on SQLite, which is written anew from the texts, and the cache, which lasts some minutes."""


@dataclass(frozen=True)
class Column:
    """A column as the database names it, and what it holds: `kind` is a value of `_KINDS` or "integer"."""

    name: str
    kind: str


@dataclass(frozen=True)
class Table:
    """A table and those of its columns that hold something said by somebody, the key first where it has one.

    `counted` is the column that the database counts by itself, "" for none.
    """

    name: str
    columns: tuple[Column, ...]
    counted: str = ""

    def told(self) -> dict[str, Any]:
        return {"name": self.name, "columns": [[one.name, one.kind] for one in self.columns]}


class UnknownKind(Exception):
    """A column of a kind that nobody has taught this module."""


def tables() -> list[Table]:
    """Every table of every application in use, by name; sessions, the queue and secrets among them."""
    models = [one for one in apps.get_models(include_auto_created=True) if not one._meta.proxy]
    found = {one._meta.db_table: _table(one) for one in (*models, MigrationRecorder.Migration)}
    return [found[name] for name in sorted(found)]


def _table(model: type[Model]) -> Table:
    fields = sorted(model._meta.local_concrete_fields, key=lambda one: not one.primary_key)
    columns = tuple(Column(str(one.column), kind_of(one)) for one in fields)
    key = model._meta.pk
    counted = str(key.column) if key.get_internal_type().endswith("AutoField") else ""
    return Table(model._meta.db_table, columns, counted)


def kind_of(field: Field[Any, Any]) -> str:
    """What a column holds; of a reference, what the key holds that it refers to."""
    while field.remote_field is not None:
        field = field.target_field
    kind = field.get_internal_type()
    if kind.endswith(("IntegerField", "AutoField")):
        return "integer"
    if kind not in _KINDS:
        raise UnknownKind(f"{field.model._meta.label}.{field.name}: {kind}")
    return _KINDS[kind]


def from_told(told: Iterable[Any]) -> list[Table]:
    """The tables of a manifest. ValueError for what is none."""
    return list(_from_told(told))


def _from_told(told: Iterable[Any]) -> Iterator[Table]:
    known = {*_KINDS.values(), "integer"}
    for one in told:
        try:
            columns = tuple(Column(str(name), str(kind)) for name, kind in one["columns"])
            name = str(one["name"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("a table without name or columns") from error
        for said in (name, *(column.name for column in columns)):
            if not said.replace("_", "").isalnum() or not said.isascii():
                raise ValueError(f"no name of a table or column: {said[:80]!r}")
        if not columns or not {column.kind for column in columns} <= known:
            raise ValueError(f"unknown kind of column in {name}")
        yield Table(name, columns)
