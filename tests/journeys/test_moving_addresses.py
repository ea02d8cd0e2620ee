"""Addresses move between accounts: no account acts for another or sees its requests."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event, Grant, Request, Reviewer, User
from simulator import Simulator
from tests.journeys.accounts import Account
from tests.journeys.approvals import decide, pending_request, state
from tests.journeys.renamed import ALICE, ALICIA, BOB, ROBERT
from tests.journeys.shop import (
    COMPUTE,
    PROJECT,
    activate,
    activations_of,
    count_activations,
    status_of,
)
from tests.ledger.later import reconcile_later
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

STOP = "/admin/stop-person/"


def test_a_request_of_the_former_owner_is_not_approved_for_the_new_one(
    alice_account: Account, next_owner: Account, reviewer: Account, simulated: Simulator
) -> None:
    request_id = pending_request(alice_account)
    next_owner.get("/activity")
    answer = decide(reviewer, request_id, "approve")
    assert answer.status_code == 409
    assert "belongs to another account now" in answer.json()["message"]
    assert not Grant.objects.exists()
    for path in (f"/api/requests/{request_id}", f"/requests/{request_id}"):
        assert next_owner.api_get(path).status_code == 404
    assert decide(reviewer, request_id, "decline", "moved").status_code == 200


@pytest.mark.parametrize("what", ["approve", "decline", "withdraw"])
def test_the_new_owner_cannot_decide_the_former_owners_request(
    alice_account: Account, next_owner: Account, what: str
) -> None:
    request_id = pending_request(alice_account)
    assert decide(next_owner, request_id, what, "me").status_code == 404
    assert Request.objects.get().state == "pending"


def test_the_new_owner_neither_sees_nor_ends_the_former_owners_access(
    alice_account: Account, next_owner: Account
) -> None:
    activate(alice_account)
    grant = Grant.objects.get()
    assert next_owner.api_get("/api/grants").json()["grants"] == []
    for what in ("end", "extend"):
        body = {"activationTimeout": 90, "justification": "CASE-1"}
        assert next_owner.api_post(f"/api/grants/{grant.pk}/{what}", body).status_code == 404
    next_owner.post("/access/end", {"comment": ""})
    grant.refresh_from_db()
    assert (grant.state, grant.ending_asked_at) == ("active", None)


def test_the_same_idempotency_key_of_two_people_makes_two_requests(
    alice_account: Account, next_owner: Account
) -> None:
    one = activate(alice_account, key="same").json()
    two = activate(next_owner, key="same", minutes=30)
    assert two.status_code == 200, two.content
    assert two.json()["requestId"] != one["requestId"]


def test_the_present_owner_keeps_a_grant_beside_unassigned_access(
    alice_account: Account, next_owner: Account, simulated: Simulator
) -> None:
    """Bob's seeded activation is active; two accounts have had his address."""
    alice_account.email = next_owner.email = BOB
    alice_account.get("/activity")
    next_owner.get("/activity")
    assert activate(next_owner, minutes=30).status_code == 200
    own = Grant.objects.get()
    other = simulated.company.policy(PROJECT)
    stranger = {**activations_of(other, BOB, "roles/compute.admin")[0], "role": "roles/dns.admin"}
    other["bindings"].append(stranger)
    simulated.company.put_policy(PROJECT, other)
    for _ in range(3):
        reconcile_later()
    own.refresh_from_db()
    assert own.state == "active", own.end_reason
    adopted = Grant.objects.exclude(pk=own.pk).get(role="roles/dns.admin")
    assert (adopted.state, adopted.request.beneficiary) == ("active", None)
    assert next_owner.api_post(f"/api/grants/{adopted.pk}/end", {}).status_code == 404
    assert next_owner.api_post(f"/api/grants/{own.pk}/end", {}).status_code == 200


