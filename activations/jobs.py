"""What schedulers run: every job is bounded, may run twice at once, and loses nothing when it dies."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils import timezone

from activations.services.expiry import expire_due


def expire() -> dict[str, int]:
    """Expire requests that nobody decided in time, and tell people."""
    expired = expire_due(now=timezone.now())  # noqa: TID251  # an edge: it reads the clock once
    return {"expired": expired}


JOBS: Mapping[str, Callable[[], dict[str, int]]] = {"expire": expire}
