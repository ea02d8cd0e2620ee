"""Alice requests approval, Bob or a manager decides, and everybody concerned sees the result."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from activations.models import Event, Grant, Request
from activations.services.expiry import expire_due
from tests.journeys.approvals import REQUEST, SECURITY, SET, ask, decide, pending_request, state
from tests.journeys.shop import PROJECT, ROLES, activations_of
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


MARIA = "user:maria@example.com"


@pytest.fixture
def maria(person, settings):
    """Maria is a designated reviewer without eligible roles."""
    settings.REVIEWERS = (MARIA,)
    return person("maria@example.com")


def test_peers_are_the_other_people_with_the_same_role(alice):
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY).json()
    assert answer["peers"] == [{"email": "bob@example.com"}, {"email": "carol@example.com"}]


def test_managers_are_offered_as_reviewers(alice, maria):
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY).json()
    assert answer["managers"] == [{"email": "maria@example.com"}]


def test_people_without_the_role_get_no_list_of_peers(charlie):
    answer = charlie.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY)
    assert answer.status_code == 403
    assert "bob" not in answer.content.decode()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "A role is required"),
        ({"id": "xx"}, "Invalid ProjectRole ID"),
        ({"id": "other:roles/x"}, "The project ID does not match the current project"),
    ],
)
def test_peers_need_a_role_of_this_project(alice, params, message):
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", **params)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_a_request_for_approval_is_pending_and_writes_nothing(alice, simulated):
    answer = ask(alice)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["status"] == "ACTIVATION_PENDING"
    assert body["entitlements"][0]["status"] == "ACTIVATION_PENDING"
    assert body["entitlements"][0]["activationId"] == f"mpa-{body['requestId']}"
    assert [one["email"] for one in body["reviewers"]] == ["bob@example.com", "carol@example.com"]
    assert body["expiresAt"] - body["requestedAt"] == 3600
    assert not simulated.calls.of(SET)
    assert not Grant.objects.exists()


def test_the_list_of_roles_shows_a_pending_request(alice):
    request_id = pending_request(alice)
    roles = alice.api_get(ROLES).json()["entitlements"]
    (role,) = [role for role in roles if role["id"] == SECURITY]
    assert (role["status"], role["requestId"]) == ("ACTIVATION_PENDING", request_id)


def test_a_second_request_returns_the_pending_one(alice):
    assert pending_request(alice) == pending_request(alice, "bob@example.com", minutes=5)
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"entitlementId": None}, "Specify a role to activate"),
        ({"peers": []}, "You must select at least 1 reviewers"),
        (
            {"peers": [f"p{n}@example.com" for n in range(11)]},
            "The number of reviewers exceeds the allowed maximum of 10",
        ),
        (
            {"peers": ["alice@example.com"]},
            "You cannot review your own request; choose somebody else",
        ),
        (
            {"peers": ["ALICE@example.com "]},
            "You cannot review your own request; choose somebody else",
        ),
        ({"peers": ["nobody"]}, "'nobody' is not the e-mail address of a reviewer"),
        ({"justification": " "}, "Provide a justification"),
        ({"entitlementId": "xx"}, "Invalid ProjectRole ID"),
        (
            {"entitlementId": "billing-prod:roles/cloudsql.admin"},
            "The project ID does not match the current project",
        ),
        ({"activationTimeout": 0}, "The duration must be positive"),
        ({"activationTimeout": 121}, "The activation duration must be no longer than 120 minutes"),
    ],
)
def test_an_invalid_request_is_refused_with_what_to_change(alice, changes, message):
    answer = ask(alice, **changes)
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert not Request.objects.exists()


def test_a_reviewer_named_twice_counts_once_for_the_minimum(alice, settings):
    settings.ACTIVATION_REQUEST_MIN_REVIEWERS = 2
    answer = ask(alice, "bob@example.com", "BOB@example.com")
    assert answer.status_code == 400
    assert answer.json()["message"] == "At least 2 reviewers must be specified"


def test_a_reviewer_must_hold_the_role(alice):
    answer = ask(alice, "dave@example.com")
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        f"The user dave@example.com is not allowed to activate {SECURITY} using MPA"
    )


def test_a_manager_can_approve_a_role_that_only_one_person_holds(person, maria):
    dave = person("dave@example.com")
    alone = "billing-prod:roles/resourcemanager.projectIamAdmin"
    offered = dave.api_get("/api/projects/billing-prod/peers", id=alone).json()
    assert (offered["peers"], offered["managers"]) == ([], [{"email": "maria@example.com"}])
    body = {
        "entitlementId": alone,
        "justification": "j",
        "peers": ["maria@example.com"],
        "activationTimeout": 5,
    }
    made = dave.api_post("/api/projects/billing-prod/roles/request", body)
    assert decide(maria, made.json()["requestId"], "approve").status_code == 200


def test_bob_approves_and_the_minutes_start_then(alice, bob, simulated):
    request_id = pending_request(alice)
    rewrite(Request.objects, requested_at=now() - timedelta(minutes=50))
    answer = decide(bob, request_id, "approve", "go ahead")
    assert answer.status_code == 200, answer.content
    role = answer.json()["entitlements"][0]
    assert (role["status"], role["endTime"] - role["startTime"]) == ("ACTIVE", 1800)
    assert abs(role["startTime"] - now().timestamp()) < 60
    policy = simulated.company.policy(PROJECT)
    (binding,) = activations_of(policy, "alice@example.com", "roles/iam.securityAdmin")
    assert binding["condition"]["description"] == (
        "Approved by bob@example.com, justification: CASE-9"
    )


def test_the_original_path_approves_with_the_request_id(alice, bob):
    request_id = pending_request(alice)
    path = f"/api/activation-request?activation={request_id}"
    seen = bob.api_get("/api/activation-request", activation=request_id).json()
    assert (seen["isReviewer"], seen["isBeneficiary"]) == (True, False)
    answer = bob.post(path, headers={"X-JITACCESS": "1"})
    assert answer.status_code == 200
    assert answer.json()["entitlements"][0]["status"] == "ACTIVE"


@pytest.mark.parametrize("token", ["ABC~~DE~FG", "8b1c1c1e-0000-4000-8000-000000000000"])
def test_the_original_path_answers_404_to_others(alice, charlie, token):
    answer = charlie.api_get("/api/activation-request", activation=token)
    assert answer.status_code == 403
    assert answer.json()["message"] == "Accessing the activation request failed"


def test_opening_a_request_changes_nothing(alice, bob, simulated):
    request_id = pending_request(alice)
    bob.get(f"/requests/{request_id}")
    bob.api_get(f"/api/requests/{request_id}")
    bob.api_get("/api/activation-request", activation=request_id)
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert not simulated.calls.of(SET)


def test_others_cannot_determine_that_the_request_exists(alice, charlie):
    request_id = pending_request(alice)
    assert charlie.api_get(f"/api/requests/{request_id}").status_code == 404
    assert decide(charlie, request_id, "approve").status_code == 404


def test_nobody_approves_their_own_request(alice):
    request_id = pending_request(alice)
    answer = decide(alice, request_id, "approve")
    assert answer.status_code == 403
    assert state(alice, request_id) == "ACTIVATION_PENDING"


def test_a_manager_cannot_approve_their_own_request_either(person, settings, bob):
    settings.REVIEWERS = ("user:alice@example.com",)
    alice = person("alice@example.com")
    assert decide(alice, pending_request(alice), "approve").status_code == 403


def test_declining_needs_a_reason_and_is_final(alice, bob, carol, simulated, caplog):
    caplog.set_level(logging.INFO, "jitaccess.audit")
    request_id = pending_request(alice)
    assert decide(bob, request_id, "decline").status_code == 400
    assert decide(bob, request_id, "decline", "not today").status_code == 200
    assert caplog.messages[-1].endswith("was declined by bob@example.com")
    assert state(alice, request_id) == "DECLINED"
    answer = decide(carol, request_id, "approve")
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("bob@example.com declined this request at ")
    assert not simulated.calls.of(SET)


def test_the_same_approver_again_writes_nothing(alice, bob, simulated):
    request_id = pending_request(alice)
    decide(bob, request_id, "approve")
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 200
    assert len(simulated.calls.of(SET)) == 1


def test_a_second_approver_reads_who_decided_first(alice, bob, carol):
    request_id = pending_request(alice)
    decide(bob, request_id, "approve")
    answer = decide(carol, request_id, "approve")
    assert answer.status_code == 409
    assert "bob@example.com approved this request at" in answer.json()["message"]


def test_a_withdrawn_request_cannot_be_approved(alice, bob, simulated):
    request_id = pending_request(alice)
    assert decide(bob, request_id, "withdraw").status_code == 403
    assert decide(alice, request_id, "withdraw").status_code == 200
    assert decide(alice, request_id, "withdraw").status_code == 200
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409
    assert "withdrew" in answer.json()["message"]
    assert not simulated.calls.of(SET)


def test_a_request_expires_and_cannot_be_approved(alice, bob, simulated):
    request_id = pending_request(alice)
    long_ago = now() - timedelta(minutes=1)
    rewrite(Request.objects, expires_at=long_ago)
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409
    assert "expired" in answer.json()["message"]
    assert state(alice, request_id) == "EXPIRED"
    assert Event.objects.filter(kind="request.expired").count() == 1
    assert not simulated.calls.of(SET)


def test_an_expired_request_is_shown_as_expired_before_the_job_records_it(alice):
    request_id = pending_request(alice)
    rewrite(Request.objects, expires_at=now() - timedelta(minutes=1))
    assert state(alice, request_id) == "EXPIRED"
    expired = alice.api_get("/api/requests", status="EXPIRED").json()["requests"]
    assert [one["requestId"] for one in expired] == [request_id]
    assert alice.api_get("/api/requests", status="ACTIVATION_PENDING").json()["requests"] == []


def test_the_expiry_job_records_each_expiry_once(alice):
    pending_request(alice)
    later = now() + timedelta(hours=2)
    assert (expire_due(now=later), expire_due(now=later)) == (1, 0)


def test_a_role_can_be_requested_again_after_a_decision(alice, bob):
    first = pending_request(alice)
    decide(bob, first, "decline", "no")
    assert pending_request(alice) != first


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_eligibility_lost_since_the_request_refuses_the_approval(alice, bob, simulated, who):
    request_id = pending_request(alice)
    policy = simulated.company.policy(PROJECT)
    for binding in policy["bindings"]:
        if binding["role"] == "roles/iam.securityAdmin":
            binding["members"].remove(f"user:{who}@example.com")
    simulated.company.put_policy(PROJECT, policy)
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 403
    said = {
        "alice": f"The user alice@example.com is not allowed to activate {SECURITY} using MPA",
        "bob": "You can no longer review this request: you are no longer eligible for"
        f" roles/iam.securityAdmin on {PROJECT}. Another reviewer must decide",
    }
    assert answer.json()["message"] == said[who]
    path = f"/api/activation-request?activation={request_id}"
    literal = f"The user {who}@example.com is not allowed to activate {SECURITY} using MPA"
    assert bob.api_post(path).json()["message"] == literal
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert not simulated.calls.of(SET)


def test_limits_lowered_since_the_request_apply_to_the_approval(alice, bob, settings):
    request_id = pending_request(alice)
    settings.JUSTIFICATION_PATTERN = r"TICKET-\d+"
    assert decide(bob, request_id, "approve").status_code == 400
    settings.JUSTIFICATION_PATTERN = ".*"
    settings.ACTIVATION_TIMEOUT = timedelta(minutes=5)
    assert decide(bob, request_id, "approve").status_code == 400


def test_a_manager_may_decide_any_request(alice, maria):
    request_id = pending_request(alice)
    listed = maria.api_get("/api/requests", role="review").json()["requests"]
    assert [one["requestId"] for one in listed] == [request_id]
    answer = decide(maria, request_id, "approve")
    assert answer.status_code == 200
    assert answer.json()["reviews"][0]["reviewer"] == {"email": "maria@example.com"}


def test_only_reviewers_find_the_requests_to_review(alice, bob, carol, charlie):
    request_id = pending_request(alice, "bob@example.com")
    to_review = {
        who.email: [
            one["requestId"]
            for one in who.api_get("/api/requests", role="review").json()["requests"]
        ]
        for who in (alice, bob, carol, charlie)
    }
    assert to_review == {
        "alice@example.com": [],
        "bob@example.com": [request_id],
        "carol@example.com": [],
        "charlie@example.com": [],
    }


def test_history_and_log_record_who_decided(alice, bob, caplog):
    caplog.set_level(logging.INFO)
    request_id = pending_request(alice)
    decide(bob, request_id, "approve")
    steps = Event.objects.filter(request_id=request_id).order_by("sequence")
    assert [(step.kind, step.actor_email) for step in steps] == [
        ("request.pending", "alice@example.com"),
        ("reviewer.recognised", ""),
        ("request.approved", "bob@example.com"),
        ("grant.provisioning", "bob@example.com"),
        ("grant.active", "bob@example.com"),
    ]
    lines = [r.getMessage() for r in caplog.records if r.name == "jitaccess.audit"]
    assert lines == [
        "User alice@example.com requested '[iam] roles/iam.securityAdmin on shop-prod' for 30 minutes",
        (
            "User bob@example.com approved role 'roles/iam.securityAdmin' on"
            " '//cloudresourcemanager.googleapis.com/projects/shop-prod'"
            " for alice@example.com for 30 minutes"
        ),
    ]


def test_an_approval_is_kept_when_google_is_unavailable(alice, bob, simulated, no_retry_delay):
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=503, times=None)
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 504
    assert answer.json()["requestId"] == request_id
    assert state(alice, request_id) == "PROVISIONING"


def test_a_definite_refusal_fails_the_grant_with_the_reason(alice, bob, simulated):
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=403, message="no way", times=None)
    assert decide(bob, request_id, "approve").status_code == 403
    assert state(alice, request_id) == "FAILED"


def test_a_blank_project_is_refused(alice):
    answer = alice.api_post(REQUEST.replace(PROJECT, "%20"), {})
    assert (answer.status_code, answer.json()["message"]) == (400, "You must provide a projectId")
