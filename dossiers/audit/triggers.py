"""The database itself refuses to change or delete what the audit trail holds.

A migration that has SQLite write the table anew (most changes of columns) loses the triggers there: it calls
`install` again, and a column of substance it adds is named in `_FIXED`.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "dossiers_auditentry"
_FIXED = ("id", "at", "actor_id", "action", "case_id", "way", "via")
_SET_ONCE = ("position", "seal", "address_hash", "detail_hash")
REFUSAL = "the audit trail is only added to"


def _differ(database: str) -> str:
    return "IS NOT" if database == "sqlite" else "IS DISTINCT FROM"


def _forbidden(database: str) -> str:
    """When an UPDATE is refused, as SQL over OLD and NEW.

    Allowed are a row's place in the chain, once; erasing an address; and taking names out of the detail by
    an act that is on record itself.
    """
    differ = _differ(database)
    changed = {name: f"NEW.{name} {differ} OLD.{name}" for name in (*_FIXED, *_SET_ONCE)}
    fixed = " OR ".join(changed[name] for name in _FIXED)
    once = " OR ".join(changed[name] for name in _SET_ONCE)
    redacted = f"NEW.redacted_by_id IS NOT NULL AND NEW.redacted_by_id {differ} OLD.redacted_by_id"
    return (
        f"{fixed}"
        f" OR (OLD.position IS NOT NULL AND ({once}))"
        f" OR (NEW.address {differ} OLD.address AND NEW.address <> '')"
        f" OR (NEW.address_salt {differ} OLD.address_salt AND NEW.address_salt <> '')"
        f" OR (NEW.detail {differ} OLD.detail AND NOT ({redacted}))"
        f" OR (NEW.detail_salt {differ} OLD.detail_salt AND NOT ({redacted})"
        " AND NOT (OLD.position IS NULL AND OLD.detail_salt = ''))"
        f" OR (OLD.redacted_by_id IS NOT NULL AND NEW.redacted_by_id IS NULL)"
    )


def statements(database: str) -> tuple[list[str], list[str]]:
    """What makes the triggers and what takes them away, for "sqlite" or "postgresql"."""
    if database == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        make = [
            f"CREATE TRIGGER audit_unchanged BEFORE UPDATE ON {TABLE} WHEN {_forbidden(database)} {refuse}",
            f"CREATE TRIGGER audit_undeleted BEFORE DELETE ON {TABLE} {refuse}",
        ]
        return make, ["DROP TRIGGER IF EXISTS audit_unchanged", "DROP TRIGGER IF EXISTS audit_undeleted"]
    make = [
        "CREATE OR REPLACE FUNCTION dossiers_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$",
        f"CREATE TRIGGER audit_unchanged BEFORE UPDATE ON {TABLE} FOR EACH ROW"
        f" WHEN ({_forbidden(database)}) EXECUTE FUNCTION dossiers_audit_refuse()",
        f"CREATE TRIGGER audit_undeleted BEFORE DELETE ON {TABLE} FOR EACH ROW"
        " EXECUTE FUNCTION dossiers_audit_refuse()",
        f"CREATE TRIGGER audit_untruncated BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT"
        " EXECUTE FUNCTION dossiers_audit_refuse()",
    ]
    names = ("audit_unchanged", "audit_undeleted", "audit_untruncated")
    return make, [f"DROP TRIGGER IF EXISTS {name} ON {TABLE}" for name in names]


def install(database: BaseDatabaseWrapper) -> None:
    """Make the triggers, anew where they are there already."""
    make, drop = statements(database.vendor)
    with database.cursor() as cursor:
        for statement in (*drop, *make):
            cursor.execute(statement)


def remove(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        for statement in statements(database.vendor)[1]:
            cursor.execute(statement)
