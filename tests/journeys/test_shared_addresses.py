"""Two accounts that have one address, one after the other, remain two people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from activations.models import Grant, Request, Reviewer, User
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.renamed import (
    ALICE,
    BOB,
    check_evidence,
    compare_with_iam,
    new_account_at,
    recreated_account,
    renamed,
)
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of, status_of

pytestmark = pytest.mark.one_database

ROLE, SECURITY_ROLE = "roles/compute.admin", "roles/iam.securityAdmin"
MORE = {"activationTimeout": 100, "justification": "more"}


@pytest.fixture(autouse=True)
def _evidence(db: None) -> Iterator[None]:
    """Verify after each test that the rows match their events."""
    yield
    check_evidence()


def grants_of(person: PersonClient) -> list[str]:
    return [one["id"] for one in person.api_get("/api/grants").json()["grants"]]


def test_the_next_owner_cannot_see_end_or_extend_the_earlier_owners_access(
    alice: PersonClient, simulated: Simulator
) -> None:
    request_id = activate(alice).json()["requestId"]
    grant = Grant.objects.get()
    newcomer = new_account_at(simulated)
    assert grants_of(newcomer) == []
    assert newcomer.api_get("/api/requests").json()["requests"] == []
    assert newcomer.api_get(f"/api/requests/{request_id}").status_code == 404
    assert newcomer.get(f"/requests/{request_id}").status_code == 404
    for path, body in [("end", {"reason": ""}), ("extend", MORE)]:
        assert newcomer.api_post(f"/api/grants/{grant.pk}/{path}", body).status_code == 404
        assert newcomer.post(f"/grants/{grant.pk}/{path}", body).status_code == 404
    assert newcomer.post("/access/end", {"comment": ""}).status_code == 200
    grant.refresh_from_db()
    assert grant.state == "active"
    assert request_id not in newcomer.get("/activity").content.decode()
    assert User.objects.filter(email=ALICE).count() == 2


def test_the_earlier_account_is_refused_once_the_address_has_moved(
    alice: PersonClient, simulated: Simulator
) -> None:
    """An assertion issued before those of the next owner is refused."""
    activate(alice)
    before = simulated.assertion(ALICE)
    new_account_at(simulated).api_get("/api/policy")
    headers = {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": before}
    answer = alice.get("/api/grants", headers=headers, HTTP_X_GOOG_IAP_JWT_ASSERTION=before)
    assert answer.status_code == 403
    assert "belongs to another account now" in answer.json()["message"]


def test_a_pending_request_of_the_earlier_account_cannot_be_approved(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    newcomer = new_account_at(simulated)
    newcomer.api_get("/api/policy")
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409, answer.content
    assert "belongs to another account now" in answer.json()["message"]
    assert "belongs to another account now" in bob.get(f"/requests/{request_id}").content.decode()
    assert decide(newcomer, request_id, "withdraw").status_code == 404
    assert Request.objects.get().state == "pending"
    assert not Grant.objects.exists()
    assert decide(bob, request_id, "decline", "somebody else's").status_code == 200


def test_the_next_owner_requests_and_gets_their_own_access(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    first = pending_request(alice)
    newcomer = new_account_at(simulated)
    second = pending_request(newcomer)
    assert decide(bob, second, "approve").status_code == 200
    assert decide(bob, first, "approve").status_code == 409
    assert Grant.objects.get().request_id == Request.objects.get(pk=second).pk
    assert len(grants_of(newcomer)) == 1


def test_the_next_owner_does_not_review_requests_to_the_earlier_owner(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    bob.api_get("/api/policy")
    request_id = pending_request(alice, BOB)
    newcomer = new_account_at(simulated, BOB)
    assert newcomer.get(f"/requests/{request_id}").status_code == 404
    assert decide(newcomer, request_id, "approve").status_code in {403, 404}
    assert ALICE not in newcomer.get("/reviews").content.decode()
    assert Reviewer.objects.get().user == User.objects.order_by("pk").get(
        email=BOB, addresses__until__isnull=False
    )


def test_a_reviewer_never_seen_before_is_the_first_account_with_the_address(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice, BOB)
    bob.api_get("/api/policy")
    newcomer = new_account_at(simulated, BOB)
    assert newcomer.get(f"/requests/{request_id}").status_code == 404
    assert decide(newcomer, request_id, "approve").status_code in {403, 404}


def test_access_of_the_earlier_account_is_neither_drift_nor_the_next_owners(
    alice: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    """IAM names the deleted account differently: its access has ended, and nobody else gets it."""
    activate(alice)
    newcomer = recreated_account(simulated)
    newcomer.api_get("/api/policy")
    compare_with_iam()
    assert grants_of(newcomer) == []
    grant = Grant.objects.get(beneficiary_email=ALICE)
    assert (grant.state, grant.end_reason) == ("ended", "drifted")


def test_access_of_both_owners_is_recorded_separately(
    alice: PersonClient, simulated: Simulator
) -> None:
    """Ending one does not change the record of the other."""
    activate(alice)
    old = Grant.objects.get()
    newcomer = recreated_account(simulated)
    simulated.company.bind(PROJECT, ROLE, f"user:{ALICE}", "has({}.jitAccessConstraint)")
    assert activate(newcomer, COMPUTE).status_code == 200
    assert len(activations_of(simulated.company.policy(PROJECT), ALICE, ROLE)) == 1
    new = Grant.objects.exclude(pk=old.pk).get()
    assert grants_of(newcomer) == [str(new.pk)]
    assert newcomer.api_post(f"/api/grants/{new.pk}/end", {"reason": ""}).status_code == 200
    assert activations_of(simulated.company.policy(PROJECT), ALICE, ROLE) == []
    old.refresh_from_db()
    assert old.state == "active"
    compare_with_iam()
    old.refresh_from_db()
    assert old.end_reason == "drifted"


def test_an_earlier_owner_with_another_address_keeps_their_access(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    grant = Grant.objects.get()
    alicia = renamed(simulated)
    newcomer = new_account_at(simulated)
    newcomer.api_get("/api/policy")
    assert grants_of(newcomer) == []
    assert grants_of(alicia) == [str(grant.pk)]
    assert alicia.api_post(f"/api/grants/{grant.pk}/end", {"reason": ""}).status_code == 200
    assert activations_of(simulated.company.policy(PROJECT), "alicia@example.com", ROLE) == []


def test_adopted_access_of_an_address_that_two_people_had_is_assigned_to_neither(
    bob: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    """Bob's seeded activation: neither account sees it, an administrator ends it."""
    bob.api_get("/api/policy")
    newcomer = new_account_at(simulated, BOB)
    newcomer.api_get("/api/policy")
    assert compare_with_iam().adopted == 1
    grant = Grant.objects.get()
    assert grant.request.beneficiary is None
    assert grants_of(newcomer) == []
    assert newcomer.api_post(f"/api/grants/{grant.pk}/end", {"reason": ""}).status_code == 404
    sent = {
        "action": "take_access_away",
        "_selected_action": [str(grant.pk)],
        "confirmed": "yes",
        "comment": "whose is it?",
    }
    assert olga.post("/admin/activations/grant/", sent).status_code == 200
    assert activations_of(simulated.company.policy(PROJECT), BOB, ROLE) == []


