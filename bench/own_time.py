"""Measure the CPU time that the application spends on an API call, without Google's.

    python bench/own_time.py [--profile OPERATION]

Calls run in this process, the simulated Google in another, without latency. The result is the CPU
time of this process in all its threads.
"""

from __future__ import annotations

import cProfile
import multiprocessing
import os
import pstats
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from simulator import Simulator

CALLS = 200
BUDGET = 15.0
ROLES = "/api/projects/shop-prod/roles"
BODY = {
    "entitlementIds": ["shop-prod:roles/compute.admin"],
    "justification": "CASE-123",
    "activationTimeout": 60,
}


def serve_google(to_us: Connection) -> None:
    """Run the other process: send its address and Alice's assertion, then serve until the end."""
    with Simulator() as simulated:
        token = simulated.assertion("alice@example.com")
        to_us.send((simulated.url, simulated.metadata_host, simulated.keys_url, token))
        to_us.poll(None)


def prepare(url: str, metadata_host: str, keys_url: str) -> None:
    """Set up the application with an empty database and the simulated Google."""
    os.environ |= dict.fromkeys(("GCE_METADATA_HOST", "GCE_METADATA_IP"), metadata_host)
    django.setup()
    from django.conf import settings  # noqa: PLC0415  # Django first
    from django.db import connection  # noqa: PLC0415  # Django first

    settings.GOOGLE_API_ENDPOINT = url
    settings.IAP_KEYS_URL = keys_url
    connection.creation.create_test_db(verbosity=0)


def operations(token: str) -> dict[str, Callable[[], Any]]:
    from django.test import Client  # noqa: PLC0415  # Django first

    from eligibility import providers  # noqa: PLC0415  # Django first

    headers = {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": token}
    client = Client(headers=headers)

    def uncached() -> Any:
        providers.recent_facts().forget(user="alice@example.com", project_id="shop-prod")
        return client.get(ROLES)

    return {
        "policy": lambda: client.get("/api/policy"),
        "roles, cached": lambda: client.get(ROLES),
        "roles": uncached,
        "self-activate": lambda: client.post(
            f"{ROLES}/self-activate", BODY, content_type="application/json"
        ),
        "requests, 10 rows": lambda: client.get("/api/requests?pageSize=10"),
        "requests, 50 rows": lambda: client.get("/api/requests"),
        "grants, 50 rows": lambda: client.get("/api/grants"),
    }


def measure(call: Callable[[], Any]) -> list[float]:
    """Return the CPU milliseconds of each call, in all threads."""
    spent = []
    for _ in range(CALLS):
        before = time.process_time()
        answer = call()
        spent.append((time.process_time() - before) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code}: {answer.content.decode()}")
    return sorted(spent)


def report(calls: dict[str, Callable[[], Any]]) -> None:
    print(f"{'CPU ms':20} {'median':>8} {'p95':>8} {'budget':>8}")
    for name, call in calls.items():
        call()
        spent = measure(call)
        p95 = spent[int(CALLS * 0.95)]
        print(f"{name:20} {statistics.median(spent):8.1f} {p95:8.1f} {BUDGET:8.1f}")


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    google = multiprocessing.get_context("spawn").Process(target=serve_google, args=(theirs,))
    google.start()
    try:
        url, metadata_host, keys_url, token = ours.recv()
        prepare(url, metadata_host, keys_url)
        calls = operations(token)
        if "--profile" in sys.argv:
            call = calls[sys.argv[-1]]
            call()
            with cProfile.Profile() as profile:
                measure(call)
            pstats.Stats(profile).sort_stats("tottime").print_stats(45)
        else:
            report(calls)
    finally:
        google.terminate()


if __name__ == "__main__":
    main()
