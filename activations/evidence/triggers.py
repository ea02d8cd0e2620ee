"""Database triggers that keep the evidence append-only, for PostgreSQL and SQLite."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "activations_event"

SQLITE = {
    "event_no_update": """
        CREATE TRIGGER event_no_update BEFORE UPDATE ON activations_event
        BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END""",
    "event_no_delete": """
        CREATE TRIGGER event_no_delete BEFORE DELETE ON activations_event
        BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END""",
    # Also refuses INSERT OR REPLACE on connections without recursive_triggers.
    "event_in_sequence": """
        CREATE TRIGGER event_in_sequence BEFORE INSERT ON activations_event
        WHEN NEW.sequence IS NOT (SELECT COALESCE(MAX(sequence), 0) + 1 FROM activations_event)
          OR NEW.previous_hash IS NOT COALESCE(
               (SELECT hash FROM activations_event ORDER BY sequence DESC LIMIT 1),
               '0000000000000000000000000000000000000000000000000000000000000000')
        BEGIN SELECT RAISE(ABORT, 'evidence continues the chain or is refused'); END""",
}

POSTGRESQL_FUNCTIONS = """
    CREATE OR REPLACE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'evidence is append-only'; END $$;
    CREATE OR REPLACE FUNCTION event_check_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE last record;
    BEGIN
      SELECT sequence, hash INTO last FROM activations_event ORDER BY sequence DESC LIMIT 1;
      IF NEW.sequence <> COALESCE(last.sequence, 0) + 1
         OR NEW.previous_hash <> COALESCE(last.hash, repeat('0', 64)) THEN
        RAISE EXCEPTION 'evidence continues the chain or is refused';
      END IF;
      RETURN NEW;
    END $$;
"""

POSTGRESQL = {
    "event_no_update": """
        CREATE TRIGGER event_no_update BEFORE UPDATE OR DELETE ON activations_event
        FOR EACH ROW EXECUTE FUNCTION event_refuse()""",
    "event_no_truncate": """
        CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON activations_event
        FOR EACH STATEMENT EXECUTE FUNCTION event_refuse()""",
    "event_in_sequence": """
        CREATE TRIGGER event_in_sequence BEFORE INSERT ON activations_event
        FOR EACH ROW EXECUTE FUNCTION event_check_sequence()""",
}


def wanted_triggers(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Names and definitions of the triggers for this database."""
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def installed_triggers(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the triggers that stand on the table of events."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [TABLE])
        return {name for (name,) in cursor.fetchall()} & set(wanted_triggers(connection))


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Put missing triggers in place; SQLite drops them silently when a migration remakes the table."""
    missing = set(wanted_triggers(connection)) - installed_triggers(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTIONS)
        for name in sorted(missing):
            cursor.execute(wanted_triggers(connection)[name])


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away: for emptying a test database, never for a production one."""
    with connection.cursor() as cursor:
        for name in sorted(installed_triggers(connection)):
            target = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{target}")
