"""Time the pages and exports of the history: python bench/measure_history.py.

Uses DATABASE_URL, seeded by bench/seed_history.py; requests pages through the whole stack, as an auditor.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django first
from django.db import connection  # noqa: E402  # Django first
from django.test import Client  # noqa: E402  # Django first
from django.test.utils import CaptureQueriesContext  # noqa: E402  # Django first

from activations.models import Grant  # noqa: E402  # Django first
from simulator import Simulator  # noqa: E402  # Django first

ADMIN = "/admin/"
HISTORY = "/admin/activations"
PAGES = (
    ADMIN,
    f"{HISTORY}/grant/",
    f"{HISTORY}/grant/?p=200",
    f"{HISTORY}/grant/?state=active",
    f"{HISTORY}/grant/?state=failed",
    f"{HISTORY}/grant/?state=ended",
    f"{HISTORY}/grant/?person=person7@example.com",
    f"{HISTORY}/grant/?person=person7",
    f"{HISTORY}/grant/?person=nobody",
    f"{HISTORY}/grant/?project=project-7",
    f"{HISTORY}/grant/?role=storage",
    f"{HISTORY}/grant/?role=nothing",
    f"{HISTORY}/grant/?started_from={{middle}}&started_to={{middle}}",
    f"{HISTORY}/grant/?active_from={{middle}}&active_to={{middle}}",
    f"{HISTORY}/grant/?q=disk",
    f"{HISTORY}/grant/?q=nowhere",
    f"{HISTORY}/request/",
    f"{HISTORY}/request/?state=active",
    f"{HISTORY}/request/?state=failed",
    f"{HISTORY}/request/?state=ended",
    f"{HISTORY}/request/?q=nowhere",
    f"{HISTORY}/event/",
    f"{HISTORY}/event/?kind=grant.failed",
    f"{HISTORY}/event/?actor=person7@example.com",
    f"{HISTORY}/grant/export/",
    f"{HISTORY}/request/export/",
    f"{HISTORY}/event/export/",
)


def main(
    pages: Sequence[str] = PAGES, exports: Sequence[str] = ("grant", "request", "event")
) -> None:
    with Simulator() as sim:
        settings.GOOGLE_API_ENDPOINT = sim.url
        settings.IAP_KEYS_URL = f"{sim.url}/iap/verify/public_key"
        os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = sim.metadata_host

        def headers() -> dict[str, Any]:
            token = sim.assertion("audrey@example.com", audience=sim.audience)
            return {"HTTP_X_GOOG_IAP_JWT_ASSERTION": token}

        client = Client()
        measure(client, headers, pages)
        print("\n| export | rows | s | MiB | grown by MiB |\n| --- | --- | --- | --- | --- |")
        for name in exports:
            for form in ("csv", "jsonl"):
                print(export(client, name, form, headers()), flush=True)


def measure(client: Client, headers: Callable[[], dict[str, Any]], pages: Sequence[str]) -> None:
    first, last = (Grant.objects.order_by(by)[0].start_time for by in ("start_time", "-start_time"))
    middle = (first + (last - first) / 2).date().isoformat()
    client.get(ADMIN, **headers())
    print(f"{connection.vendor}, {Grant.objects.count()} grants\n")
    print("| page | ms | queries |\n| --- | --- | --- |")
    for page in pages:
        address = page.format(middle=middle)
        took, queries = min(get(client, address, headers()) for _ in range(3))
        print(f"| {address.removeprefix('/admin')} | {took * 1000:.0f} | {queries} |", flush=True)


def get(client: Client, address: str, headers: dict[str, Any]) -> tuple[float, int]:
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address, **headers)
    if response.status_code != 200:
        sys.exit(f"{address}: {response.status_code}")
    return time.perf_counter() - began, len(queries)


def export(client: Client, name: str, form: str, headers: dict[str, Any]) -> str:
    before = peak()
    began = time.perf_counter()
    response: Any = client.post(f"{HISTORY}/{name}/export/", {"format": form}, **headers)
    size = lines = 0
    for block in response.streaming_content:
        size += len(block)
        lines += block.count(b"\n")
    took = time.perf_counter() - began
    return f"| {name} {form} | {lines} | {took:.1f} | {size / 2**20:.0f} | {peak() - before:.1f} |"


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
