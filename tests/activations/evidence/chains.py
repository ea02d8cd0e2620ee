"""Creates chains of events, and changes them with all permissions on the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from activations.domain.caller import Caller
from activations.evidence.recording import Step, record
from activations.evidence.triggers import remove_triggers
from activations.evidence.verification import Head, recorded_head, verify

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = Caller(email="alice@example.com", subject="accounts.google.com:1")
DETAILS: dict[str, Any] = {
    "roles": ["roles/compute.admin", "größe"],
    "big": 2**53 + 1,
    "none": None,
    "deep": {"b": [True, {"z": 1, "a": '"\\\n\u2028😀'}], "": {}},
}


def append(count: int, *, details: dict[str, Any] | None = None) -> None:
    with transaction.atomic():
        for _ in range(count):
            number = recorded_head().sequence
            at = NOON + timedelta(seconds=number, microseconds=number % 2)
            record(Step(kind="test", at=at, actor=ALICE, comment="Störung", details=details or {}))


def tamper(sql: str, *values: str | int | bytes) -> None:
    """Change an event as a superuser of the database."""
    remove_triggers(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute(sql, values)
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def problem(*anchors: Head) -> str:
    found = verify(anchors=anchors).problem
    return str(found) if found else ""
