"""Measure the eligibility index: its refresh, and the lists that are served from it.

    [DATABASE_URL=…] python bench/eligibility.py [1000 10000 50000] [--people 200] [--profile NAME]

For each number of projects: creates a company (simulator/seed_organization.py) in a process that plays
Google, refreshes the index three times, each time in a new process (everything; then with a hundredth of
the projects changed, twice), and requests the lists of some people in another process, through the whole
stack and with their groups cached. CPU time is that of the measured process. `--profile` with `full`,
`changes` or the name of a list prints where the CPU time goes. Creates and drops its own test database.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from process_costs import Costs, costs_of, peak

from simulator import Simulator
from simulator.seed_organization import JIT, TEAMS, organization

SPAWN = multiprocessing.get_context("spawn")
REFRESHES = ("full", "changes", "changes, clean-up")
ROUNDS = 2


def serve_google(to_us: Connection, projects: int, people: int) -> None:
    """Run the other process: send its address and assertions of some people, then do as it is told."""
    company = organization(projects)
    chance = random.Random(projects)
    with Simulator(company) as simulated:
        simulated.searches_groups = True
        simulated.listings = {}
        chosen = chance.sample(sorted(company.users), people)
        extra = everywhere(simulated)
        chosen = [email for email in chosen if email != extra]
        to_us.send((simulated.environment, chosen, extra))
        while (order := to_us.recv()) != "end":
            if order == "change":
                change(simulated, chance)
            if order == "sign":
                to_us.send([simulated.assertion(email) for email in (*chosen, extra)])
            if order == "count":
                to_us.send(len(simulated.calls.google))
                simulated.calls.clear()


def everywhere(simulated: Simulator) -> str:
    """Return a person with a role on the organization."""
    company = simulated.company
    binding = company.policy(company.organization)["bindings"][0]
    group = binding["members"][0].removeprefix("group:")
    return company.groups[group].members[0].lower()


def change(simulated: Simulator, chance: random.Random) -> None:
    """Add a binding to a hundredth of the projects."""
    company = simulated.company
    names = [name for name in company.resources if name.startswith("projects/")]
    for name in chance.sample(names, len(names) // 100):
        member = f"user:{chance.choice(list(company.users))}"
        company.bind(name, f"roles/custom.r{chance.randrange(10**6)}", [member], JIT)
    simulated.listings = {}


def refresh(to_us: Connection, name: str, profiled: bool) -> None:  # noqa: FBT001
    """Run in a process of its own: refresh the index, and send what it cost and what was read."""
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  # Django first
    from django.db import connection  # noqa: PLC0415  # Django first

    from activations import jobs  # noqa: F401, PLC0415  # its size is no growth
    from eligibility.index.run import summary  # noqa: PLC0415  # Django first
    from eligibility.models import Refresh  # noqa: PLC0415  # Django first

    connection.ensure_connection()
    command = partial(
        call_command,
        "refresh_eligibility",
        full=name == "full",
        stdout=io.StringIO(),
        stderr=io.StringIO(),
    )
    costs = costs_of(command, profiled=profiled)
    row = Refresh.objects.latest("pk")
    to_us.send((costs, row.calls, f"{row.get_status_display()}, {summary(row)}"))


def lists(google: Connection, people: Sequence[str], extra: str, wanted: str) -> None:
    """Run in a process of its own: request the lists of people, and print what they cost."""
    django.setup()
    from django.test import Client  # noqa: PLC0415  # Django first

    from eligibility import providers  # noqa: PLC0415  # Django first

    client = Client(headers={"X-JITACCESS": "1", "Accept": "application/json"})
    for email, token in zip((*people, extra), ask(google, "sign"), strict=True):
        providers.recent_principals().of(user=email)
        get(client, token, "/api/policy")
    ask(google, "count")
    whole = peak()
    for name, urls in requests().items():
        rounds: list[list[list[Costs]]] = []
        for number in range(ROUNDS):
            *tokens, last = ask(google, "sign")
            if name == wanted and not number:
                costs_of(partial(everybody, client, tokens, urls), profiled=True)
            rounds.append(everybody(client, tokens, urls))
        report(f"{name}, first", [[each[0] for each in found] for found in rounds])
        report(f"{name}, again", [[one for each in found for one in each[1:]] for found in rounds])
        print(f"(grown by {peak() - whole:.1f} MiB)")
    *tokens, last = ask(google, "sign")
    for name, urls in requests().items():
        report(f"{name}, role on the organization", everybody(client, [last], urls))
    print(f"(grown by {peak() - whole:.1f} MiB)")
    sizes = [len(get(client, token, "/api/projects").json()["projects"]) for token in tokens]
    *_, largest = sorted(sizes)
    print(f"projects per person: median {middle(sizes)}, p95 {p95(sizes)}, most {largest}")
    print(f"calls to Google for the lists: {ask(google, 'count')}; size before {whole:.0f} MiB")


def ask(google: Connection, order: str) -> Any:
    google.send(order)
    return google.recv()


def requests() -> dict[str, Sequence[str]]:
    """Return the addresses of each list; the search is typed letter by letter."""
    typed = [f"{team}-0"[:length] for team in TEAMS[:2] for length in (1, 3, 5)]
    return {
        "/api/projects": ("/api/projects", "/api/projects"),
        "/api/eligible": ("/api/eligible", "/api/eligible", "/api/eligible?query=compute"),
        "/projects?q=": [f"/projects?q={text}" for text in typed],
    }


def everybody(client: Any, tokens: Sequence[str], urls: Sequence[str]) -> list[list[Costs]]:
    """Return the costs for each person: of the first request after a refresh, and of those after it."""
    from eligibility import providers  # noqa: PLC0415  # Django first

    found = []
    for token in tokens:
        providers.recent_lists().clear()
        found.append([costs_of(partial(get, client, token, url)) for url in urls])
    return found


def get(client: Any, token: str, url: str) -> Any:
    answer = client.get(url, headers={"X-Goog-IAP-JWT-Assertion": token})
    if answer.status_code != 200:
        raise SystemExit(f"{url}: {answer.status_code}")
    return answer


def report(name: str, rounds: list[list[Costs]]) -> None:
    """Print the CPU time of all requests, and the best wall time of each: others use these cores too."""
    cpu = sorted(cost.cpu * 1000 for found in rounds for cost in found)
    wall = sorted(min(cost.wall for cost in same) * 1000 for same in zip(*rounds, strict=True))
    print(
        f"| {name} | {middle(cpu):.1f} | {p95(cpu):.1f} | {middle(wall):.1f} | {p95(wall):.1f} |",
        flush=True,
    )


def middle(found: Sequence[float]) -> float:
    return statistics.median(found)


def p95(found: Sequence[float]) -> float:
    return sorted(found)[int(len(found) * 0.95)]


def measure(projects: int, options: argparse.Namespace) -> None:
    """Measure everything with a company of this size."""
    google, theirs = SPAWN.Pipe()
    arguments = (theirs, projects, options.people)
    process = SPAWN.Process(target=serve_google, args=arguments, daemon=True)
    process.start()
    environment, people, extra = google.recv()
    os.environ |= environment
    print(f"\n## {projects} projects\n\n| refresh | calls | s | CPU s | grown by MiB |")
    for name in REFRESHES:
        if name != "full":
            google.send("change")
        costs, calls, said = in_process(refresh, name, options.profile == name)
        print(f"| {name} | {calls} | {costs.wall:.1f} | {costs.cpu:.1f} | {costs.grown:.1f} |")
        print(f"({said})", flush=True)
    print("| list | CPU ms | p95 | ms | p95 |", flush=True)
    measured = SPAWN.Process(target=lists, args=(google, people, extra, options.profile))
    measured.start()
    measured.join()
    google.send("end")
    process.join(10)


def in_process(work: Callable[..., None], *arguments: Any) -> Any:
    """Run something in a process of its own; return what it sent."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=work, args=(theirs, *arguments))
    process.start()
    theirs.close()
    sent = ours.recv()
    process.join()
    return sent


@contextmanager
def database() -> Iterator[None]:
    """Create an empty database that DATABASE_URL names, for this process and its children."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        django.setup()
        from django.conf import settings  # noqa: PLC0415  # Django first
        from django.core.management import call_command  # noqa: PLC0415  # Django first
        from django.db import connection  # noqa: PLC0415  # Django first

        if connection.vendor == "sqlite":
            call_command("migrate", verbosity=0)
            yield
            return
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        before, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        os.environ["DATABASE_URL"] = f"{before}/{settings.DATABASES['default']['NAME']}"
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("projects", nargs="*", type=int, default=[1000, 10_000, 50_000])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    if len(options.projects) == 1:
        with database():
            measure(options.projects[0], options)
        return
    rest = ["--people", str(options.people), "--profile", options.profile]
    for projects in options.projects:
        subprocess.run([sys.executable, __file__, str(projects), *rest], check=True)


if __name__ == "__main__":
    main()
