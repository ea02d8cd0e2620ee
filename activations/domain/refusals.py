"""Refusals that concern whole requests; the rules for single values are in `rules`."""

from __future__ import annotations

import uuid


class Moved(Exception):
    """Somebody has already changed what the caller wants to change; the message names who and when."""


class NotAvailable(Exception):
    """It does not exist, or the caller may not know that it exists."""


class OutcomePending(Exception):
    """Google has not confirmed whether the binding was written; the reconciler resolves it."""

    def __init__(self, message: str, *, request_id: uuid.UUID) -> None:
        super().__init__(message)
        self.request_id = request_id


class NotAllowed(Exception):
    """The caller may see it but may not do this; the message says who may."""


class Stopped(NotAllowed):
    """An administrator stopped this person; the message says when, why and whom to contact."""
