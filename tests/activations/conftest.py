"""Fixtures for the tests of activations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jitaccess.log_lines import LogLines, listening


@pytest.fixture
def log() -> Iterator[LogLines]:
    """Capture the log of the application."""
    with listening() as lines:
        yield lines