def test_newer_unassigned_access_does_not_end_an_older_grant(
    alice_account: Account, next_owner: Account, simulated: Simulator
) -> None:
    alice_account.get("/activity")
    next_owner.get("/activity")
    assert activate(next_owner).status_code == 200
    own = Grant.objects.get()
    policy = simulated.company.policy(PROJECT)
    (binding,) = activations_of(policy, ALICE, "roles/compute.admin")
    policy["bindings"].append({**binding, "role": "roles/dns.admin"})
    simulated.company.put_policy(PROJECT, policy)
    reconcile_later()
    adopted = Grant.objects.exclude(pk=own.pk).get(state="active", role="roles/dns.admin")
    rewrite(Grant.objects.filter(pk=adopted.pk), start_time=own.start_time.replace(microsecond=900))
    reconcile_later()
    own.refresh_from_db()
    assert own.state == "active", own.end_reason
    assert Grant.objects.filter(role="roles/compute.admin", beneficiary_email=ALICE).count() == 1
    assert not Event.objects.filter(kind="grant.renamed").exists()


def test_a_binding_moved_to_another_known_person_is_not_a_rename(
    alice_account: Account, reviewer: Account, simulated: Simulator
) -> None:
    activate(alice_account, f"{PROJECT}:roles/dns.admin")
    reviewer.get("/activity")
    policy = simulated.company.policy(PROJECT)
    (binding,) = activations_of(policy, ALICE, "roles/dns.admin")
    binding["members"] = [f"user:{BOB}"]
    simulated.company.put_policy(PROJECT, policy)
    reconcile_later()
    before = Grant.objects.get(beneficiary_email=ALICE)
    assert (before.state, before.end_reason) == ("ended", "drifted")
    adopted = Grant.objects.get(beneficiary_email=BOB, role="roles/dns.admin")
    assert adopted.request.beneficiary == User.objects.get(subject=reviewer.subject)


class TestARenamedRequester:
    """The address changes between two steps; IAM shows the new one immediately."""

    def test_is_approved_under_the_new_address(
        self, alice_account: Account, reviewer: Account, simulated: Simulator
    ) -> None:
        request_id = pending_request(alice_account)
        alice_account.rename(ALICIA)
        assert decide(reviewer, request_id, "approve").status_code == 403
        assert Request.objects.get().state == "pending"
        assert state(alice_account, request_id) == "ACTIVATION_PENDING"
        assert decide(reviewer, request_id, "approve").status_code == 200
        assert count_activations(simulated, ALICIA, "roles/iam.securityAdmin") == 1

    @pytest.mark.parametrize("reconciled", [False, True])
    def test_ends_access_written_before_the_rename(
        self, alice_account: Account, simulated: Simulator, reconciled: bool
    ) -> None:
        activate(alice_account)
        alice_account.rename(ALICIA)
        if reconciled:
            reconcile_later()
        grant = Grant.objects.get(beneficiary_email=ALICE)
        answer = alice_account.api_post(f"/api/grants/{grant.pk}/end", {})
        assert answer.status_code == 200, answer.content
        assert count_activations(simulated, ALICIA) == 0

    def test_extends_under_the_new_address(
        self, alice_account: Account, simulated: Simulator
    ) -> None:
        activate(alice_account, minutes=30)
        alice_account.rename(ALICIA)
        grant = Grant.objects.get()
        body = {"activationTimeout": 60, "justification": "CASE-2"}
        answer = alice_account.api_post(f"/api/grants/{grant.pk}/extend", body)
        assert answer.status_code == 200, answer.content
        assert count_activations(simulated, ALICIA) == 1
        assert status_of(alice_account, COMPUTE) == "ACTIVE"

    def test_keeps_other_grants_under_the_last_address_after_two_renames(
        self, alice_account: Account, simulated: Simulator
    ) -> None:
        activate(alice_account, minutes=30)
        activate(alice_account, minutes=60)
        alice_account.rename(ALICIA)
        reconcile_later()
        alice_account.get("/activity")
        alice_account.rename("alix@example.com")
        alice_account.get("/activity")
        reconcile_later()
        longer = Grant.objects.get(request__minutes=60, beneficiary_email=ALICE)
        answer = alice_account.api_post(f"/api/grants/{longer.pk}/end", {})
        assert answer.status_code == 200, answer.content
        assert count_activations(simulated, "alix@example.com") == 1
        assert count_activations(simulated, ALICIA) == 0

    @pytest.mark.parametrize("seen", [False, True])
    def test_is_revoked_and_stopped(
        self, alice_account: Account, olga: Any, simulated: Simulator, seen: bool
    ) -> None:
        activate(alice_account)
        alice_account.rename(ALICIA)
        reconcile_later()
        if seen:
            alice_account.get("/activity")
        answer = olga.post(
            STOP, {"email": ALICIA if seen else ALICE, "reason": "x", "action": "stop"}
        )
        assert answer.status_code == 200
        assert count_activations(simulated, ALICIA) == 0
        assert alice_account.get("/activity").status_code == 403

    def test_ends_all_access_under_every_address(
        self, alice_account: Account, simulated: Simulator
    ) -> None:
        activate(alice_account)
        alice_account.rename(ALICIA)
        activate(alice_account, f"{PROJECT}:roles/dns.admin")
        assert alice_account.post("/access/end", {"comment": ""}).status_code == 200
        assert (
            count_activations(simulated, ALICIA)
            == count_activations(simulated, ALICIA, "roles/dns.admin")
            == 0
        )
        assert not Grant.objects.filter(state="active").exists()


