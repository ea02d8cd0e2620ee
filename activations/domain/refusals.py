"""Refusals that concern requests as a whole; rules of single values are in rules."""

from __future__ import annotations

import uuid


class Moved(Exception):
    """What the caller wants to change has changed already; the message names who and when."""


class NotAvailable(Exception):
    """There is no such thing, or none that the caller may know of."""


class OutcomePending(Exception):
    """Google has not confirmed whether the binding was written; the reconciler will find out."""

    def __init__(self, message: str, *, request_id: uuid.UUID) -> None:
        super().__init__(message)
        self.request_id = request_id


class NotAllowed(Exception):
    """The caller knows of it but may not do this; the message says who may."""


class Stopped(NotAllowed):
    """An administrator stopped this person; the message says when, why and whom to ask."""
