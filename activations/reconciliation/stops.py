"""Continues stops of people after a crash, and ends their access that was found since."""

from __future__ import annotations

from datetime import datetime

from activations.models import Stop
from activations.services.stop_person import continue_stop


def continue_stops(*, now: datetime) -> None:
    """Request the end of all access that stopped people still have. Uses only the database."""
    for stop in Stop.objects.filter(lifted_at=None).order_by("stopped_at"):
        continue_stop(stop=stop, now=now)
