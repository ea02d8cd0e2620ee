"""The simulated Google in a process of its own, so that its work is not counted as the application's."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simulator import Simulator

SPAWN = multiprocessing.get_context("spawn")
PROJECT = "shop-prod"
TEAM = "team@example.com"
APPROVERS = "approvers@example.com"
JIT = "has({}.jitAccessConstraint)"
MPA = "has({}.multiPartyApprovalConstraint)"
ROLES = tuple(f"roles/compute.perf{number:03}" for number in range(12))
MANY, MANY_GROUPS = 300, 450
APPROVED = "roles/iam.roleViewer"
MANY_PERSON = "many@example.com"
# The members of a group are listed 200 at a time, one page after the other: more would be a deeper request.
REQUESTERS = 190


def role_ids(count: int) -> list[str]:
    return [f"{PROJECT}:{role}" for role in ROLES[:count]]


def person(number: int) -> str:
    return f"person{number}@example.com"


def approver(number: int) -> str:
    return f"approver{number}@example.com"


def populate(simulated: Simulator, people: int) -> None:
    """Add people in one group with roles to activate, twelve approvers, and a person in 450 groups with 300 roles."""
    company = simulated.company
    for number in range(people):
        company.add_user(person(number))
    for number in range(12):
        company.add_user(approver(number))
    company.add_group(TEAM, members=[person(number) for number in range(people)])
    company.add_group(APPROVERS, members=[approver(number) for number in range(12)])
    for role in ROLES:
        company.bind(PROJECT, role, [f"group:{TEAM}"], JIT)
    requesters = [person(number) for number in range(min(people, REQUESTERS))]
    company.add_group("requesters@example.com", members=requesters)
    company.bind(PROJECT, APPROVED, ["group:requesters@example.com", f"group:{APPROVERS}"], MPA)
    company.add_user(MANY_PERSON)
    for number in range(MANY_GROUPS):
        company.add_group(f"g{number}@example.com", members=[MANY_PERSON])
    for number in range(MANY):
        company.bind(
            "data-lake", f"roles/many.role{number:03}", [f"group:g{number}@example.com"], JIT
        )


def serve(to_us: Connection, people: int) -> None:
    with Simulator() as simulated:
        populate(simulated, people)
        to_us.send(simulated.environment)
        while (order := to_us.recv())[0] != "end":
            name, value = order
            if name == "latency":
                simulated.latency = value
                to_us.send(None)
            elif name == "sign":
                to_us.send([simulated.assertion(email) for email in value])
            elif name == "calls":
                to_us.send((len(simulated.calls.google), simulated.calls.google.depth()))
                simulated.calls.clear()


class Google:
    """The other process, told what to do."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.environment: dict[str, str] = connection.recv()

    def ask(self, order: str, value: Any = None) -> Any:
        self._connection.send((order, value))
        return self._connection.recv()

    def sign(self, emails: list[str]) -> dict[str, str]:
        """Return an assertion of each person."""
        return dict(zip(emails, self.ask("sign", emails), strict=True))

    def calls(self) -> tuple[int, int]:
        """Return how many calls were made since the last question, and how many one after the other."""
        found: tuple[int, int] = self.ask("calls")
        return found


@contextmanager
def google(people: int) -> Iterator[Google]:
    ours, theirs = multiprocessing.Pipe()
    process = SPAWN.Process(target=serve, args=(theirs, people))
    process.start()
    try:
        yield Google(ours)
    finally:
        process.terminate()
        process.join()
