"""Measure the server against its limits: a bare Django view on the same gunicorn, and the time that Google takes.

    python bench/against_limits.py own|processor|tail|memory|writers|cold
        [--before CHECKOUT] [--database URL] [--before-database URL] [--rounds 3]

Google is simulated in a process of its own. With `--before`, an older checkout is measured in the same
run, in turns, each with its own database and its own Google. Processor time is that of the workers.
See bench/against_limits.md.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from limits_google import MANY_PERSON, person, role_ids
from limits_server import (
    ROOT,
    Person,
    Server,
    processor_seconds,
    proportional_size,
    server,
    start,
    wait_for,
)
from limits_sites import ROLES, Site, activate, operations, sites, warm

LATENCY = 0.08
DEPTHS = {
    "roles": 1,
    "activate 1 role": 2,
    "activate 10 roles": 2,
    "request to 10 reviewers": 2,
    "approve": 2,
}


def own(options: argparse.Namespace) -> None:
    """Print the time of an operation beyond its calls of 80 ms, and its processor time."""
    rows: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    depths: dict[str, set[tuple[int, int]]] = defaultdict(set)
    with sites(options) as running:
        for site in running:
            warm(site)
        for _ in range(options.rounds):
            for site in running:
                for name, (prepare, act) in operations(site).items():
                    measure_own(site, prepare, act, rows[name, site.name], depths[name])
    print(f"{'operation':26}{'server':8}{'calls':>12}{'own ms':>9}{'best':>7}{'processor ms':>14}")
    for (name, site_name), found in rows.items():
        beyond = [(seconds - DEPTHS[name] * LATENCY) * 1000 for seconds, _ in found]
        spent = [cpu * 1000 for _, cpu in found]
        calls = ", ".join(f"{count}/{depth}" for count, depth in sorted(depths[name]))
        print(
            f"{name:26}{site_name:8}{calls:>12}{statistics.median(beyond):9.1f}{min(beyond):7.1f}"
            f"{statistics.median(spent):14.1f}"
        )


def measure_own(site: Site, prepare, act, rows: list, depths: set) -> None:
    prepared = [prepare() for _ in range(8)]
    site.google.ask("latency", LATENCY)
    for one in prepared:
        site.google.calls()
        spent, started = site.server.spent(), time.perf_counter()
        act(one)
        seconds = time.perf_counter() - started
        rows.append((seconds, site.server.spent() - spent))
        depths.add(site.google.calls())
    site.google.ask("latency", 0)


@dataclass(frozen=True)
class Load:
    """What a number of clients do again and again."""

    name: str
    act: Callable[[Person], Any]
    people: list[Person]


def processor(options: argparse.Namespace) -> None:
    """Print the processor time of a request, and how many times that of the bare view it is."""
    with ExitStack() as stack:
        running = stack.enter_context(sites(options))
        bare = stack.enter_context(server("bare", ROOT, {}, is_bare=True))
        loads = {
            "bare": [Load("bare view", lambda who: who.get("/api/policy"), [Person(bare.port)])]
        }
        for site in running:
            warm(site)
            loads[site.name] = list_loads(site)
        servers = {"bare": bare} | {site.name: site.server for site in running}
        rows: dict[tuple[str, str], list[float]] = defaultdict(list)
        for _ in range(options.rounds):
            for name, todo in loads.items():
                for load in todo:
                    rows[load.name, name].append(cost(servers[name], load))
    measure = statistics.median(rows["bare view", "bare"])
    print(f"{'request':26}{'server':8}{'processor ms':>14}{'best':>8}{'x bare':>8}")
    for (name, site_name), found in sorted(rows.items()):
        spent = statistics.median(found)
        print(f"{name:26}{site_name:8}{spent:14.2f}{min(found):8.2f}{spent / measure:8.1f}")


def list_loads(site: Site) -> list[Load]:
    listed = site.next_person()
    many = site.person(MANY_PERSON)
    return [
        Load("settings", lambda who: who.listed("/api/policy"), [listed]),
        Load("roles, cached", lambda who: who.listed(ROLES), [listed]),
        Load("roles", lambda _: site.next_person().listed(ROLES), [listed]),
        Load(
            "300 roles, 450 groups", lambda who: who.listed("/api/projects/data-lake/roles"), [many]
        ),
        Load("activate 1 role", lambda _: activate(site.next_person(), 1), [listed]),
    ]


def cost(target: Server, load: Load, times: int = 0) -> float:
    """Return the processor milliseconds of one request."""
    times = times or (300 if load.name in ("bare view", "settings", "roles, cached") else 20)
    for who in load.people:
        load.act(who)
    spent = target.spent()
    for _ in range(times):
        load.act(load.people[0])
    return (target.spent() - spent) * 1000 / times


def tail(options: argparse.Namespace) -> None:
    """Print the median and the slowest hundredth of roles lists with 32 clients, and of 16 activations at once."""
    with sites(options) as running:
        for site in running:
            warm(site)
        for number in range(options.rounds):
            for site in running:
                times = sorted(at_once(site, 32, 40))
                p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
                print(
                    f"{site.name:8} round {number}: 32 clients, p50 {p50 * 1000:.0f} ms,"
                    f" p99 {p99 * 1000:.0f} ms, ratio {p99 / p50:.1f}"
                )


def at_once(site: Site, clients: int, times: int) -> list[float]:
    people = [site.person(person(number)) for number in range(clients)]
    for who in people:
        who.listed(ROLES)

    def live(who: Person) -> list[float]:
        found = []
        for _ in range(times):
            started = time.perf_counter()
            who.listed(ROLES)
            found.append(time.perf_counter() - started)
        return found[2:]

    with ThreadPoolExecutor(clients) as pool:
        return [one for found in pool.map(live, people) for one in found]


def writers(options: argparse.Namespace) -> None:
    """Print how long 200 people wait who activate a role of one project at the same moment."""
    with sites(options) as running:
        for site in running:
            warm(site)
            everybody = [site.next_person() for _ in range(options.people)]
            for who in everybody:
                who.get("/api/policy")
            site.google.calls()
            site.google.ask("latency", options.latency)
            with ThreadPoolExecutor(options.people) as pool:
                started = time.perf_counter()
                answers = list(pool.map(lambda who: timed(who, started), everybody))  # noqa: B023
            ended = sorted(seconds for seconds, _ in answers)
            statuses = dict(Counter(status for _, status in answers))
            site.google.ask("latency", 0)
            calls, _ = site.google.calls()
            limit = 2 * options.people * options.latency
            print(
                f"{site.name:8} {options.people} writers: {ended[-1]:.1f} s, limit {limit:.1f} s"
                f" (x{ended[-1] / limit:.2f}); median {statistics.median(ended):.1f} s,"
                f" slowest x{ended[-1] / statistics.median(ended):.1f}; {calls} calls; answers {statuses}"
            )


def timed(who: Person, started: float) -> tuple[float, int]:
    body = {"entitlementIds": role_ids(1), "justification": "CASE-1", "activationTimeout": 60}
    status = who.status_of(f"{ROLES}/self-activate", body)
    return time.perf_counter() - started, status


def memory(options: argparse.Namespace) -> None:
    """Print the size of the worker while it answers 10,000 requests."""
    with sites(options) as running:
        for site in running:
            warm(site)
            people = [site.person(person(number)) for number in range(32)]
            for round_ in range(5):
                with ThreadPoolExecutor(8) as pool:
                    list(pool.map(lambda n: mixed(people[n % 32], n), range(2000)))  # noqa: B023
                print(
                    f"{site.name:8} after {2000 * (round_ + 1)} requests: {site.server.memory():.0f} MiB"
                )


def mixed(who: Person, number: int) -> None:
    if number % 10 == 0:
        who.listed("/api/requests")
    else:
        who.listed(ROLES if number % 2 else "/api/policy")


def cold(options: argparse.Namespace) -> None:
    """Print what the first answers of a new server cost: processor and wall seconds."""
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    with sites(options, serves=False) as prepared:
        for number in range(options.rounds + 1):
            for site in prepared:
                costs = cold_once(site)
                if number:  # the first fills byte code and disk caches
                    rows[site.name].append(costs)
    for name, found in rows.items():
        alive, alive_cpu, roles, roles_cpu, size = (
            statistics.median(one) for one in zip(*found, strict=True)
        )
        print(
            f"{name:8} alive {alive:.2f} s ({alive_cpu:.2f} s processor), first roles {roles:.2f} s"
            f" ({roles_cpu:.2f} s processor), {size:.0f} MiB"
        )


def cold_once(site: Site) -> tuple[float, ...]:
    started = time.perf_counter()
    running = start(site.name, site.checkout, site.variables)
    try:
        wait_for(running)
        alive = time.perf_counter() - started
        every = [running.process.pid, *running.workers]
        alive_cpu = sum(map(processor_seconds, every))
        Person(running.port, site.tokens[person(0)]).listed(ROLES)
        roles, roles_cpu = time.perf_counter() - started, sum(map(processor_seconds, every))
        return alive, alive_cpu, roles, roles_cpu, proportional_size(running.workers[0])
    finally:
        running.process.terminate()
        running.process.wait()


WAYS = {function.__name__: function for function in (own, processor, tail, writers, memory, cold)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=WAYS)
    parser.add_argument("--before", help="the folder of an older checkout")
    parser.add_argument("--database", help="address of an empty database, otherwise SQLite")
    parser.add_argument("--before-database")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--latency", type=float, default=0.1)
    return parser.parse_args()


if __name__ == "__main__":
    options = arguments()
    WAYS[options.what](options)
