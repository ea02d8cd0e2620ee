"""System checks of the evidence and of access policies, used at the start, by the doctor and by `manage.py check`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Notice
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from activations.evidence.end import broken_end
from activations.evidence.triggers import faults, table_names
from policies.triggers import faults as policy_faults

BROKEN_END = "activations.E002"
MIGRATE = "Run `manage.py migrate`, which corrects them."
VERIFY = (
    "Run `manage.py verify_evidence`, keep this database as it is, and see docs/operations.md,"
    " Back up and restore."
)
_is_migrating: ContextVar[bool] = ContextVar("is_migrating", default=False)


@contextmanager
def while_migrating() -> Iterator[None]:
    """Report what `migrate` will correct as a warning, so that `migrate` itself can start."""
    token = _is_migrating.set(True)
    try:
        yield
    finally:
        _is_migrating.reset(token)


def check_evidence(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Check that the database refuses to change evidence and policies, and that the chain has its end."""
    return [message for alias in databases or [] for message in _of_database(connections[alias])]


def _of_database(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    if not set(table_names()) <= set(connection.introspection.table_names()):
        return  # `migrate` has not created them yet
    is_migrating = _is_migrating.get()
    if not is_migrating and (found := faults(connection)):
        listed = ", ".join(str(fault) for fault in found)
        text = f"The evidence is not protected: {listed}."
        yield Error(text, hint=MIGRATE, id="activations.E001")
    if not is_migrating and (weak := policy_faults(connection)):
        text = f"The access policies are not protected: {', '.join(weak)}."
        yield Error(text, hint=MIGRATE, id="activations.E003")
    if broken := broken_end(connection):
        level = Notice if is_migrating else Error
        yield level(f"The evidence is not complete: {broken}.", hint=VERIFY, id=BROKEN_END)
