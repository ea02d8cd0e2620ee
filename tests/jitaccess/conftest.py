"""Fixtures for tests of the project package."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jitaccess.log_lines import LogLines, listening
from tests.jitaccess.start import Starter


@pytest.fixture
def log() -> Iterator[LogLines]:
    """The application's log entries."""
    with listening() as lines:
        yield lines


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Starter:
    """Start with other variables: `start(BASE_URL="https://jit.example.com")`."""
    return Starter(monkeypatch)
