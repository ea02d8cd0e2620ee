"""Scheduled access is withdrawn by its holder, an administrator, or a stop."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event, Grant, OutboxMessage
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SECURITY, decide, pending_request, state
from tests.journeys.schedules import HOUR, in_seconds, run_starts, scheduled_request
from tests.journeys.shop import COMPUTE, PROJECT, activate, count_activations

pytestmark = pytest.mark.one_database

ALICE = "alice@example.com"
DNS = f"{PROJECT}:roles/dns.admin"


@pytest.fixture(autouse=True)
def queued_messages(settings: Any) -> None:
    settings.NOTIFICATION_TOPIC = "news"


def reasons() -> set[tuple[str, str]]:
    return set(Grant.objects.values_list("state", "end_reason"))


def revoke(olga: PersonClient, *grants: Grant) -> Any:
    form = {
        "action": "take_access_away",
        "_selected_action": [str(grant.pk) for grant in grants],
        "confirmed": "yes",
        "comment": "not needed",
    }
    return olga.post("/admin/activations/grant/", form, follow=True)


def test_the_holder_withdraws_all_roles_of_a_request(
    alice: PersonClient, simulated: Simulator
) -> None:
    request_id = scheduled_request(alice, COMPUTE, DNS)
    answer = decide(alice, request_id, "withdraw", "plans changed")
    assert (answer.status_code, answer.json()["status"]) == (200, "WITHDRAWN")
    assert reasons() == {("withdrawn", "withdrawn")}
    assert Event.objects.filter(kind="grant.withdrawn", comment="plans changed").count() == 2
    assert decide(alice, request_id, "withdraw").status_code == 200
    assert run_starts().finished == 0
    assert count_activations(simulated, ALICE) == 0
    (grant, _) = alice.api_get("/api/grants").json()["grants"]
    assert (grant["status"], grant["endReason"]) == ("WITHDRAWN", "withdrawn")
    assert differences() == []


def test_an_approved_schedule_can_be_withdrawn_and_the_reviewers_are_told(
    alice: PersonClient, bob: PersonClient
) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    assert decide(alice, request_id, "withdraw").json()["status"] == "WITHDRAWN"
    assert OutboxMessage.objects.filter(kind="RequestWithdrawn").count() == 1
    assert differences() == []


def test_nobody_else_withdraws_it(
    alice: PersonClient, bob: PersonClient, charlie: PersonClient
) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    assert decide(bob, request_id, "withdraw").status_code == 403
    assert decide(charlie, request_id, "withdraw").status_code == 404
    assert state(alice, request_id) == "SCHEDULED"


def test_access_that_has_started_is_ended_instead(alice: PersonClient) -> None:
    request_id = scheduled_request(alice)
    run_starts()
    answer = decide(alice, request_id, "withdraw")
    assert answer.status_code == 409
    assert answer.json()["message"] == "This access has started. End it instead"


def test_an_activation_without_a_start_cannot_be_withdrawn(alice: PersonClient) -> None:
    request_id = activate(alice).json()["requestId"]
    assert decide(alice, request_id, "withdraw").status_code == 409


def test_an_administrator_revokes_it_with_a_reason(
    alice: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    request_id = scheduled_request(alice, COMPUTE, DNS)
    page = revoke(olga, Grant.objects.get(role="roles/compute.admin"))
    assert "Withdrawn" in page.content.decode()
    assert reasons() == {("withdrawn", "revoked"), ("scheduled", "")}
    assert Event.objects.get(kind="grant.withdrawn").comment == "not needed"
    message = OutboxMessage.objects.get(kind="RequestWithdrawn")
    assert message.payload["properties"]["actor"] == "olga@example.com"
    assert run_starts().finished == 1
    assert count_activations(simulated, ALICE) == 0
    assert count_activations(simulated, ALICE, "roles/dns.admin") == 1
    assert state(alice, request_id) == "ACTIVE"
    assert differences() == []


def test_revoking_access_withdraws_what_is_scheduled_of_it(
    alice: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    scheduled_request(alice)
    revoke(olga, Grant.objects.get(state="active"))
    assert reasons() == {("ended", "revoked"), ("withdrawn", "revoked")}
    assert count_activations(simulated, ALICE) == 0
    assert run_starts().finished == 0


def test_revoking_a_schedule_ends_running_access_too(
    alice: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    scheduled_request(alice)
    revoke(olga, Grant.objects.get(state="scheduled"))
    assert reasons() == {("ended", "revoked"), ("withdrawn", "revoked")}
    assert count_activations(simulated, ALICE) == 0


def test_a_stop_withdraws_it_and_reviewers_do_not_read_why(
    alice: PersonClient, bob: PersonClient, olga: PersonClient
) -> None:
    own = scheduled_request(alice)
    approved = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, approved, "approve")
    form = {"email": ALICE, "reason": "stolen laptop", "action": "stop"}
    page = olga.post("/admin/stop-person/", form).content.decode()
    assert "Scheduled: roles/compute.admin on shop-prod" in page
    assert reasons() == {("withdrawn", "revoked")}
    for message in OutboxMessage.objects.filter(kind="RequestWithdrawn"):
        assert "stolen" not in str(message.payload)
    assert "stolen" not in bob.get(f"/requests/{approved}").content.decode()
    assert run_starts().finished == 0
    assert differences() == []
    assert own != approved


def test_an_extension_of_other_access_is_untouched(alice: PersonClient, bob: PersonClient) -> None:
    request_id = pending_request(alice, entitlementId=SECURITY, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    activate(alice)
    assert decide(alice, request_id, "withdraw").status_code == 200
    assert Grant.objects.filter(state="active").count() == 1
