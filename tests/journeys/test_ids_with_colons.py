"""Ids of domain-scoped projects and custom roles, which contain colons, work everywhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from activations.models import Grant, OutboxMessage, Request
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from tests.activations.admin.reading import EVENTS, GRANTS, REQUESTS, csv_rows, text
from tests.journeys.approvals import decide
from tests.journeys.shop import activation_body
from tests.ledger.later import SOON, writer_at

pytestmark = pytest.mark.one_database


CASES = [
    ("example.com:shop", "projects/example.com:shop/roles/custom"),
    ("eu0:shop", "roles/dns.admin"),
]
ALICE, BOB = "user:alice@example.com", "user:bob@example.com"
JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"


@pytest.fixture(params=CASES, ids=[project for project, _ in CASES])
def project_and_role(request: Any, simulated: Any, settings: Any) -> tuple[str, str]:
    """Create a project with a role that Alice may activate and one that Bob must approve."""
    project, role = request.param
    settings.NOTIFICATION_TOPIC = "jit"
    simulated.company.add_project(project)
    simulated.company.bind(project, role, ALICE, JIT)
    simulated.company.bind(project, "roles/run.admin", [ALICE, BOB], f"{MPA} && {NARROW}")
    return project, role


NARROW = 'resource.name.startsWith("projects/example.com:shop/x")'


def path(project: str, rest: str) -> str:
    return f"/api/projects/{quote(project, safe='')}/{rest}"


def ids(person: Any, project: str, kind: str) -> str:
    rows = person.api_get(path(project, "roles")).json()["entitlements"]
    (found,) = [row["id"] for row in rows if row["activationType"] == kind]
    return str(found)


def count_timed_bindings(simulated: Any, project: str) -> int:
    bindings = simulated.company.policy(project)["bindings"]
    return sum("request.time <" in str(binding.get("condition")) for binding in bindings)


def test_activate_extend_and_end(
    alice: Any, project_and_role: tuple[str, str], simulated: Any
) -> None:
    project, role = project_and_role
    role_id = ids(alice, project, "JIT")
    assert role_id == f"{project}:{role}"
    made = alice.api_post(
        path(project, "roles/self-activate"), activation_body(role_id, minutes=10)
    )
    assert made.status_code == 200, made.content
    assert made.json()["entitlements"][0]["projectId"] == project
    grant = Grant.objects.get()
    assert (grant.project_id, grant.role) == (project, role)
    more = {"activationTimeout": 60, "justification": "CASE-2"}
    assert alice.api_post(f"/api/grants/{grant.pk}/extend", more).status_code == 200
    (listed,) = alice.api_get("/api/grants", project=project, status="ACTIVE").json()["grants"]
    assert (listed["projectId"], listed["role"]) == (project, role)
    reconcile(
        dependencies=writer_at(SOON),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=[project],
    )
    assert count_timed_bindings(simulated, project) == 1
    assert Grant.objects.count() == 2
    assert alice.api_post(f"/api/grants/{listed['id']}/end", {}).status_code == 200
    assert count_timed_bindings(simulated, project) == 0


def test_request_and_approve(
    alice: Any, bob: Any, project_and_role: tuple[str, str], simulated: Any
) -> None:
    project, _ = project_and_role
    role_id = ids(alice, project, "MPA")
    peers = alice.api_get(path(project, "peers"), id=role_id).json()["peers"]
    assert peers == [{"email": "bob@example.com"}]
    body = {"entitlementId": role_id, "justification": "CASE-1", "peers": ["bob@example.com"]}
    made = alice.api_post(path(project, "roles/request"), body | {"activationTimeout": 10}).json()
    assert decide(bob, made["requestId"], "approve").status_code == 200
    assert count_timed_bindings(simulated, project) == 1
    told = {message.kind: message.payload["properties"] for message in OutboxMessage.objects.all()}
    assert {said["project_id"] for said in told.values()} == {project}


def test_pages(alice: Any, project_and_role: tuple[str, str]) -> None:
    project, role = project_and_role
    page = text(alice.get(f"/projects/{project}"))
    assert f'value="{project}:{role}"' in page
    form = {"projectId": project, "minutes": "10", "justification": "CASE-1"}
    made = alice.post("/activate", form | {"role": f"{project}:{role}"})
    assert made.status_code == 303
    assert project in text(alice.get(made["Location"]))
    grant = Grant.objects.get()
    for step in ("extend", "end"):
        assert alice.get(f"/grants/{grant.pk}/{step}").status_code == 200
    assert alice.get("/projects", {"q": project}).status_code == 302
    assert alice.get("/ask", {"role": ids(alice, project, "MPA")}).status_code == 200
    asked = form | {"approval": ids(alice, project, "MPA"), "reviewer": "bob@example.com"}
    assert alice.post("/ask", asked).status_code == 303
    assert Request.objects.filter(project_id=project).count() == 2


def test_history_and_exports(alice: Any, audrey: Any, project_and_role: tuple[str, str]) -> None:
    project, role = project_and_role
    alice.api_post(
        path(project, "roles/self-activate"), activation_body(f"{project}:{role}", minutes=10)
    )
    for address in (GRANTS, REQUESTS, EVENTS):
        assert project in text(audrey.get(address, {"project": project}, follow=True))
    (row,) = csv_rows(audrey.post(f"{GRANTS}export/", {"format": "csv"}))
    assert project in row.values()
    assert role in row.values()
