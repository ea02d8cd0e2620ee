"""Time the pages and exports of the history: python bench/measure_history.py [pages] [CONTENTS.FORMAT ...].

Without arguments, times all of them; an export is named grants.csv or access.jsonl, for example. Uses DATABASE_URL, seeded by bench/seed_history.py; requests pages through the whole stack, as an auditor.
"""

from __future__ import annotations

import gc
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
from jitaccess.start import limit_statements  # noqa: E402  # Django first
from simulator import Simulator  # noqa: E402  # Django first

TIMES = 5
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
    f"{HISTORY}/request/?q=disk",
    f"{HISTORY}/request/?q=nowhere",
    f"{HISTORY}/event/",
    f"{HISTORY}/event/?kind=grant.failed",
    f"{HISTORY}/event/?actor=person7@example.com",
    f"{HISTORY}/event/?q=nowhere",
    f"{HISTORY}/grant/export/",
    f"{HISTORY}/request/export/",
    f"{HISTORY}/event/export/",
)


# The list from which each of the contents is exported.
EXPORTS = {"grants": "grant", "access": "grant", "requests": "request", "events": "event"}


def main(what: Sequence[str]) -> None:
    pages = PAGES if "pages" in what or not what else ()
    exports = [name for name in what if name != "pages"]
    if not what:
        exports = [f"{name}.{form}" for name in EXPORTS for form in ("csv", "jsonl")]
    limit_statements()
    with Simulator() as sim:
        settings.GOOGLE_API_ENDPOINT = sim.url
        settings.IAP_KEYS_URL = f"{sim.url}/iap/verify/public_key"
        os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = sim.metadata_host

        def headers() -> dict[str, Any]:
            token = sim.assertion("audrey@example.com", audience=sim.audience)
            return {"HTTP_X_GOOG_IAP_JWT_ASSERTION": token}

        client = Client()
        client.get(ADMIN, **headers())
        gc.collect()
        gc.freeze()  # as each worker does at its start
        print(f"{connection.vendor}, {Grant.objects.count()} grants\n")
        if pages:
            measure(client, headers, pages)
        columns = (
            "export",
            "rows",
            "s",
            "processor s",
            "of which PostgreSQL",
            "MiB",
            "grown by MiB",
        )
        print(f"\n| {' | '.join(columns)} |\n{'| --- ' * len(columns)}|")
        for name in exports:
            contents, form = name.split(".")
            print(export(client, contents, form, headers()), flush=True)


def measure(client: Client, headers: Callable[[], dict[str, Any]], pages: Sequence[str]) -> None:
    first, last = (Grant.objects.order_by(by)[0].start_time for by in ("start_time", "-start_time"))
    middle = (first + (last - first) / 2).date().isoformat()
    print("| page | ms | processor ms | queries |\n| --- | --- | --- | --- |")
    for page in pages:
        address = page.format(middle=middle)
        before = processor_time()
        took, queries = min(get(client, address, headers()) for _ in range(TIMES))
        spent = (processor_time() - before) / TIMES
        name = address.removeprefix("/admin")
        print(f"| {name} | {took * 1000:.0f} | {spent * 1000:.0f} | {queries} |", flush=True)


def get(client: Client, address: str, headers: dict[str, Any]) -> tuple[float, int]:
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address, **headers)
    if response.status_code != 200:
        sys.exit(f"{address}: {response.status_code}")
    return time.perf_counter() - began, len(queries)


def processor_time() -> float:
    """Return the seconds of this process and, if PostgreSQL runs on this machine, of its process for us.

    Does not count parallel workers. On a busy machine, it says more than the time that passed.
    """
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    facts = Path(f"/proc/{number}/stat")
    if not facts.exists():
        return own
    ticks = facts.read_text().rpartition(")")[2].split()[11:13]
    return own + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def export(client: Client, contents: str, form: str, headers: dict[str, Any]) -> str:
    before, own, spent = peak(), time.process_time(), processor_time()
    began = time.perf_counter()
    address = f"{HISTORY}/{EXPORTS[contents]}/export/"
    order = {"format": form, "contents": contents}
    response: Any = client.post(address, order, **headers)
    size = lines = 0
    for block in response.streaming_content:
        size += len(block)
        lines += block.count(b"\n")
    took = time.perf_counter() - began
    own, spent = time.process_time() - own, processor_time() - spent
    times = f"{took:.0f} | {own:.1f} | {spent - own:.1f}"
    return f"| {contents} {form} | {lines} | {times} | {size / 2**20:.0f} | {peak() - before:.1f} |"


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
