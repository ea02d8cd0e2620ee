"""The limit on calls to Cloud Asset, shared by all people and instances."""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone

from activations.iam.throttle import wait_for_token

PATIENCE_SECONDS = 5.0
# The refresh of the index: a quarter of all calls, and only while at least half of the rest is left.
REFRESH_SHARE = 4
REFRESH_PATIENCE_SECONDS = 30.0


def wait_for_asset_call() -> None:
    """:raises googlecloud.errors.QuotaExceeded: when the limit allows no call soon."""
    wait_for_token(
        "asset",
        rate_per_minute=settings.ASSET_CALLS_PER_MINUTE,
        clock=timezone.now,  # noqa: TID251  # passes the clock itself
        sleep=time.sleep,
        patience=PATIENCE_SECONDS,
    )


def wait_for_refresh_call() -> None:
    """Wait for a call that people can spare; a limit of its own keeps the refresh from taking more.

    :raises googlecloud.errors.QuotaExceeded: when people need all calls for longer than half a minute.
    """
    limit = settings.ASSET_CALLS_PER_MINUTE
    share = max(1, limit // REFRESH_SHARE) if limit else 0
    for name, rate, reserve in (("asset:refresh", share, 0), ("asset", limit, limit // 2)):
        wait_for_token(
            name,
            rate_per_minute=rate,
            clock=timezone.now,  # noqa: TID251  # the clock itself is handed down
            sleep=time.sleep,
            patience=REFRESH_PATIENCE_SECONDS,
            reserve=reserve,
        )
