"""What tests of the project need beside the people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jitaccess.log_lines import LogLines, listening
from tests.jitaccess.start import Starter


@pytest.fixture
def log() -> Iterator[LogLines]:
    """What the application logs."""
    with listening() as lines:
        yield lines


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Starter:
    """Starts with other variables: `start(BASE_URL="https://jit.example.com")`."""
    return Starter(monkeypatch)
