"""Measure calls and duration of reconciler runs over many projects.

    [DATABASE_URL=…] python bench/reconcile_scale.py [--projects 10000] [--grants 5000] [--different 20]

Policies and database agree, with a few exceptions: some bindings are removed by hand, some were written by the
original application, some have expired. Google runs in another process and answers immediately.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

from simulator import Simulator
from simulator.seed_large import large_company

ROLE = "roles/compute.admin"


def serve_google(to_us: Connection, projects: int, policies: dict[str, list[Any]]) -> None:
    """Run the other process: send its address, then serve; count calls on request."""
    with Simulator(large_company(projects)) as simulated:
        for project_id in simulated.company.resources:
            if bindings := policies.get(project_id.removeprefix("projects/")):
                eligible = {"role": "roles/viewer", "members": ["group:engineering@example.com"]}
                simulated.company.put_policy(project_id, {"bindings": [eligible, *bindings]})
        to_us.send((simulated.url, simulated.metadata_host))
        while to_us.recv() == "count":
            to_us.send(Counter(call.api for call in simulated.calls.google))
            simulated.calls.clear()


def plan(options: argparse.Namespace, now: datetime) -> tuple[list[Any], dict[str, list[Any]]]:
    """Return grants for the database, and the bindings of each project."""
    from activations.domain.bindings import Wanted, new_binding  # noqa: PLC0415  # Django first

    names = sorted(n for n in large_company(options.projects).resources if n.endswith(STAGES))
    dice = random.Random("scale")
    wanted, policies = [], {}
    for number in range(options.grants + options.different):
        project_id = dice.choice(names).removeprefix("projects/")
        length = timedelta(minutes=dice.randint(30, 120))
        wish = Wanted(f"p{number}@example.com", ROLE, "", now, now + length, "Self-approved: x")
        policies.setdefault(project_id, [])
        if number < options.grants:
            wanted.append((project_id, wish))
        if (
            number >= options.different
        ):  # the first ones were removed by hand, the last have no record
            policies[project_id].append(new_binding(wish))
    return wanted, policies


STAGES = ("-dev", "-test", "-staging", "-prod")


def seed(wanted: list[Any]) -> None:
    from activations.models import Grant, Request, User  # noqa: PLC0415  # Django first

    moment = wanted[0][1].start
    user = User.objects.create(
        subject="s", email="bench@example.com", first_seen=moment, last_seen=moment
    )
    requests, grants = [], []
    for project_id, wish in wanted:
        request = Request(
            state="approved",
            activation_type="JIT",
            beneficiary=user,
            beneficiary_email=wish.email,
            project_id=project_id,
            minutes=60,
            justification="x",
            requested_at=wish.start,
        )
        requests.append(request)
        grant = Grant(
            request=request,
            state="active",
            project_id=project_id,
            role=ROLE,
            beneficiary_email=wish.email,
            start_time=wish.start,
            end_time=wish.end,
        )
        grant.role_key = grant.project_role.key
        grants.append(grant)
    Request.objects.bulk_create(requests, batch_size=500)
    Grant.objects.bulk_create(grants, batch_size=500)


def runs() -> Iterator[tuple[str, Any, float]]:
    """Run three times: with differences, without, and after all grants have expired."""
    from dataclasses import replace  # noqa: PLC0415  # only here

    from activations.iam.dependencies import current_dependencies  # noqa: PLC0415  # Django first
    from activations.reconciliation.run import reconcile  # noqa: PLC0415  # Django first
    from googlecloud.calls import Deadline  # noqa: PLC0415  # Django first

    later = timedelta(minutes=0)
    for name in ("few differences", "no difference", "no difference, again"):
        writer = replace(current_dependencies(), clock=lambda: datetime.now(UTC) + later)
        started = time.monotonic()
        counts = reconcile(dependencies=writer, scope="organizations/7", deadline=Deadline(3600))
        yield name, counts, time.monotonic() - started


def measure(options: argparse.Namespace) -> None:
    wanted, policies = plan(options, datetime.now(UTC).replace(microsecond=0))
    seed(wanted)
    here, there = multiprocessing.get_context("spawn").Pipe()
    google = multiprocessing.get_context("spawn").Process(
        target=serve_google, args=(there, options.projects, policies), daemon=True
    )
    google.start()
    url, metadata_host = here.recv()
    from django.conf import settings  # noqa: PLC0415  # Django first

    settings.GOOGLE_API_ENDPOINT = url
    os.environ["GCE_METADATA_HOST"] = os.environ["GCE_METADATA_IP"] = metadata_host
    for name, counts, seconds in runs():
        here.send("count")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{name}: {seconds:.1f} s, {dict(here.recv())}, {counts}; peak {peak} MiB", flush=True
        )
    here.send("end")
    google.join(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--grants", type=int, default=5_000)
    parser.add_argument("--different", type=int, default=20)
    options = parser.parse_args()
    django.setup()
    from django.db import connection  # noqa: PLC0415  # Django first

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(options)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
