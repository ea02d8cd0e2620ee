"""Reinstalls the triggers after `migrate`, and records what was wrong with them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from activations.evidence.recording import Step, record
from activations.evidence.trigger_sql import EVENTS
from activations.evidence.triggers import Fault, install_triggers
from activations.models import Event

logger = logging.getLogger("jitaccess.audit")

RESTORED, INSTALLED = "evidence.triggers_restored", "evidence.triggers_installed"


def protect(
    connection: BaseDatabaseWrapper,
    *,
    before: Sequence[Fault],
    has_migrated: bool,
    now: datetime,
) -> None:
    """Install the triggers; if something was wrong before the migrations, record an event that says what.

    Looking afterwards would be too late: SQLite drops the triggers of a table that a migration rebuilds.

    A migration may add or change triggers; those of the events are the same since the first version.
    So the event says that triggers are new after a migration, and that they were restored otherwise.
    """
    with transaction.atomic(using=connection.alias):
        install_triggers(connection)
        if not before or not Event.objects.exists():
            return
        is_upgrade = has_migrated and not any(fault.table == EVENTS for fault in before)
        kind, found = INSTALLED if is_upgrade else RESTORED, [str(fault) for fault in before]
        record(Step(kind=kind, at=now, details={"found": found}))
    if not is_upgrade:
        logger.warning("Triggers put back: %s", ", ".join(found), extra={"event": RESTORED})
