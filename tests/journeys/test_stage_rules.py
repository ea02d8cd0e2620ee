"""Each approval in stages meets the rule that the request was made under and the active policy, on live facts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activations.models import Event, Grant, Request, Review, Reviewer
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import FakeClock, PersonClient
from tests.journeys.approvals import SECURITY as MPA_ROLE
from tests.journeys.approvals import SET, decide, pending_request, state
from tests.journeys.policies import Activate, policy
from tests.journeys.shop import ACTIVATE, PROJECT, activation_body, activations_of
from tests.journeys.stages import (
    JIT_ROLE,
    LEAD_THEN_SECURITY,
    LEADS,
    SECURITY,
    TWO_LEADS,
    approve,
    ask,
    given,
    requested,
    rule,
    said,
    staff,
)
from tests.journeys.test_reconciler import age, run
from tests.journeys.test_stop_person import stop

pytestmark = pytest.mark.one_database


__all__ = ["policy"]

Person = Callable[[str], PersonClient]
PEERS = "stages: [{from: [peers], count: 1}]"
ON_COMPUTE = 'roles: ["roles/compute.admin"]'
NOT_MET = "The request does not meet the access policy and stays pending. "
JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"


@pytest.fixture(autouse=True)
def _staff(simulated: Simulator) -> None:
    staff(simulated)


def statuses(person: PersonClient, role: str) -> list[tuple[str, str]]:
    """Return type and status of a role in both lists."""
    roles = person.api_get(f"/api/projects/{PROJECT}/roles").json()["entitlements"]
    return [(one["activationType"], one["status"]) for one in roles if one["id"] == role]


@pytest.mark.parametrize("reopened", [1, 2])
def test_an_approval_whose_giver_left_the_group_is_void_and_its_stage_opens_again(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator, reopened: int
) -> None:
    approval = LEAD_THEN_SECURITY.replace("count: 1}]", "count: 2}]")
    policy(rule(approval))
    request_id = requested(alice)
    assert approve(person(LEADS[0]), request_id).status_code == 200
    assert given(approve(person(SECURITY[0]), request_id)) == [(1, 1), (2, 1)]
    group, gone = (("leads", LEADS[0]), ("security", SECURITY[0]))[reopened - 1]
    simulated.company.leave(f"{group}@example.com", gone)
    answer = approve(person(SECURITY[1]), request_id)
    words = (
        f"{gone} may no longer approve this request, so that approval does not count any more."
        f" Stage {reopened} is open again and the request stays pending"
    )
    assert said(answer) == (409, words)
    row = Request.objects.get()
    assert (row.state, row.stage) == ("pending", reopened)
    assert Review.objects.get(reviewer_email=gone).void_at is not None
    assert Event.objects.filter(kind="request.approval_void").count() == 1
    assert given(alice.api_get(f"/api/requests/{request_id}"))[reopened - 1][1] == 0
    status, message = said(approve(person(gone), request_id))
    assert (status, "does not count any more" in message) == (403, True)
    assert not differences()


def test_a_request_is_granted_after_a_void_approval_was_replaced(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    approve(person(LEADS[0]), request_id)
    simulated.company.leave("leads@example.com", LEADS[0])
    assert approve(person(SECURITY[0]), request_id).status_code == 409
    # Nobody of security can go on before a lead has approved.
    assert approve(person(SECURITY[0]), request_id).status_code == 403
    assert given(approve(person(LEADS[1]), request_id)) == [(1, 1), (1, 0)]
    assert approve(person(SECURITY[0]), request_id).json()["status"] == "ACTIVE"
    assert Grant.objects.get().state == "active"
    assert not differences()


def test_the_approval_of_a_stopped_person_does_not_count(
    alice: PersonClient, olga: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    approve(person(LEADS[0]), request_id)
    assert stop(olga, LEADS[0]).status_code in {200, 302}
    assert approve(person(LEADS[1]), request_id).status_code == 409
    assert given(approve(person(LEADS[1]), request_id)) == [(2, 1)]


def test_a_person_who_left_the_open_stage_cannot_approve(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    simulated.company.leave("leads@example.com", LEADS[0])
    needs = f"Stage 1 of this request does not permit approval by {LEADS[0]}"
    assert said(approve(person(LEADS[0]), request_id)) == (403, needs)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "looser",
    [
        (),
        (rule(LEAD_THEN_SECURITY, when='roles: ["roles/other"]'),),
        (rule('stages: [{from: ["group:leads@example.com"], count: 1}]'),),
    ],
)
def test_a_removed_or_looser_rule_does_not_loosen_what_waits(
    alice: PersonClient, person: Person, policy: Activate, looser: tuple[str, ...]
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    policy(*looser)
    assert given(approve(person(LEADS[0]), request_id)) == [(1, 1), (1, 0)]
    assert approve(person(SECURITY[0]), request_id).json()["status"] == "ACTIVE"


@pytest.mark.parametrize(
    "stricter",
    [
        rule('stages: [{from: ["group:leads@example.com"], count: 3}]'),
        rule(LEAD_THEN_SECURITY),
        rule('stages: [{from: ["group:security@example.com"], count: 1}]'),
    ],
)
def test_a_stage_that_the_request_lacks_keeps_it_pending(
    alice: PersonClient, person: Person, policy: Activate, stricter: str
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    policy(stricter)
    status, message = said(approve(person(LEADS[0]), request_id))
    assert (status, message.startswith(NOT_MET)) == (409, True)
    assert message.endswith("alice@example.com can withdraw it and request the role again")
    assert state(alice, request_id) == "ACTIVATION_PENDING"
    assert decide(alice, request_id, "withdraw").json()["status"] == "WITHDRAWN"


def test_a_request_from_before_the_rule_had_stages_stays_pending(
    alice: PersonClient, bob: PersonClient, policy: Activate
) -> None:
    request_id = pending_request(alice)
    policy(rule(TWO_LEADS))
    status, message = said(approve(bob, request_id))
    assert (status, message.startswith(NOT_MET)) == (409, True)
    assert not Grant.objects.exists()


def test_who_is_no_longer_named_by_the_active_rule_loses_the_approval(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    both = 'stages: [{from: ["user:lead1@example.com", "user:lead2@example.com"], count: 2}]'
    policy(rule(both.replace("]", ', "user:lead3@example.com"]', 1)))
    request_id = requested(alice)
    approve(person(LEADS[2]), request_id)
    policy(rule(both))
    status, message = said(approve(person(LEADS[0]), request_id))
    assert (status, message.startswith(f"{LEADS[2]} may no longer approve")) == (409, True)
    assert given(approve(person(LEADS[0]), request_id)) == [(2, 1)]
    assert approve(person(LEADS[1]), request_id).json()["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("require", "why"),
    [
        ("duration: {max: 10m}", "The activation duration must be no longer than 10 minutes"),
        ('ticket: {label: Incident, pattern: "INC-[0-9]+"}', "Enter a ticket: Incident"),
    ],
)
def test_what_the_active_rule_does_not_allow_keeps_the_request_pending(
    alice: PersonClient, person: Person, policy: Activate, require: str, why: str
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    policy(rule(TWO_LEADS).replace("require: {", f"require: {{{require}, "))
    status, message = said(approve(person(LEADS[0]), request_id))
    assert (status, message.startswith(f"{NOT_MET}{why}")) == (409, True)
    assert state(alice, request_id) == "ACTIVATION_PENDING"


def test_an_approval_for_less_meets_a_shorter_limit(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    request_id = requested(alice)
    policy(rule(TWO_LEADS).replace("require: {", "require: {duration: {max: 10m}, "))
    assert approve(person(LEADS[0]), request_id, minutes=10).status_code == 200
    assert approve(person(LEADS[1]), request_id).json()["status"] == "ACTIVE"


# --- a role that people activate themselves, under a rule with approval -----------------------


def test_a_rule_with_approval_makes_a_role_need_it(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    assert statuses(alice, JIT_ROLE) == [("JIT", "INACTIVE")]
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    roles = alice.api_get(f"/api/projects/{PROJECT}/roles").json()["entitlements"]
    (found,) = (one for one in roles if one["id"] == JIT_ROLE)
    assert (found["activationType"], found["rule"]) == ("MPA", "strict")
    assert found["approvals"] == [{"from": ["group:leads@example.com"], "count": 2}]
    own = alice.api_post(ACTIVATE, activation_body(JIT_ROLE))
    words = f"The user alice@example.com is not allowed to activate {JIT_ROLE} using JIT"
    assert said(own) == (403, words)
    request_id = requested(alice, role=JIT_ROLE)
    assert statuses(alice, JIT_ROLE) == [("MPA", "ACTIVATION_PENDING")]
    approve(person(LEADS[0]), request_id)
    answer = approve(person(LEADS[1]), request_id)
    (role,) = answer.json()["entitlements"]
    assert (role["status"], role["activationId"]) == ("ACTIVE", f"mpa-{request_id}")
    assert statuses(alice, JIT_ROLE) == [("MPA", "ACTIVE")]


def test_one_of_several_roles_that_needs_approval_is_named_and_nothing_is_granted(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    both = activation_body(f"{PROJECT}:roles/dns.admin", JIT_ROLE)
    words = f"The role {JIT_ROLE} requires approval. Request it without other roles"
    assert said(alice.api_post(ACTIVATE, both)) == (400, words)
    assert not Grant.objects.exists()


def test_a_role_that_needs_no_approval_cannot_be_requested(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(TWO_LEADS))
    words = f"The user alice@example.com is not allowed to activate {JIT_ROLE} using MPA"
    assert said(ask(alice, role=JIT_ROLE)) == (403, words)


def test_peers_hold_the_role_under_either_marker(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    simulated.company.add_user("dora@example.com")
    simulated.company.bind(
        f"projects/{PROJECT}", "roles/compute.admin", "user:dora@example.com", MPA
    )
    simulated.company.bind(
        f"projects/{PROJECT}", "roles/compute.admin", "user:lead1@example.com",
        f'{JIT} && resource.name == "x"',
    )  # fmt: skip
    policy(rule(PEERS, when=ON_COMPUTE))
    request_id = requested(alice, role=JIT_ROLE)
    asked = dict(Reviewer.objects.values_list("email", "part"))
    assert asked == {"bob@example.com": "peer", "dora@example.com": "peer"}
    peers = alice.api_get(f"/api/projects/{PROJECT}/peers", id=JIT_ROLE).json()
    assert [one["email"] for one in peers["peers"]] == sorted(asked)
    assert approve(person("dora@example.com"), request_id).json()["status"] == "ACTIVE"


def test_peers_of_a_role_with_approval_may_activate_it_themselves(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    simulated.company.add_user("dora@example.com")
    name = f"projects/{PROJECT}"
    simulated.company.bind(name, "roles/iam.securityAdmin", "user:dora@example.com", JIT)
    policy(rule(PEERS, when="types: [MPA]"))
    request_id = requested(alice, role=MPA_ROLE)
    assert approve(person("dora@example.com"), request_id).json()["status"] == "ACTIVE"


def test_a_rule_for_one_marker_does_not_hold_for_the_other(
    alice: PersonClient, policy: Activate
) -> None:
    policy(rule(TWO_LEADS, when="types: [JIT]"))
    assert statuses(alice, JIT_ROLE) == [("MPA", "INACTIVE")]
    assert ask(alice, role=MPA_ROLE).status_code == 400  # reviewers must be chosen
    assert ask(alice, role=JIT_ROLE).status_code == 200


def test_a_request_for_such_a_role_stays_valid_when_the_rule_is_removed(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    request_id = requested(alice, role=JIT_ROLE)
    policy()
    approve(person(LEADS[0]), request_id)
    assert approve(person(LEADS[1]), request_id).json()["status"] == "ACTIVE"


def test_nothing_is_granted_when_the_requester_lost_the_role(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    request_id = requested(alice, role=JIT_ROLE)
    approve(person(LEADS[0]), request_id)
    company, name = simulated.company, f"projects/{PROJECT}"
    found = company.policy(PROJECT)
    left = [one for one in found["bindings"] if one["role"] != "roles/compute.admin"]
    company.put_policy(name, found | {"bindings": left})
    assert approve(person(LEADS[1]), request_id).status_code == 403
    assert not Grant.objects.exists()


def test_an_activation_is_extended_by_a_request_when_a_rule_demands_approval_since(
    alice: PersonClient, person: Person, policy: Activate
) -> None:
    body = activation_body(JIT_ROLE, minutes=10)
    assert alice.api_post(ACTIVATE, body).status_code == 200
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    grant = Grant.objects.get()
    body = {"activationTimeout": 60, "justification": "CASE-10"}
    answer = alice.api_post(f"/api/grants/{grant.pk}/extend", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "ACTIVATION_PENDING")
    approve(person(LEADS[0]), answer.json()["requestId"])
    approve(person(LEADS[1]), answer.json()["requestId"])
    grant.refresh_from_db()
    assert (grant.state, grant.end_reason) == ("ended", "extended")


def test_a_group_of_approvers_that_cannot_be_read_keeps_the_request_as_it_is(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    policy(rule(LEAD_THEN_SECURITY))
    request_id = requested(alice)
    simulated.company.remove_group("security@example.com")
    assert approve(person(LEADS[0]), request_id).status_code == 503
    assert not Review.objects.exists()
    assert state(alice, request_id) == "ACTIVATION_PENDING"


def test_a_last_approval_that_google_did_not_confirm_is_tried_again(
    alice: PersonClient,
    person: Person,
    policy: Activate,
    simulated: Simulator,
    no_retry_delay: FakeClock,
) -> None:
    policy(rule(TWO_LEADS, when=ON_COMPUTE))
    request_id = requested(alice, role=JIT_ROLE)
    approve(person(LEADS[1]), request_id)
    simulated.faults.add(SET, status=503, times=None)
    assert approve(person(LEADS[0]), request_id).status_code == 504
    # Who approved before may leave: the request is approved.
    assert approve(person(LEADS[1]), request_id).status_code == 200
    simulated.faults.clear()
    age()
    assert run().retried == 1
    (binding,) = activations_of(
        simulated.company.policy(PROJECT), alice.email, "roles/compute.admin"
    )
    words = f"Approved by {LEADS[1]}, {LEADS[0]}, justification: CASE-9"
    assert binding["condition"]["description"] == words
    assert Grant.objects.get(request_id=request_id).state == "active"
    assert run().retried == 0


def test_somebody_to_whom_the_stage_was_not_escalated_loses_the_approval_with_the_group(
    alice: PersonClient, person: Person, policy: Activate, simulated: Simulator
) -> None:
    to_security = 'answer_within: 4h, escalate: {after: 1h, to: ["group:security@example.com"]}'
    policy(rule(f"{TWO_LEADS}, {to_security}"))
    simulated.company.join("security@example.com", LEADS[0])
    request_id = requested(alice)
    approve(person(LEADS[0]), request_id)
    simulated.company.groups["leads@example.com"].members.remove(LEADS[0])
    assert approve(person(LEADS[1]), request_id).status_code == 409
    assert not simulated.calls.of(SET)
