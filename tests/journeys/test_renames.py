"""A person whose address changes between two steps keeps requests and access under the new address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from activations.models import Event, Grant, Request, User
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request, state
from tests.journeys.renamed import (
    ALICE,
    ALICIA,
    BOB,
    ROBERT,
    check_evidence,
    compare_with_iam,
    renamed,
    renamed_before_iap,
)
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of, status_of

pytestmark = pytest.mark.one_database

ROLE, SECURITY_ROLE = "roles/compute.admin", "roles/iam.securityAdmin"
Rename = Callable[..., PersonClient]


@pytest.fixture(autouse=True)
def _evidence(simulated: Simulator, db: None) -> Iterator[None]:
    """Remove seeded activations first; verify after each test that the rows match their events."""
    policy = simulated.company.policy(PROJECT)
    others = activations_of(policy, BOB, ROLE)
    policy["bindings"] = [one for one in policy["bindings"] if one not in others]
    simulated.company.put_policy(PROJECT, policy)
    yield
    check_evidence()


def bound(simulated: Simulator, email: str, role: str = ROLE) -> list[dict[str, Any]]:
    return activations_of(simulated.company.policy(PROJECT), email, role)


def no_access_is_left(simulated: Simulator, role: str = ROLE) -> bool:
    return not (bound(simulated, ALICE, role) or bound(simulated, ALICIA, role))


def revoke(olga: PersonClient, grant: Grant) -> str:
    sent = {
        "action": "take_access_away",
        "_selected_action": [str(grant.pk)],
        "confirmed": "yes",
        "comment": "left the team",
    }
    answer = olga.post("/admin/activations/grant/", sent)
    assert answer.status_code == 200
    page: str = answer.content.decode()
    return page


shows_or_not = pytest.mark.parametrize(
    "rename", [renamed, renamed_before_iap], ids=["IAP shows", "not yet"]
)
looked_or_not = pytest.mark.parametrize("reconciled", [True, False], ids=["reconciled", "not"])


def rename_after_activation(
    alice: PersonClient, simulated: Simulator, rename: Rename, *, reconciled: bool
) -> tuple[PersonClient, Grant]:
    assert activate(alice).status_code == 200
    alicia = rename(simulated)
    if reconciled:
        compare_with_iam()
    return alicia, Grant.objects.get()


# After an activation


@shows_or_not
@looked_or_not
def test_active_access_is_shown_and_ended(
    alice: PersonClient, simulated: Simulator, rename: Rename, reconciled: bool
) -> None:
    alicia, grant = rename_after_activation(alice, simulated, rename, reconciled=reconciled)
    assert [one["id"] for one in alicia.api_get("/api/grants").json()["grants"]] == [str(grant.pk)]
    answer = alicia.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"})
    assert answer.status_code == 200, answer.content
    assert no_access_is_left(simulated)
    compare_with_iam()
    assert Grant.objects.get().end_reason == "ended by holder"
    assert User.objects.count() == 1


@shows_or_not
@looked_or_not
def test_end_all_access_ends_access_of_a_renamed_person(
    alice: PersonClient, simulated: Simulator, rename: Rename, reconciled: bool
) -> None:
    alicia, _ = rename_after_activation(alice, simulated, rename, reconciled=reconciled)
    assert alicia.post("/access/end", {"comment": ""}).status_code == 200
    assert no_access_is_left(simulated)
    compare_with_iam()
    assert Grant.objects.get().end_reason == "ended by holder"


@shows_or_not
@looked_or_not
def test_an_administrator_revokes_access_of_a_renamed_person(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, rename: Rename, reconciled: bool
) -> None:
    _, grant = rename_after_activation(alice, simulated, rename, reconciled=reconciled)
    page = revoke(olga, grant)
    assert "Revoked" in page
    assert "The binding was removed from IAM" in page
    assert no_access_is_left(simulated)
    compare_with_iam()
    assert Grant.objects.get().end_reason == "revoked"


@looked_or_not
def test_access_is_extended_under_the_new_address(
    alice: PersonClient, simulated: Simulator, reconciled: bool
) -> None:
    alicia, grant = rename_after_activation(alice, simulated, renamed, reconciled=reconciled)
    body = {"activationTimeout": 100, "justification": "more"}
    answer = alicia.api_post(f"/api/grants/{grant.pk}/extend", body)
    assert answer.status_code == 200, answer.content
    assert len(bound(simulated, ALICIA)) == 1
    assert bound(simulated, ALICE) == []
    assert status_of(alicia, COMPUTE) == "ACTIVE"
    counts = compare_with_iam()
    assert (counts.adopted, counts.drifted) == (0, 0)
    grant.refresh_from_db()
    assert grant.end_reason == "extended"
    assert Grant.objects.count() == 2


def test_access_is_not_extended_before_iap_shows_the_new_address(
    alice: PersonClient, simulated: Simulator
) -> None:
    """IAM has only the new address, so nobody is eligible under the former one."""
    late, grant = rename_after_activation(alice, simulated, renamed_before_iap, reconciled=True)
    body = {"activationTimeout": 100, "justification": "more"}
    answer = late.api_post(f"/api/grants/{grant.pk}/extend", body)
    assert answer.status_code in {403, 409}, answer.content
    assert len(bound(simulated, ALICIA)) == 1
    assert compare_with_iam().adopted == 0


@looked_or_not
def test_a_group_gives_no_second_binding_before_iap_shows_the_new_address(
    alice: PersonClient, simulated: Simulator, reconciled: bool
) -> None:
    """The directory also finds a member by the former address, which is then an alias."""
    simulated.company.add_group("holders@example.com", [ALICE])
    simulated.company.bind(
        PROJECT, "roles/browser", "group:holders@example.com", "has({}.jitAccessConstraint)"
    )
    role = f"{PROJECT}:roles/browser"
    assert activate(alice, role, minutes=30).status_code == 200
    late = renamed_before_iap(simulated)
    if reconciled:
        compare_with_iam()
    answer = activate(late, role, minutes=90)
    assert answer.status_code == 400, answer.content
    assert f"was renamed to {ALICIA} in IAM" in answer.json()["message"]
    assert len(bound(simulated, ALICIA, "roles/browser")) == 1
    alicia = PersonClient(simulated, ALICIA)
    assert activate(alicia, role, minutes=90).status_code == 200
    assert len(bound(simulated, ALICIA, "roles/browser")) == 1
    assert compare_with_iam().adopted == 0


@shows_or_not
def test_the_reconciler_records_the_rename_once(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, rename: Rename
) -> None:
    rename_after_activation(alice, simulated, rename, reconciled=False)
    counts = compare_with_iam()
    assert (counts.renamed, counts.drifted, counts.adopted) == (1, 0, 0)
    counts = compare_with_iam()
    assert (counts.renamed, counts.drifted, counts.adopted) == (0, 0, 0)
    grant = Grant.objects.get()
    assert (grant.state, grant.renamed_to, grant.beneficiary_email) == ("active", ALICIA, ALICE)
    step = Event.objects.get(kind="grant.renamed")
    assert (step.details["from"], step.details["to"]) == (ALICE, ALICIA)
    record = olga.get(f"/admin/activations/grant/{grant.pk}/change/").content.decode()
    assert "Renamed in IAM to" in record
    assert ALICIA in record


def test_no_rename_is_recorded_after_iap_shows_the_new_address(
    alice: PersonClient, simulated: Simulator
) -> None:
    alicia, _ = rename_after_activation(alice, simulated, renamed, reconciled=False)
    alicia.api_get("/api/policy")
    counts = compare_with_iam()
    assert (counts.renamed, counts.drifted, counts.adopted) == (0, 0, 0)
    assert Grant.objects.get().state == "active"


def test_access_stays_the_same_after_two_renames(alice: PersonClient, simulated: Simulator) -> None:
    rename_after_activation(alice, simulated, renamed, reconciled=True)
    lisa = renamed(simulated, ALICIA, "lisa@example.com")
    assert compare_with_iam().renamed == 1
    grant = Grant.objects.get()
    assert lisa.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 200
    assert bound(simulated, "lisa@example.com") == []
    counts = compare_with_iam()
    assert (counts.drifted, counts.adopted) == (0, 0)


def test_all_grants_of_a_renamed_binding_are_renamed(
    alice: PersonClient, simulated: Simulator
) -> None:
    """The binding has the justification of the longest grant."""
    assert activate(alice, minutes=30).status_code == 200
    body = {"entitlementIds": [COMPUTE], "justification": "CASE-124", "activationTimeout": 90}
    assert alice.api_post(f"/api/projects/{PROJECT}/roles/self-activate", body).status_code == 200
    renamed_before_iap(simulated)
    counts = compare_with_iam()
    assert (counts.renamed, counts.drifted, counts.adopted) == (2, 0, 0)


def test_an_account_can_get_its_former_name_again(
    alice: PersonClient, simulated: Simulator
) -> None:
    rename_after_activation(alice, simulated, renamed, reconciled=True)
    back = renamed(simulated, ALICIA, ALICE)
    grant = Grant.objects.get()
    assert back.api_get("/api/grants").json()["grants"]
    counts = compare_with_iam()
    assert (counts.drifted, counts.adopted) == (0, 0)
    assert back.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 200
    assert no_access_is_left(simulated)


def test_a_binding_moved_by_hand_to_a_known_person_is_drift(
    alice: PersonClient, charlie: PersonClient, simulated: Simulator
) -> None:
    charlie.api_get("/api/policy")
    activate(alice)
    policy = simulated.company.policy(PROJECT)
    for binding in activations_of(policy, ALICE, ROLE):
        binding["members"] = ["user:charlie@example.com"]
    simulated.company.put_policy(PROJECT, policy)
    counts = compare_with_iam()
    assert (counts.renamed, counts.drifted) == (0, 1)
    assert Grant.objects.get(beneficiary_email=ALICE).end_reason == "drifted"
    assert status_of(alice, COMPUTE) != "ACTIVE"


# After a request for approval


def test_a_request_is_approved_under_the_new_address(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    alicia = renamed(simulated)
    assert state(alicia, request_id) == "ACTIVATION_PENDING"
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 200, answer.content
    assert len(bound(simulated, ALICIA, SECURITY_ROLE)) == 1
    grant = Grant.objects.get()
    assert grant.beneficiary_email == ALICIA
    assert alicia.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 200
    assert no_access_is_left(simulated, SECURITY_ROLE)


def test_a_request_is_not_approved_before_iap_shows_the_new_address(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    request_id = pending_request(alice)
    renamed_before_iap(simulated)
    compare_with_iam()
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409, answer.content
    assert "must open JIT Access once" in answer.json()["message"]
    assert Request.objects.get(pk=request_id).state == "pending"
    page = bob.get(f"/requests/{request_id}").content.decode()
    assert "must open JIT Access once" in page
    PersonClient(simulated, ALICIA).api_get("/api/policy")
    assert decide(bob, request_id, "approve").status_code == 200
    assert len(bound(simulated, ALICIA, SECURITY_ROLE)) == 1


def test_an_undetected_rename_grants_nothing_under_the_former_address(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    simulated.company.rename_user(ALICE, ALICIA)
    assert decide(bob, request_id, "approve").status_code in {403, 409}
    assert no_access_is_left(simulated, SECURITY_ROLE)
    assert Request.objects.get().state == "pending"


def test_an_approved_role_is_extended_by_a_new_approval(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    decide(bob, pending_request(alice), "approve")
    alicia = renamed(simulated)
    grant = Grant.objects.get()
    body = {"activationTimeout": 100, "justification": "more"}
    answer = alicia.api_post(f"/api/grants/{grant.pk}/extend", body)
    assert answer.status_code == 200, answer.content
    assert decide(bob, answer.json()["requestId"], "approve").status_code == 200
    assert len(bound(simulated, ALICIA, SECURITY_ROLE)) == 1
    assert compare_with_iam().adopted == 0


def test_the_requester_withdraws_under_the_new_address(
    alice: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    alicia = renamed(simulated)
    assert decide(alicia, request_id, "withdraw").status_code == 200
    assert Request.objects.get().state == "withdrawn"


@pytest.mark.parametrize("what", ["approve", "decline"])
def test_nobody_reviews_their_own_request_under_another_address(
    alice: PersonClient, simulated: Simulator, what: str
) -> None:
    request_id = pending_request(alice)
    alicia = renamed(simulated)
    assert decide(alicia, request_id, what, "fine").status_code == 403


@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "never seen"])
@pytest.mark.parametrize("what", ["approve", "decline"])
def test_a_renamed_reviewer_sees_and_decides(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, seen: bool, what: str
) -> None:
    if seen:
        bob.api_get("/api/policy")
    request_id = pending_request(alice, BOB)
    if not seen:
        bob.api_get("/api/policy")  # was asked by address before signing in
    robert = renamed(simulated, BOB, ROBERT)
    assert robert.get(f"/requests/{request_id}").status_code == 200
    assert ALICE in robert.get("/reviews").content.decode()
    answer = decide(robert, request_id, what, "fine")
    assert answer.status_code == 200, answer.content
    assert Request.objects.get().reviews.get().reviewer_email == ROBERT


def test_a_reviewer_repeats_a_decision_under_another_address(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request_id = pending_request(alice)
    assert decide(bob, request_id, "approve").status_code == 200
    robert = renamed(simulated, BOB, ROBERT)
    assert decide(robert, request_id, "approve").status_code == 200
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("address", [ALICE, ALICIA])
def test_a_requester_cannot_review_under_either_address(
    alice: PersonClient, simulated: Simulator, address: str
) -> None:
    alice.api_get("/api/policy")
    alicia = renamed(simulated)
    alicia.api_get("/api/policy")
    body = {
        "entitlementId": f"{PROJECT}:{SECURITY_ROLE}",
        "justification": "CASE-9",
        "peers": [address],
        "activationTimeout": 30,
    }
    answer = alicia.api_post(f"/api/projects/{PROJECT}/roles/request", body)
    assert answer.status_code in {400, 403}
