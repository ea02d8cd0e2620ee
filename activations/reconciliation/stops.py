"""Stops of people are carried on: what a crash left open, and what was found in IAM since."""

from __future__ import annotations

from datetime import datetime

from activations.models import Stop
from activations.services.stop_person import continue_stop


def continue_stops(*, now: datetime) -> None:
    """Ask for the end of all that stopped people still have. Asks nobody but the database."""
    for stop in Stop.objects.filter(lifted_at=None).order_by("stopped_at"):
        continue_stop(stop=stop, now=now)
