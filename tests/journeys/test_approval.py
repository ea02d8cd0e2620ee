"""Alice asks, Bob or a manager decides, and everybody sees what became of it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from activations.models import Event, Grant, Request
from activations.services.expiry import expire_due
from tests.journeys.approvals import REQUEST, SECURITY, SET, ask, asked, decide, state
from tests.journeys.shop import PROJECT, ROLES, ours
from tests.moments import now
from tests.rewriting import rewrite

MARIA = "user:maria@example.com"


@pytest.fixture
def maria(person, settings):
    """Maria manages: a designated reviewer who holds no role."""
    settings.REVIEWERS = (MARIA,)
    return person("maria@example.com")


def test_peers_are_those_who_hold_the_same_role_without_oneself(alice):
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY).json()
    assert answer["peers"] == [{"email": "bob@example.com"}, {"email": "carol@example.com"}]


def test_managers_are_offered_too(alice, maria):
    answer = alice.api_get(f"/api/projects/{PROJECT}/peers", id=SECURITY).json()
    assert answer["managers"] == [{"email": "maria@example.com"}]


def test_outsiders_learn_no_names(charlie):
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


def test_asking_makes_a_pending_request_and_writes_nothing(alice, simulated):
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


def test_a_pending_request_shows_in_the_list_of_roles(alice):
    request_id = asked(alice)
    roles = alice.api_get(ROLES).json()["entitlements"]
    (role,) = [role for role in roles if role["id"] == SECURITY]
    assert (role["status"], role["requestId"]) == ("ACTIVATION_PENDING", request_id)


def test_asking_again_shows_the_pending_request(alice):
    assert asked(alice) == asked(alice, "bob@example.com", minutes=5)
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
def test_a_wrong_wish_is_refused_with_what_to_change(alice, changes, message):
    answer = ask(alice, **changes)
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert not Request.objects.exists()


def test_duplicates_count_once_against_the_minimum(alice, settings):
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


def test_a_role_held_by_one_person_alone_can_be_approved_by_a_manager(person, maria):
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
    request_id = asked(alice)
    rewrite(Request.objects, requested_at=now() - timedelta(minutes=50))
    answer = decide(bob, request_id, "approve", "go ahead")
    assert answer.status_code == 200, answer.content
    role = answer.json()["entitlements"][0]
    assert (role["status"], role["endTime"] - role["startTime"]) == ("ACTIVE", 1800)
    assert abs(role["startTime"] - now().timestamp()) < 60
    policy = simulated.company.policy(PROJECT)
    (binding,) = ours(policy, "alice@example.com", "roles/iam.securityAdmin")
    assert binding["condition"]["description"] == (
        "Approved by bob@example.com, justification: CASE-9"
    )


def test_the_originals_way_to_approve_works_with_the_request_id(alice, bob):
    request_id = asked(alice)
    path = f"/api/activation-request?activation={request_id}"
    seen = bob.api_get("/api/activation-request", activation=request_id).json()
    assert (seen["isReviewer"], seen["isBeneficiary"]) == (True, False)
    answer = bob.post(path, headers={"X-JITACCESS": "1"})
    assert answer.status_code == 200
    assert answer.json()["entitlements"][0]["status"] == "ACTIVE"


@pytest.mark.parametrize("token", ["ABC~~DE~FG", "8b1c1c1e-0000-4000-8000-000000000000"])
def test_the_originals_way_tells_strangers_nothing(alice, charlie, token):
    answer = charlie.api_get("/api/activation-request", activation=token)
    assert answer.status_code == 403
    assert answer.json()["message"] == "Accessing the activation request failed"


def test_looking_changes_nothing(alice, bob, simulated):
    request_id = asked(alice)
    bob.get(f"/requests/{request_id}")
    bob.api_get(f"/api/requests/{request_id}")
    bob.api_get("/api/activation-request", activation=request_id)
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert not simulated.calls.of(SET)


def test_strangers_cannot_tell_that_the_request_exists(alice, charlie):
    request_id = asked(alice)
    assert charlie.api_get(f"/api/requests/{request_id}").status_code == 404
    assert decide(charlie, request_id, "approve").status_code == 404


def test_nobody_approves_their_own_request(alice):
    request_id = asked(alice)
    answer = decide(alice, request_id, "approve")
    assert answer.status_code == 403
    assert state(alice, request_id) == "ACTIVATION_PENDING"


def test_a_manager_cannot_approve_their_own_request_either(person, settings, bob):
    settings.REVIEWERS = ("user:alice@example.com",)
    alice = person("alice@example.com")
    assert decide(alice, asked(alice), "approve").status_code == 403


def test_declining_needs_a_reason_and_is_final(alice, bob, carol, simulated):
    request_id = asked(alice)
    assert decide(bob, request_id, "decline").status_code == 400
    assert decide(bob, request_id, "decline", "not today").status_code == 200
    assert state(alice, request_id) == "DECLINED"
    answer = decide(carol, request_id, "approve")
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("bob@example.com declined this request at ")
    assert not simulated.calls.of(SET)


def test_the_same_approver_again_writes_nothing(alice, bob, simulated):
    request_id = asked(alice)
    decide(bob, request_id, "approve")
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 200
    assert len(simulated.calls.of(SET)) == 1


def test_a_second_approver_learns_who_was_first(alice, bob, carol):
    request_id = asked(alice)
    decide(bob, request_id, "approve")
    answer = decide(carol, request_id, "approve")
    assert answer.status_code == 409
    assert "bob@example.com approved this request at" in answer.json()["message"]


def test_alice_withdraws_and_nobody_can_approve_any_more(alice, bob, simulated):
    request_id = asked(alice)
    assert decide(bob, request_id, "withdraw").status_code == 403
    assert decide(alice, request_id, "withdraw").status_code == 200
    assert decide(alice, request_id, "withdraw").status_code == 200
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409
    assert "withdrew" in answer.json()["message"]
    assert not simulated.calls.of(SET)


def test_a_request_expires_and_cannot_be_approved(alice, bob, simulated):
    request_id = asked(alice)
    long_ago = now() - timedelta(minutes=1)
    rewrite(Request.objects, expires_at=long_ago)
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 409
    assert "expired" in answer.json()["message"]
    assert state(alice, request_id) == "EXPIRED"
    assert Event.objects.filter(kind="request.expired").count() == 1
    assert not simulated.calls.of(SET)


def test_what_is_over_says_so_before_anybody_takes_note(alice):
    request_id = asked(alice)
    rewrite(Request.objects, expires_at=now() - timedelta(minutes=1))
    assert state(alice, request_id) == "EXPIRED"
    expired = alice.api_get("/api/requests", status="EXPIRED").json()["requests"]
    assert [one["requestId"] for one in expired] == [request_id]
    assert alice.api_get("/api/requests", status="ACTIVATION_PENDING").json()["requests"] == []


def test_expiry_by_the_clock_happens_once(alice):
    asked(alice)
    later = now() + timedelta(hours=2)
    assert (expire_due(now=later), expire_due(now=later)) == (1, 0)


def test_after_the_end_it_can_be_asked_for_again(alice, bob):
    first = asked(alice)
    decide(bob, first, "decline", "no")
    assert asked(alice) != first


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_eligibility_lost_since_the_request_refuses_the_approval(alice, bob, simulated, who):
    request_id = asked(alice)
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


def test_limits_that_were_tightened_since_are_kept(alice, bob, settings):
    request_id = asked(alice)
    settings.JUSTIFICATION_PATTERN = r"TICKET-\d+"
    assert decide(bob, request_id, "approve").status_code == 400
    settings.JUSTIFICATION_PATTERN = ".*"
    settings.ACTIVATION_TIMEOUT = timedelta(minutes=5)
    assert decide(bob, request_id, "approve").status_code == 400


def test_a_manager_may_pick_up_any_request(alice, maria):
    request_id = asked(alice)
    listed = maria.api_get("/api/requests", role="review").json()["requests"]
    assert [one["requestId"] for one in listed] == [request_id]
    answer = decide(maria, request_id, "approve")
    assert answer.status_code == 200
    assert answer.json()["reviews"][0]["reviewer"] == {"email": "maria@example.com"}


def test_reviewers_find_what_waits_for_them_and_others_do_not(alice, bob, carol, charlie):
    request_id = asked(alice, "bob@example.com")
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


def test_history_and_log_tell_who_decided(alice, bob, caplog):
    caplog.set_level(logging.INFO)
    request_id = asked(alice)
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


def test_an_approval_outlives_googles_trouble(alice, bob, simulated, no_patience):
    request_id = asked(alice)
    simulated.faults.add(SET, status=503, times=None)
    answer = decide(bob, request_id, "approve")
    assert answer.status_code == 504
    assert answer.json()["requestId"] == request_id
    assert state(alice, request_id) == "PROVISIONING"


def test_a_definite_refusal_fails_the_grant_and_says_so(alice, bob, simulated):
    request_id = asked(alice)
    simulated.faults.add(SET, status=403, message="no way", times=None)
    assert decide(bob, request_id, "approve").status_code == 403
    assert state(alice, request_id) == "FAILED"


def test_a_blank_project_is_refused(alice):
    answer = alice.api_post(REQUEST.replace(PROJECT, "%20"), {})
    assert (answer.status_code, answer.json()["message"]) == (400, "You must provide a projectId")
