"""Every operation that calls Google, its preparation, and the calls that it makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from activations.domain.states import GrantState
from activations.models import Grant
from eligibility import providers
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.approvals import SECURITY, ask, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, ROLES, activate
from tests.ledger.later import reconcile_later

POLICIES = "cloudasset.effectiveIamPolicies.batchGet"
SEARCH = "cloudasset.searchAllIamPolicies"
GROUPS = "directory.groups.list"
MEMBERS = "directory.members.list"
GET = "cloudresourcemanager.projects.getIamPolicy"
SET = "cloudresourcemanager.projects.setIamPolicy"
GRANTABLE = "iam.roles.queryGrantableRoles"


@dataclass(frozen=True, slots=True)
class People:
    """Alice requests and activates, Bob reviews."""

    alice: PersonClient
    bob: PersonClient
    simulated: Simulator


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: `prepare` runs without faults and returns the argument of `perform`."""

    name: str
    calls: frozenset[str]
    prepare: Callable[[People], str]
    perform: Callable[[People, str], Any]


def _nothing(_: People) -> str:
    """Only what a process knows after its first look-up: the edition does not include searches."""
    assert providers.group_search().groups_of("alice@example.com") is None
    return ""


def _active(people: People) -> str:
    """Create a short grant of Alice beside a longer one, whose binding ending must keep."""
    assert activate(people.alice, minutes=60).status_code == 200
    assert activate(people.alice, minutes=20).status_code == 200
    return str(Grant.objects.order_by("-end_time")[0].id)


def _pending(people: People) -> str:
    return pending_request(people.alice)


def _expired_binding(people: People) -> str:
    """The seeded company has an expired activation, and one without a record."""
    return _active(people)


def _end(people: People, grant_id: str) -> Any:
    return people.alice.api_post(f"/api/grants/{grant_id}/end", {"reason": "done"})


def _extend(people: People, grant_id: str) -> Any:
    body = {"activationTimeout": 100, "justification": "more"}
    return people.alice.api_post(f"/api/grants/{grant_id}/extend", body)


LOOK_UP = {POLICIES, GROUPS}
DECIDE = {*LOOK_UP, GET, GRANTABLE}

LIST = Operation(
    "list", frozenset(LOOK_UP), _nothing, lambda people, _: people.alice.api_get(ROLES)
)
PEERS = Operation(
    "peers",
    frozenset(LOOK_UP),
    _nothing,
    lambda people, _: people.alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY),
)
ACTIVATE = Operation(
    "activate", frozenset({*DECIDE, SET}), _nothing, lambda people, _: activate(people.alice)
)
ASK = Operation("ask", frozenset(DECIDE), _nothing, lambda people, _: ask(people.alice))
APPROVE = Operation(
    "approve",
    frozenset({*LOOK_UP, GET, SET}),
    _pending,
    lambda people, request_id: decide(people.bob, request_id, "approve"),
)
DECLINE = Operation(
    "decline",
    frozenset(LOOK_UP),
    _pending,
    lambda people, request_id: decide(people.bob, request_id, "decline", "not now"),
)
END = Operation("end", frozenset({GET, SET}), _active, _end)
EXTEND = Operation("extend", frozenset({*LOOK_UP, GET, SET}), _active, _extend)
RECONCILE = Operation(
    "reconcile",
    frozenset({SEARCH, GET, SET}),
    _expired_binding,
    lambda _, __: reconcile_later()[0],
)

OVER_HTTP = (LIST, PEERS, ACTIVATE, ASK, APPROVE, DECLINE, END, EXTEND)
ALL = (*OVER_HTTP, RECONCILE)


def states() -> list[GrantState]:
    """Return the states of Alice's grants, oldest first."""
    grants = Grant.objects.filter(beneficiary_email="alice@example.com").order_by("start_time")
    return [GrantState(state) for state in grants.values_list("state", flat=True)]


__all__ = ["ALL", "COMPUTE", "OVER_HTTP", "RECONCILE", "Operation", "People", "states"]