class TestARenamedReviewer:
    def test_still_decides(self, alice_account: Account, reviewer: Account) -> None:
        reviewer.get("/activity")
        request_id = pending_request(alice_account)
        reviewer.rename(ROBERT)
        assert decide(reviewer, request_id, "approve").status_code == 200

    def test_is_asked_again_for_an_extension(
        self, alice_account: Account, reviewer: Account
    ) -> None:
        reviewer.get("/activity")
        decide(reviewer, pending_request(alice_account, BOB), "approve")
        reviewer.rename(ROBERT)
        reviewer.get("/activity")
        grant = Grant.objects.get()
        body = {"activationTimeout": 60, "justification": "CASE-2"}
        answer = alice_account.api_post(f"/api/grants/{grant.pk}/extend", body)
        assert answer.status_code == 200, answer.content
        page = alice_account.get(f"/grants/{grant.pk}/extend")
        assert page.status_code == 200
        assert decide(reviewer, answer.json()["requestId"], "approve").status_code == 200

    def test_does_not_share_requests_with_the_next_owner_of_the_address(
        self, alice_account: Account, reviewer: Account, simulated: Simulator
    ) -> None:
        """Version 0.1.0 recorded reviewers by address only."""
        reviewer.get("/activity")
        request_id = pending_request(alice_account)
        rewrite(Reviewer.objects.filter(email=BOB), user=None)
        reviewer.rename(ROBERT)
        assert reviewer.api_get(f"/api/requests/{request_id}").status_code == 200
        later = Account(simulated, BOB, subject="4", later=10)
        assert later.api_get(f"/api/requests/{request_id}").status_code == 404
        assert request_id not in later.get("/reviews").content.decode()
        assert decide(later, request_id, "approve").status_code == 404
        assert decide(reviewer, request_id, "approve").status_code == 200


@pytest.mark.parametrize("spelling", ["user:ALICE@Example.com", "User:alice@example.com"])
def test_another_spelling_of_a_member_in_iam_is_the_same_person(
    alice_account: Account, simulated: Simulator, spelling: str
) -> None:
    activate(alice_account)
    policy = simulated.company.policy(PROJECT)
    (binding,) = activations_of(policy, ALICE, "roles/compute.admin")
    binding["members"] = [spelling]
    simulated.company.put_policy(PROJECT, policy)
    reconcile_later()
    grant = Grant.objects.get(
        request__minutes=60, role="roles/compute.admin", state="active", beneficiary_email=ALICE
    )
    assert alice_account.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 200
    left = simulated.company.policy(PROJECT)["bindings"]
    assert not [b for b in left if b["members"] == [spelling]]
