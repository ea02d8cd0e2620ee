"""Switches off the application's rate limits."""

from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def without_rate_limits(settings: Settings) -> None:
    """Switch off rate limits, because these tests run the reconciler with a clock in the future."""
    settings.POLICY_WRITES_PER_MINUTE = 0
    settings.ASSET_CALLS_PER_MINUTE = 0
