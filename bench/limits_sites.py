"""The checkouts that are measured, each with its own Google and database, and what people do in them."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limits_google import (
    APPROVED,
    MANY_PERSON,
    PROJECT,
    Google,
    approver,
    google,
    person,
    role_ids,
)
from limits_server import ROOT, Person, Server, migrate, product_variables, server

PEOPLE = 600
ROLES = f"/api/projects/{PROJECT}/roles"


@dataclass
class Site:
    """One checkout that serves, its Google, and the people in it."""

    name: str
    server: Server
    google: Google
    checkout: Path
    variables: dict[str, str]
    used: int = 0
    tokens: dict[str, str] = field(default_factory=dict)

    def sign(self) -> None:
        emails = (
            [person(n) for n in range(PEOPLE)] + [approver(n) for n in range(12)] + [MANY_PERSON]
        )
        self.tokens = self.google.sign(emails)

    def person(self, email: str) -> Person:
        return Person(self.server.port, self.tokens[email])

    def next_person(self) -> Person:
        """Return somebody who has done nothing yet."""
        self.used += 1
        return self.person(person(self.used - 1))


@contextmanager
def sites(options: argparse.Namespace, *, serves: bool = True) -> Iterator[list[Site]]:
    """Run this checkout and, if asked, the older one."""
    checkouts = [("now", ROOT, options.database)]
    if options.before:
        checkouts.insert(0, ("before", Path(options.before).resolve(), options.before_database))
    with ExitStack() as stack:
        found = []
        for name, checkout, database in checkouts:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            world = stack.enter_context(google(PEOPLE))
            url = database or f"sqlite:///{folder}/db.sqlite3"
            variables = product_variables(world.environment, url)
            variables["WEB_CONCURRENCY"] = str(options.processes)
            migrate(checkout, variables)
            running = stack.enter_context(server(name, checkout, variables)) if serves else None
            site = Site(name, running, world, checkout, variables)
            site.sign()
            found.append(site)
        yield found


def activate(who: Person, count: int) -> None:
    body = {"entitlementIds": role_ids(count), "justification": "CASE-1", "activationTimeout": 60}
    who.post(f"{ROLES}/self-activate", body)


def request(who: Person, reviewers: int) -> str:
    body = {
        "entitlementId": f"{PROJECT}:{APPROVED}",
        "justification": "CASE-1",
        "peers": [approver(number) for number in range(reviewers)],
        "activationTimeout": 30,
    }
    return who.post(f"{ROLES}/request", body)["requestId"]


def operations(site: Site) -> dict[str, tuple[Callable[[], Any], Callable[[Any], None]]]:
    """Return what prepares each operation without latency, and the operation itself."""
    ask = site.next_person

    def prepared() -> Person:
        who = ask()
        who.get("/api/policy")
        return who

    def pending() -> str:
        return request(prepared(), 1)

    def approve(request_id: str) -> None:
        site.person(approver(0)).post(f"/api/requests/{request_id}/approve", {"comment": "fine"})

    return {
        "roles": (prepared, lambda who: who.listed(ROLES)),
        "activate 1 role": (prepared, lambda who: activate(who, 1)),
        "activate 10 roles": (prepared, lambda who: activate(who, 10)),
        "request to 10 reviewers": (prepared, lambda who: request(who, 10)),
        "approve": (pending, approve),
    }


def warm(site: Site) -> None:
    for _ in range(3):
        for prepare, act in operations(site).values():
            act(prepare())