def test_adopted_access_assigned_to_the_first_person_stays_theirs(
    bob: PersonClient, simulated: Simulator
) -> None:
    assert compare_with_iam().adopted == 1
    grant = Grant.objects.get()
    assert grants_of(bob) == [str(grant.pk)]
    newcomer = new_account_at(simulated, BOB)
    assert grants_of(newcomer) == []
    assert newcomer.api_post(f"/api/grants/{grant.pk}/end", {"reason": ""}).status_code == 404


def test_revoking_access_that_iam_does_not_show_reports_only_what_was_read(
    alice: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    """IAM shows the binding for the address, which belongs to the next owner: it is not changed."""
    activate(alice)
    new_account_at(simulated).api_get("/api/policy")
    grant = Grant.objects.get()
    sent = {
        "action": "take_access_away",
        "_selected_action": [str(grant.pk)],
        "confirmed": "yes",
        "comment": "left the company",
    }
    page = olga.post("/admin/activations/grant/", sent).content.decode()
    assert "IAM showed no binding of this access under an address of" in page
    assert "removed from IAM" not in page


def test_the_list_of_roles_shows_only_the_persons_own_access(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    newcomer = recreated_account(simulated)
    simulated.company.bind(PROJECT, ROLE, f"user:{ALICE}", "has({}.jitAccessConstraint)")
    assert status_of(newcomer, COMPUTE) != "ACTIVE"
