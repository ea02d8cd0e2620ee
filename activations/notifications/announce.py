"""Writes messages into the outbox, in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from activations.models import Grant, Request, Review
from activations.notifications.kinds import Announcement


def announce(
    kind: Announcement,
    *,
    request: Request,
    now: datetime,
    grants: Sequence[Grant] = (),
    review: Review | None = None,
) -> None:
    """Insert one message per configured channel."""
