"""A test database and a simulated Google for programs that make many changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from simulator import Simulator

UNLIMITED = {"POLICY_WRITES_PER_MINUTE": 0, "ASSET_CALLS_PER_MINUTE": 0}


@contextmanager
def simulated_google(**configured: Any) -> Iterator[Simulator]:
    """Configure the application, also of servers that are started meanwhile; drop the database in the end."""
    django.setup()
    from django.conf import settings  # noqa: PLC0415  # Django first
    from django.db import connection  # noqa: PLC0415  # Django first

    for setting, value in configured.items():
        setattr(settings, setting, value)
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with Simulator() as simulated:
            settings.GOOGLE_API_ENDPOINT = simulated.url
            settings.IAP_KEYS_URL = f"{simulated.url}/iap/verify/public_key"
            os.environ |= dict.fromkeys(
                ("GCE_METADATA_HOST", "GCE_METADATA_IP"), simulated.metadata_host
            )
            yield simulated
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
