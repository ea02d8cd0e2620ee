"""Bob decides in the queue of the admin: one row, and fifty at once while Google is slow."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.conftest import AsPerson
from tests.browser.demo import Demo
from tests.browser.visitor import Visitor

QUEUE = "/admin/activations/queueditem/"
ROLE = "roles/iam.securityAdmin"
PROJECT = "shop-prod"
MANY = 50
LATENCY = 0.6  # seconds that each call to Google takes
FIRST_SIGN = 0.3


@contextmanager
def slow_google(demo: Demo, seconds: float) -> Iterator[None]:
    """Let each call to the simulated Google take so long."""

    def set_latency(value: float) -> None:
        body = json.dumps({"latency": value}).encode()
        address = f"{demo.simulator}/simulator/settings"
        urllib.request.urlopen(urllib.request.Request(address, body, method="PUT"), timeout=5).close()

    set_latency(seconds)
    try:
        yield
    finally:
        set_latency(0)
