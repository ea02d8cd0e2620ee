"""Nobody is slowed down in these tests."""

from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def without_limits_of_our_own(settings: Settings) -> None:
    """The reconciler's clock runs ahead here; a bucket that was used in the future looks empty."""
    settings.POLICY_WRITES_PER_MINUTE = 0
    settings.ASSET_CALLS_PER_MINUTE = 0
