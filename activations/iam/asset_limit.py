"""The limit on calls to Cloud Asset, shared by all people and instances."""

from __future__ import annotations

import time

from django.conf import settings
from django.utils import timezone

from activations.iam.throttle import wait_for_token

PATIENCE_SECONDS = 5.0


def wait_for_asset_call() -> None:
    """:raises googlecloud.errors.QuotaExceeded: when the limit allows no call soon."""
    wait_for_token(
        "asset",
        rate_per_minute=settings.ASSET_CALLS_PER_MINUTE,
        clock=timezone.now,  # noqa: TID251  # passes the clock itself
        sleep=time.sleep,
        patience=PATIENCE_SECONDS,
    )
