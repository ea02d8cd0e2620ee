"""Waits within quotas that all instances share, or says when to try again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from activations.iam.quotas import take
from googlecloud.errors import QuotaExceeded


def wait_for_token(
    name: str,
    *,
    rate_per_minute: int,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    patience: float,
    reserve: float = 0,
) -> None:
    """Take a token from a bucket, sleeping at most `patience` seconds for it. 0 per minute means no limit.

    `reserve` tokens are left to others.

    :raises QuotaExceeded: when it would take longer; with the number of seconds.
    """
    if not rate_per_minute:
        return
    waited = 0.0
    while wait := take(
        name,
        rate_per_minute=rate_per_minute,
        burst=rate_per_minute,
        now=clock(),
        reserve=reserve,
    ):
        if waited + wait > patience:
            raise QuotaExceeded(
                "Too many calls to Google within a minute; nothing was changed",
                status=429,
                reason="OWN_LIMIT",
                retry_after=wait,
            )
        sleep(wait)
        waited += wait
