"""Labels of audit entries, on which log filters depend."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from activations.domain.states import GrantState
from activations.models import Event, Request
from activations.reporting import audit_log
from simulator import Simulator
from tests.activations.rows import NOON, grant, request
from tests.conftest import PersonClient
from tests.jitaccess.cases import cases
from tests.jitaccess.log_lines import LogLines, labels
from tests.journeys.approvals import SET, ask, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, TEN_ROLES, activate

EVENT = "api.activateRole"
RESOURCE = f"//cloudresourcemanager.googleapis.com/projects/{PROJECT}"
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_an_activated_role_has_exactly_these_labels(alice: PersonClient, log: LogLines) -> None:
    request_id = activate(alice, *TEN_ROLES[:2]).json()["requestId"]
    first, second = (labels(entry) for entry in log.of(EVENT))
    made = Request.objects.get()
    events = [
        {"event_sequence": str(event.sequence), "event_hash": event.hash}
        for event in Event.objects.filter(kind="grant.active").order_by("sequence")
    ]
    assert (
        first
        == {
            "event": EVENT,
            "user": "alice@example.com",
            "user_id": made.beneficiary_subject,
            "device_id": "device-alice",
            "device_access_levels": "accessPolicies/1/accessLevels/corporate_device",
            "activation_id": f"jit-{request_id}",
            "activation_start": audit_log.instant(made.requested_at),
            "activation_end": audit_log.instant(made.requested_at + timedelta(hours=1)),
            "justification": "CASE-123",
            "entitlements": f"[iam] roles/compute.admin on {PROJECT},"
            f" [iam] roles/compute.networkAdmin on {PROJECT}",
            "project": PROJECT,
            "project_id": PROJECT,
            "role": "roles/compute.admin",
            "resource": RESOURCE,
        }
        | events[0]
    )
    assert second == first | {"role": "roles/compute.networkAdmin"} | events[1]


def test_the_entry_of_an_activation_has_severity_info(alice: PersonClient, log: LogLines) -> None:
    activate(alice, minutes=5)
    (entry,) = log.of(EVENT)
    assert entry["severity"] == "INFO"
    assert entry["message"] == (
        f"User alice@example.com activated role 'roles/compute.admin' on '{RESOURCE}'"
        " for themselves for 5 minutes"
    )


def test_a_refused_activation_is_an_error_with_its_cause(
    charlie: PersonClient, log: LogLines
) -> None:
    activate(charlie)
    (entry,) = log.of(EVENT)
    assert entry["severity"] == "ERROR"
    assert entry["message"] == (
        f"User charlie@example.com failed to activate '[iam] roles/compute.admin on {PROJECT}'"
        " for themselves for 60 minutes: The user charlie@example.com is not allowed to activate"
        f" {COMPUTE} using JIT"
    )
    assert labels(entry)["error"] == "AccessDeniedException"
    assert labels(entry)["project"] == PROJECT
    assert labels(entry)["entitlements"] == f"[iam] roles/compute.admin on {PROJECT}"
    assert labels(entry)["user"] == "charlie@example.com"


def test_the_entry_of_a_failed_activation_has_all_known_labels(
    alice: PersonClient, charlie: PersonClient, simulated: Simulator, log: LogLines
) -> None:
    known = {"activation_start", "activation_end", "justification", "entitlements", "project"}
    activate(charlie)
    assert known <= labels(log.of(EVENT)[0]).keys()
    assert "activation_id" not in labels(log.of(EVENT)[0])
    simulated.faults.add(SET, status=403, times=1)
    activate(alice)
    found, made = labels(log.of(EVENT)[1]), Request.objects.get()
    assert found["activation_id"] == made.activation_id
    assert found["justification"] == "CASE-123"
    assert found["activation_start"] == audit_log.instant(made.requested_at)
    assert found["activation_end"] == audit_log.instant(made.requested_at + timedelta(hours=1))


def test_refusals_of_the_pre_flight_check_are_logged_for_every_operation(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, log: LogLines
) -> None:
    request_id = pending_request(alice)
    people = [f"user:p{number}@example.com" for number in range(1500)]
    for member in people:
        simulated.company.add_user(member.removeprefix("user:"))
    policy = simulated.company.policy(PROJECT)
    policy["bindings"].append({"role": "roles/browser", "members": people})
    simulated.company.put_policy(PROJECT, policy)
    assert activate(alice).status_code == 400
    assert decide(bob, request_id, "approve").status_code == 400
    assert ask(alice).status_code == 400
    activated, approved = log.of(EVENT)
    (requested,) = [entry for entry in log.of("api.requestRole") if entry["severity"] == "ERROR"]
    for entry in (activated, approved, requested):
        assert entry["severity"] == "ERROR"
        assert "IAM policy of this project is full" in entry["message"]
        assert labels(entry)["error"] == "IllegalArgumentException"
    assert labels(requested)["justification"] == "CASE-9"
    assert labels(approved)["reviewers"] == "bob@example.com, carol@example.com"


def test_invalid_calls_that_need_no_look_up_are_not_logged(
    alice: PersonClient, log: LogLines
) -> None:
    assert activate(alice, minutes=0).status_code == 400
    assert activate(alice, "rubbish").status_code == 400
    assert log.of(EVENT) == []


def test_failed_lists_are_logged_as_errors(
    alice: PersonClient, simulated: Simulator, no_retry_delay: object, log: LogLines
) -> None:
    for api in ("cloudasset.*", "cloudresourcemanager.*"):
        simulated.faults.add(api, status=403, message="Not for you.", times=None)
    assert alice.api_get(f"/api/projects/{PROJECT}/roles").status_code == 403
    assert alice.api_get("/api/projects").status_code == 403
    (roles,) = log.of("api.listEligibleRoles")
    assert roles["severity"] == "ERROR"
    assert roles["message"].startswith("Listing project roles failed: ")
    assert labels(roles)["project"] == PROJECT
    assert labels(roles)["error"] == "AccessDeniedException"
    (projects,) = log.of("api.listProjects")
    assert projects["message"].startswith("Listing available projects failed: ")
    assert "project" not in labels(projects)


def test_the_entry_counts_the_found_projects(alice: PersonClient, log: LogLines) -> None:
    count = len(alice.api_get("/api/projects").json()["projects"])
    (entry,) = log.of("api.listProjects")
    assert entry["message"] == f"Found {count} available projects"
    assert entry["severity"] == "INFO"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "2030-01-01T12:00Z"), (30, "2030-01-01T12:00:30Z"), (60, "2030-01-01T12:01Z")],
)
def test_seconds_are_omitted_when_they_are_zero(seconds: int, text: str) -> None:
    assert audit_log.instant(NOON + timedelta(seconds=seconds)) == text


def test_labels_of_the_originals_case() -> None:
    expected: dict[str, Any] = cases("log_entries")["derived_activation_labels_whole_minute"][
        "expected"
    ]["labels"]
    made = request(project_id="project-1", justification="j")
    one = grant(
        made, GrantState.ACTIVE, role="roles/a", end_time=NOON + timedelta(minutes=5, seconds=30)
    )
    found = audit_log.request_labels(made, [one])
    same = ("justification", "entitlements")
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}
    assert found.keys() == expected.keys() - {"reviewers"}
    shape = {name: re.sub(r"\d", "0", found[name]) for name in found}
    for name in ("activation_start", "activation_end"):
        assert shape[name] == re.sub(r"\d", "0", expected[name])
