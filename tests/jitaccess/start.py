"""Loads the settings with other environment variables, in the same process."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SETTINGS = Path(__file__).parents[2] / "jitaccess" / "settings.py"
# Variables that determine the platform, and those that tests.settings sets.
FORGOTTEN = (
    *("K_SERVICE", "CLOUD_RUN_JOB", "GAE_SERVICE", "GAE_ENV"),
    *("ALLOW_SQLITE", "DATABASE_URL", "BASE_URL"),
)
LEAST = {
    "SECRET_KEY": "k" * 50,
    "RESOURCE_SCOPE": "organizations/7",
    "RESOURCE_CUSTOMER_ID": "C0example1",
}


class Starter:
    """Loads the settings again with the given variables."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, **variables: str) -> dict[str, Any]:
        with self._monkeypatch.context() as environment:
            for name in (*FORGOTTEN, "IAP_BACKEND_SERVICE_ID", "ADMINISTRATORS", "AUDITORS"):
                environment.delenv(name, raising=False)
            for name, value in (LEAST | variables).items():
                environment.setenv(name, value)
            return runpy.run_path(str(SETTINGS))
