"""Copies the whole history from another database, such as SQLite's file to PostgreSQL.

Values pass as Python objects, so times keep their microseconds, which the hashes of the evidence cover.
Serialized text, as of `dumpdata`, loses them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from activations.evidence.verification import Head, verify
from activations.models import ChainHead
from eligibility.batches import batched

SOURCE, TARGET = "copied_from", "default"
ROWS_AT_ONCE = 500
# The eligibility index is read again from Google; its rows are many, and no history.
REBUILT = frozenset({"eligibility"})


class CopyRefused(Exception):
    """Nothing was copied; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows were copied of how many tables, and the end of the verified chain of events."""

    tables: int
    rows: int
    head: Head


def copied_models() -> list[type[models.Model]]:
    """Return the models of all tables of this product, also those of later apps; not Django's and the index."""
    return [
        model
        for config in apps.get_app_configs()
        if not config.name.startswith("django.") and config.label not in REBUILT
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy  # noqa: SLF001  # Django documents it
    ]


def copy_history(
    source: dict[str, Any], *, progress: Callable[[str, int], None] = lambda *_: None
) -> Copied:
    """Copy all rows into the empty default database, verify the evidence there, and then commit.

    Everything or nothing is copied. Memory does not grow with the number of rows. `source` has Django's
    settings of a database; `progress` gets each table with the number of its rows.

    :raises CopyRefused: when both are the same, the file of the source is missing, the databases have other migrations, the target is not empty, or the evidence
        is not valid.
    :raises django.db.Error: when one of the databases fails.
    """
    if _place(source) == _place(settings.DATABASES[TARGET]):
        raise CopyRefused("Both addresses name the same database.")
    if source["ENGINE"].endswith("sqlite3") and not Path(source["NAME"]).is_file():
        # SQLite would create it.
        raise CopyRefused(f"There is no file {source['NAME']} to copy from. Check the address.")
    with _connected(source), transaction.atomic(using=SOURCE), transaction.atomic(using=TARGET):
        _read_one_moment()
        _check_migrations()
        found = copied_models()
        _check_empty(found)
        rows = 0
        for model in found:
            count = _copy(model)
            progress(model._meta.db_table, count)  # noqa: SLF001
            rows += count
        _continue_numbers(found)
        connections[TARGET].check_constraints()
        return Copied(len(found), rows, _verified_head())


def _place(config: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(config.get(key) or "") for key in ("ENGINE", "HOST", "PORT", "NAME"))


@contextmanager
def _connected(source: dict[str, Any]) -> Iterator[None]:
    both = connections.configure_settings(
        {TARGET: dict(settings.DATABASES[TARGET]), SOURCE: source}
    )
    connections.databases[SOURCE] = both[SOURCE]
    try:
        yield
    finally:
        connections[SOURCE].close()
        del connections[SOURCE]
        del connections.databases[SOURCE]


def _read_one_moment() -> None:
    """Read all tables as of the same moment. SQLite's transaction does so, and lets nobody else write."""
    connection = connections[SOURCE]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _check_migrations() -> None:
    labels = {model._meta.app_label for model in copied_models()}  # noqa: SLF001
    theirs, ours = (
        {
            key
            for key in MigrationRecorder(connections[alias]).applied_migrations()
            if key[0] in labels
        }
        for alias in (SOURCE, TARGET)
    )
    if theirs != ours:
        some = ", ".join(f"{app}.{name}" for app, name in sorted(theirs ^ ours)[:3])
        raise CopyRefused(
            f"The two databases have different migrations: {some}. Run `manage.py migrate --no-input` of this"
            " version on both."
        )


def _check_empty(found: list[type[models.Model]]) -> None:
    for model in found:
        rows = model._base_manager.using(TARGET)  # noqa: SLF001
        if model is ChainHead:
            rows = rows.exclude(sequence=0)
        if rows.exists():
            raise CopyRefused(
                f"The database is not empty: {model._meta.db_table} has rows."  # noqa: SLF001
                " Create a new database, run `manage.py migrate --no-input`, and copy into that."
            )


def _copy(model: type[models.Model]) -> int:
    rows = model._base_manager.using(SOURCE).order_by("pk").iterator(chunk_size=ROWS_AT_ONCE)  # noqa: SLF001
    count = 0
    for chunk in batched(rows, ROWS_AT_ONCE):
        if model is ChainHead:
            _move_head(chunk)
        else:
            model._base_manager.using(TARGET).bulk_create(chunk)  # noqa: SLF001
        count += len(chunk)
    return count


def _move_head(heads: list[Any]) -> None:
    """Replace the row of an empty chain, which cannot be deleted."""
    for head in heads:
        head.save(using=TARGET)


def _continue_numbers(found: list[type[models.Model]]) -> None:
    """Let PostgreSQL number new rows after the copied ones."""
    connection = connections[TARGET]
    statements = connection.ops.sequence_reset_sql(no_style(), found)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _verified_head() -> Head:
    differences: list[str] = []
    verified = verify(
        differs=lambda found: differences.append(str(found)) if len(differences) < 5 else None
    )
    if not verified.holds:
        problems = [str(verified.problem)] if verified.problem else []
        raise CopyRefused(
            f"The evidence is not valid after copying: {' '.join([*problems, *differences])}."
            " Run `manage.py verify_evidence` on the database that you copy from."
        )
    return verified.head
