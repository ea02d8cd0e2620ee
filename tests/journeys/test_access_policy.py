"""An access policy is activated, and people's own activations and requests for approval follow its rules."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import Event, Grant, Request
from eligibility import providers
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SECURITY, ask, decide, pending_request, state
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import ACTIVATE, COMPUTE, PROJECT, TEN_ROLES, activation_body
from tests.policies.test_active_policy import stored
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

LIMIT = "The activation duration must be no longer than 30 minutes"
SHORT = "require: {duration: {max: 30m, default: 15m}}"
INCIDENT = 'require: {ticket: {label: Incident, pattern: "INC-[0-9]+", url: "https://t.example.com/{ticket}"}}'
FOLDER = "cloudresourcemanager.folders.get"
GROUPS = "directory.groups.list"


def activate(person: PersonClient, *role_ids: str, minutes: int = 60, **changes: Any) -> Any:
    body = activation_body(*role_ids, minutes=minutes)
    return person.api_post(ACTIVATE, body | changes)


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("message", "")


@pytest.mark.parametrize(
    "when",
    [
        'projects: ["*-prod"]',
        'roles: ["roles/*.admin"]',
        "types: [JIT]",
        'requesters: ["user:alice@*"]',
        'requesters: ["group:platform-oncall@example.com"]',
        'requesters: ["group:engineering@example.com"]',
        'folders: ["folders/12"]',
        'folders: ["folders/10"]',
        'projects: [shop-prod], folders: ["folders/1*"], requesters: ["group:platform@example.com"]',
    ],
)
def test_a_rule_that_matches_limits_the_duration(
    alice: PersonClient, policy: Activate, when: str
) -> None:
    policy(f"name: short, when: {{{when}}}, {SHORT}")
    assert said(activate(alice, minutes=31)) == (400, LIMIT)
    assert not Grant.objects.exists()
    assert activate(alice, minutes=30).status_code == 200
    assert Request.objects.get().rule == "short"


@pytest.mark.parametrize(
    "when",
    [
        'projects: ["*-staging"]',
        'roles: ["roles/viewer"]',
        "types: [MPA]",
        'requesters: ["user:bob@*"]',
        'requesters: ["group:payments-approvers@example.com"]',
        'folders: ["folders/20"]',
    ],
)
def test_a_rule_that_does_not_match_changes_nothing(
    alice: PersonClient, policy: Activate, when: str
) -> None:
    policy(f"name: short, when: {{{when}}}, {SHORT}")
    answer = activate(alice, minutes=60)
    assert answer.status_code == 200
    assert answer.json()["rule"] is None
    assert answer.json()["policySha256"]


def test_without_an_access_policy_requests_name_no_rule(alice: PersonClient) -> None:
    body = activate(alice).json()
    names = ("rule", "policySha256", "ticket", "ticketUrl")
    assert [body[name] for name in names] == [None] * 4
    details = Event.objects.get(kind="request.self_approved").details
    assert "rules" not in details
    assert "policy" not in details


def test_the_justification_must_meet_the_rule_and_the_refusal_has_its_hint(
    alice: PersonClient, policy: Activate
) -> None:
    policy(
        'name: a, require: {justification: {pattern: "[A-Z].{9,}", hint: "What is broken, and for whom?"}}'
    )
    hint = "Justification does not meet criteria: What is broken, and for whom?"
    assert said(activate(alice, justification="short")) == (400, hint)
    assert activate(alice, justification="Checkout\nfails for all").status_code == 200


def test_a_ticket_must_be_given_and_match(alice: PersonClient, policy: Activate) -> None:
    policy(f"name: incident, {INCIDENT}")
    assert said(activate(alice)) == (400, "Enter a ticket: Incident")
    wrong = (400, "The ticket does not match INC-[0-9]+: Incident")
    assert said(activate(alice, ticket="INC-1 or so")) == wrong
    answer = activate(alice, ticket=" INC-12 ")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["ticket"], body["rule"]) == ("INC-12", "incident")
    assert body["ticketUrl"] == "https://t.example.com/INC-12"
    assert differences() == []


def test_a_ticket_that_no_rule_requires_is_kept(alice: PersonClient) -> None:
    assert activate(alice, ticket="INC-1").json()["ticket"] == "INC-1"
    assert said(activate(alice, TEN_ROLES[1], ticket="x" * 201))[0] == 400
    assert said(activate(alice, TEN_ROLES[1], ticket="a\x07b"))[0] == 400


def test_several_roles_must_meet_all_their_rules(alice: PersonClient, policy: Activate) -> None:
    policy(
        f"name: incident, when: {{roles: [roles/compute.admin]}}, {INCIDENT}",
        f"name: short, when: {{roles: [roles/dns.admin]}}, {SHORT}",
    )
    dns = f"{PROJECT}:roles/dns.admin"
    assert said(activate(alice, COMPUTE, dns)) == (400, f"{LIMIT}. Enter a ticket: Incident")
    assert activate(alice, COMPUTE, dns, minutes=30, ticket="INC-1").status_code == 200
    made = Request.objects.get()
    assert (made.rule, made.granted_rule) == ("short", "short")
    assert made.ticket_url == "https://t.example.com/INC-1"
    details = Event.objects.get(kind="request.self_approved").details
    assert details["rules"] == {COMPUTE: "incident", dns: "short"}
    assert details["policy"] == made.policy_sha256


def test_the_first_rule_that_matches_decides(alice: PersonClient, policy: Activate) -> None:
    policy("name: free, when: {roles: [roles/compute.admin]}", f"name: short, {SHORT}")
    assert activate(alice, COMPUTE, minutes=60).json()["rule"] == "free"


def test_an_extension_keeps_its_ticket_and_meets_the_rules(
    alice: PersonClient, policy: Activate
) -> None:
    policy(f"name: incident, {INCIDENT}")
    assert activate(alice, minutes=5, ticket="INC-1").status_code == 200
    extend = f"/api/grants/{Grant.objects.get().pk}/extend"
    body = {"activationTimeout": 40, "justification": "CASE-2"}
    policy(f"name: incident, {INCIDENT[:-1]}, duration: {{max: 30m}}}}")
    assert said(alice.api_post(extend, body)) == (400, LIMIT)
    wrong = alice.api_post(extend, body | {"activationTimeout": 20, "ticket": "none"})
    assert wrong.status_code == 400
    answer = alice.api_post(extend, body | {"activationTimeout": 20})
    assert answer.status_code == 200, answer.content
    assert answer.json()["ticket"] == "INC-1"


def test_folders_that_cannot_be_read_refuse_the_request_for_now(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    policy(f"name: below, when: {{folders: [folders/20]}}, {SHORT}")
    simulated.faults.add(FOLDER, status=403, times=None)
    status, message = said(activate(alice))
    assert status == 503
    assert "depends on the folders above shop-prod" in message
    assert alice.api_get(f"/api/projects/{PROJECT}/roles").status_code == 503
    assert not Request.objects.exists()


def test_groups_that_cannot_be_read_refuse_the_request_for_now(
    alice: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    policy(f"name: contractors, when: {{requesters: ['group:contractors@example.com']}}, {SHORT}")
    # The groups that contain Alice's group are hidden, so it is not known whether she is a contractor.
    simulated.faults.add(GROUPS, status=403, after=1, times=None)
    providers.reset()
    status, message = said(activate(alice))
    assert (status, "contractors" in message) == (503, True)


def test_a_refusal_tells_nothing_to_people_without_the_role(
    charlie: PersonClient, policy: Activate
) -> None:
    policy(f"name: secret rule, {INCIDENT}")
    answer = activate(charlie)
    assert answer.status_code == 403
    assert "Incident" not in answer.content.decode()


def test_a_request_for_approval_meets_the_rules(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    policy(f"name: incident, when: {{types: [MPA]}}, {INCIDENT}")
    assert said(ask(alice)) == (400, "Enter a ticket: Incident")
    request_id = pending_request(alice, ticket="INC-9")
    seen = bob.api_get(f"/api/requests/{request_id}").json()
    assert (seen["rule"], seen["ticket"]) == ("incident", "INC-9")
    assert decide(bob, request_id, "approve").status_code == 200
    made = Request.objects.get()
    assert (made.granted_rule, made.granted_policy_sha256) == ("incident", made.policy_sha256)
    assert Event.objects.get(kind="request.approved").details["rules"] == {SECURITY: "incident"}
    assert differences() == []


def test_an_approval_must_meet_the_policy_that_is_active_then(
    alice: PersonClient, bob: PersonClient, policy: Activate, simulated: Simulator
) -> None:
    request_id = pending_request(alice, minutes=60)
    policy(f"name: short, when: {{folders: [folders/11]}}, {SHORT}")
    status, message = said(decide(bob, request_id, "approve"))
    assert status == 409
    assert LIMIT in message
    assert "stays pending" in message
    assert state(bob, request_id) == "ACTIVATION_PENDING"
    assert not Grant.objects.exists()
    simulated.faults.add(FOLDER, status=403, times=None)
    providers.reset()
    assert said(decide(bob, request_id, "approve"))[0] == 503
    assert decide(bob, request_id, "decline", "no").status_code == 200


def test_a_request_keeps_the_rule_that_it_was_made_under(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    policy(f"name: long, {SHORT.replace('30m', '60m')}")
    request_id = pending_request(alice, minutes=60)
    policy(f"name: other, {INCIDENT}")
    assert said(decide(bob, request_id, "approve"))[0] == 409
    policy()
    assert decide(bob, request_id, "approve").status_code == 200
    made = Request.objects.get()
    assert (made.rule, made.granted_rule) == ("long", "")
    assert made.granted_policy_sha256 not in {"", made.policy_sha256}


def test_a_rule_that_was_removed_still_holds_for_requests_made_under_it(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    policy(f"name: incident, {INCIDENT}")
    request_id = pending_request(alice, ticket="INC-9")
    policy()
    rewrite(Request.objects.all(), ticket="")
    assert said(decide(bob, request_id, "approve"))[0] == 409
    rewrite(Request.objects.all(), ticket="INC-9")
    assert decide(bob, request_id, "approve").status_code == 200


def test_nothing_is_decided_while_the_active_policy_cannot_be_applied(
    alice: PersonClient, bob: PersonClient
) -> None:
    request_id = pending_request(alice)
    # A newer version of the application activated it.
    stored("version: 1\nrules: []\nlater: {}\n")
    assert alice.api_get(f"/api/projects/{PROJECT}/roles").status_code == 503
    assert activate(alice).status_code == 503
    assert "cannot be read by this version" in activate(alice).json()["message"]
    assert decide(bob, request_id, "approve").status_code == 503
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert not Grant.objects.exists()
