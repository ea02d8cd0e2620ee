"""Access is ended, revoked and extended without other changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from activations.domain.caller import Caller
from activations.domain.refusals import NotAllowed
from activations.domain.rules import Refusal
from activations.iam.dependencies import current_dependencies
from activations.models import Event, Grant, User
from activations.people.actor import Actor
from activations.reconciliation.closing import close_expired
from activations.reconciliation.counts import Counts
from activations.services.end_access import revoke
from eligibility import providers
from googlecloud.cloud import Cloud
from tests.journeys.approvals import SECURITY, SET, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of, status_of
from tests.ledger.invariants import illegal_transitions
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database


def active_grant(person, **params) -> str:
    grants = person.api_get("/api/grants", status="ACTIVE", **params).json()["grants"]
    found: str = grants[0]["id"]
    return found


def end(person, grant_id, reason=""):
    return person.api_post(f"/api/grants/{grant_id}/end", {"reason": reason})


def extend(person, grant_id, minutes, justification="more"):
    body = {"activationTimeout": minutes, "justification": justification}
    return person.api_post(f"/api/grants/{grant_id}/extend", body)


def bindings(simulated, role="roles/compute.admin"):
    return activations_of(simulated.company.policy(PROJECT), "alice@example.com", role)


def test_alice_ends_one_access_and_keeps_the_others(alice, simulated):
    before = simulated.company.policy(PROJECT)["bindings"]
    activate(alice)
    answer = end(alice, active_grant(alice), "done early")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["endReason"]) == ("ENDED", "ended by holder")
    assert simulated.company.policy(PROJECT)["bindings"] == before
    assert status_of(alice, COMPUTE) == "INACTIVE"


def test_ending_access_twice_ends_it_once(alice, simulated):
    activate(alice)
    grant_id = active_grant(alice)
    end(alice, grant_id)
    writes = len(simulated.calls.of(SET))
    assert end(alice, grant_id).status_code == 200
    assert len(simulated.calls.of(SET)) == writes


def test_nobody_ends_or_extends_another_persons_access(alice, bob):
    activate(alice)
    grant_id = active_grant(alice)
    assert end(bob, grant_id).status_code == 404
    assert extend(bob, grant_id, 100).status_code == 404


def test_ending_one_of_two_overlapping_grants_keeps_the_access_of_the_other(alice, simulated):
    activate(alice, minutes=10)
    activate(alice, minutes=100)
    longer, shorter = Grant.objects.order_by("-end_time")
    assert len(bindings(simulated)) == 1
    assert end(alice, longer.id).status_code == 200
    (binding,) = bindings(simulated)
    assert f"{shorter.end_time:%Y-%m-%dT%H:%M:%SZ}" in binding["condition"]["expression"]
    assert end(alice, shorter.id).status_code == 200
    assert bindings(simulated) == []


def test_ending_the_shorter_one_changes_nothing_in_iam(alice, simulated):
    activate(alice, minutes=10)
    activate(alice, minutes=100)
    _, shorter = Grant.objects.order_by("-end_time")
    before = bindings(simulated)
    assert end(alice, shorter.id).status_code == 200
    assert [b["condition"]["expression"].split("<")[1] for b in bindings(simulated)] == [
        b["condition"]["expression"].split("<")[1] for b in before
    ]


def test_grants_that_touch_in_the_same_second_do_not_disturb_each_other(alice, simulated):
    activate(alice, minutes=10)
    first = Grant.objects.get()
    activate(alice, minutes=20)
    second = Grant.objects.exclude(pk=first.pk).get()
    rewrite(Grant.objects.filter(pk=first.pk), end_time=second.start_time + timedelta(seconds=1))
    assert end(alice, first.id).json()["status"] == "ENDED"
    (binding,) = bindings(simulated)
    assert binding["condition"]["expression"].endswith(f"{until(second.end_time)})")
    second.refresh_from_db()
    assert (second.state, second.binding_end) == ("active", second.end_time)


def change_by_hand(simulated, *written):
    """Replace Alice's activations of one role by hand, as in the console."""
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [b for b in policy["bindings"] if b not in bindings(simulated)]
    policy["bindings"] += written
    simulated.company.put_policy(PROJECT, policy)


def lasting(binding, end):
    """Return the binding with another end."""
    condition = binding["condition"]
    start, _, _ = condition["expression"].partition(" && ")
    return binding | {"condition": condition | {"expression": f"{start} && {until(end)})"}}


def until(end):
    return f'request.time < timestamp("{end:%Y-%m-%dT%H:%M:%SZ}")'


@pytest.fixture
def overlapping(alice):
    """Return two grants of one role with one binding: the longer and the shorter."""
    activate(alice, minutes=10)
    activate(alice, minutes=100)
    return tuple(Grant.objects.order_by("-end_time"))


@pytest.mark.parametrize("which", [0, 1])
def test_a_binding_removed_by_hand_is_not_written_again_for_the_other_grant(
    alice, simulated, overlapping, which
):
    change_by_hand(simulated)
    writes = len(simulated.calls.of(SET))
    assert end(alice, overlapping[which].id).json()["status"] == "ENDED"
    assert bindings(simulated) == []
    assert len(simulated.calls.of(SET)) == writes


def test_a_binding_shortened_by_hand_is_not_lengthened_for_the_other_grant(
    alice, simulated, overlapping
):
    longer, shorter = overlapping
    (joint,) = bindings(simulated)
    cut = lasting(joint, longer.end_time - timedelta(minutes=50))
    change_by_hand(simulated, cut)
    assert end(alice, shorter.id).json()["status"] == "ENDED"
    assert bindings(simulated) == [cut]
    assert end(alice, longer.id).json()["status"] == "ENDED"
    assert bindings(simulated) == []


def test_a_binding_lengthened_by_hand_is_ended(alice, simulated):
    activate(alice)
    grant = Grant.objects.get()
    (binding,) = bindings(simulated)
    change_by_hand(simulated, lasting(binding, grant.end_time + timedelta(days=30)))
    assert len(bindings(simulated)) == 1
    assert end(alice, grant.id).json()["status"] == "ENDED"
    assert bindings(simulated) == []


def test_the_other_grant_keeps_its_own_end_when_the_binding_was_lengthened_by_hand(
    alice, simulated, overlapping
):
    longer, shorter = overlapping
    (joint,) = bindings(simulated)
    change_by_hand(simulated, joint, lasting(joint, longer.end_time + timedelta(days=30)))
    assert end(alice, longer.id).json()["status"] == "ENDED"
    (binding,) = bindings(simulated)
    assert binding["condition"]["expression"].endswith(f"{until(shorter.end_time)})")


def test_ending_keeps_bindings_of_others_and_of_other_forms(alice, simulated):
    activate(alice)
    (binding,) = bindings(simulated)
    condition = binding["condition"]
    others = [
        binding | {"members": ["user:bob@example.com"]},
        binding | {"members": ["user:alice@example.com", "user:bob@example.com"]},
        binding | {"condition": condition | {"title": "By hand"}},
        binding | {"condition": condition | {"expression": f"({condition['expression']})"}},
    ]
    change_by_hand(simulated, binding, *others)
    before = simulated.company.policy(PROJECT)["bindings"]
    assert end(alice, active_grant(alice)).status_code == 200
    after = simulated.company.policy(PROJECT)["bindings"]
    assert after == [one for one in before if one != binding]


def test_ending_keeps_other_roles_and_conditions(alice, simulated):
    roles = alice.api_get(f"/api/projects/{PROJECT}/roles").json()["entitlements"]
    both = [role["id"] for role in roles if role["name"] == "roles/storage.objectAdmin"]
    activate(alice, *both, COMPUTE)
    grant = Grant.objects.filter(role="roles/storage.objectAdmin")[0]
    assert end(alice, grant.id).status_code == 200
    assert len(bindings(simulated, "roles/storage.objectAdmin")) == 1
    assert len(bindings(simulated)) == 1


def test_when_google_refuses_the_end_access_continues_and_the_page_gives_the_reason(
    alice, simulated
):
    activate(alice)
    grant_id = active_grant(alice)
    simulated.faults.add(SET, status=403, message="revocation is constrained", times=1)
    answer = end(alice, grant_id)
    assert answer.status_code == 403
    grant = Grant.objects.get(pk=grant_id)
    assert (grant.state, grant.ending_reason) == ("active", "ended by holder")
    assert "revocation is constrained" in grant.ending_failure
    assert Event.objects.filter(kind="grant.end_failed").count() == 1
    assert end(alice, grant_id).status_code == 200
    assert Grant.objects.get(pk=grant_id).ending_failure == ""


def test_the_api_gives_the_reason_of_a_refused_end_and_refuses_extension(alice, simulated):
    activate(alice, minutes=10)
    grant_id = active_grant(alice)
    simulated.faults.add(SET, status=403, message="revocation is constrained", times=1)
    end(alice, grant_id)
    (told,) = alice.api_get("/api/grants").json()["grants"]
    assert "revocation is constrained" in told["endingFailure"]
    refused = extend(alice, grant_id, 100)
    assert refused.status_code == 409
    assert "It cannot be extended" in refused.json()["message"]
    ended = end(alice, grant_id).json()
    assert (ended["failure"], ended["endingFailure"]) == (None, None)


def test_the_api_gives_the_reason_of_a_failed_grant(alice, simulated):
    simulated.faults.add(SET, status=403, message="policy is constrained", times=1)
    assert activate(alice).status_code == 403
    (told,) = alice.api_get("/api/grants").json()["grants"]
    assert told["status"] == "FAILED"
    assert "policy is constrained" in told["failure"]
    assert told["endingFailure"] is None


def test_extending_leaves_one_binding_and_ends_the_old_grant(alice, simulated):
    activate(alice, minutes=10)
    old = Grant.objects.get()
    answer = extend(alice, old.id, 100)
    assert answer.status_code == 200, answer.content
    (binding,) = bindings(simulated)
    until = datetime.fromtimestamp(answer.json()["entitlements"][0]["endTime"], UTC)
    assert f"{until:%Y-%m-%dT%H:%M:%SZ}" in binding["condition"]["expression"]
    assert f"{old.start_time:%Y-%m-%dT%H:%M:%SZ}" in binding["condition"]["expression"]
    old.refresh_from_db()
    assert (old.state, old.end_reason) == ("ended", "extended")
    assert Grant.objects.exclude(pk=old.pk).get().request.extends == old


@pytest.mark.parametrize(
    ("minutes", "words"), [(5, "lasts for another"), (121, "no longer than 120")]
)
def test_an_extension_is_neither_shorter_nor_longer_than_the_maximum(alice, minutes, words):
    activate(alice, minutes=60)
    answer = extend(alice, active_grant(alice), minutes)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_an_approved_role_is_extended_by_approval_again(alice, bob, simulated):
    decide(bob, pending_request(alice, minutes=10), "approve")
    old = Grant.objects.get()
    answer = extend(alice, old.id, 60)
    assert answer.json()["status"] == "ACTIVATION_PENDING"
    assert [one["email"] for one in answer.json()["reviewers"]] == [
        "bob@example.com",
        "carol@example.com",
    ]
    assert status_of(alice, SECURITY) == "ACTIVE"
    assert decide(bob, answer.json()["requestId"], "approve").status_code == 200
    assert len(bindings(simulated, "roles/iam.securityAdmin")) == 1
    old.refresh_from_db()
    assert old.end_reason == "extended"


def test_ended_access_cannot_be_extended_or_ended(alice):
    activate(alice, minutes=10)
    past = {"start_time": "2020-01-01T00:00:00Z", "end_time": "2020-01-01T00:10:00Z"}
    rewrite(Grant.objects, **past)
    grant = Grant.objects.get()
    assert extend(alice, grant.id, 60).status_code == 409
    assert end(alice, grant.id).json()["status"] == "ENDED"


@pytest.fixture
def administrator(olga):
    """Return Olga as an actor of the services."""
    from jitaccess.identity.permissions import permission_finder
    from tests.moments import now

    olga.api_get("/api/policy")
    user = User.objects.get(email="olga@example.com")
    user.find_permissions = lambda: permission_finder.permissions_of(user, now())
    return Actor(user, Caller(user.email, user.subject), "https://jit.example.com")


def test_an_administrator_revokes_access_with_a_reason(alice, administrator, simulated):
    activate(alice)
    grant = Grant.objects.get()
    with pytest.raises(Refusal):
        revoke(grant=grant, actor=administrator, comment=" ", dependencies=current_dependencies())
    revoke(
        grant=grant,
        actor=administrator,
        comment="left the team",
        dependencies=current_dependencies(),
    )
    assert bindings(simulated) == []
    step = Event.objects.get(kind="grant.ended")
    assert (step.actor_email, step.comment) == ("olga@example.com", "left the team")


@pytest.fixture
def expires_during_the_call(alice, simulated, no_retry_delay):
    """Let Alice's access expire and the reconciler record that during the call to Google."""
    activate(alice)
    grant = Grant.objects.get()

    def closing(seconds):
        close_expired(now=grant.end_time, counts=Counts())
        no_retry_delay.sleep(seconds)

    providers.use_cloud(Cloud(providers.cloud_config(), sleep=closing, clock=no_retry_delay))
    simulated.faults.add(SET, status=503, times=1)
    return grant


def test_access_that_expires_while_it_is_ended_is_answered_as_ended(
    alice, simulated, expires_during_the_call
):
    answer = end(alice, expires_during_the_call.id, "done")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["endReason"]) == ("ENDED", "expired")
    assert Event.objects.filter(kind="grant.ended").count() == 1
    assert bindings(simulated) == []


def test_access_that_expires_before_google_refuses_its_end_stays_ended(
    alice, simulated, expires_during_the_call
):
    simulated.faults.add(SET, status=403, times=None)
    end(alice, expires_during_the_call.id, "done")
    assert illegal_transitions() == []
    assert Grant.objects.get().ending_failure == ""


def test_only_administrators_revoke_access(alice, bob):
    activate(alice)
    bob.api_get("/api/policy")
    user = User.objects.get(email="bob@example.com")
    actor = Actor(user, Caller(user.email, user.subject), "")
    with pytest.raises(NotAllowed):
        revoke(
            grant=Grant.objects.get(), actor=actor, comment="x", dependencies=current_dependencies()
        )


def test_an_ended_role_is_inactive_immediately_even_when_inventory_lags(alice, simulated):
    activate(alice)
    grant_id = active_grant(alice)
    simulated.asset_lag = 60
    assert end(alice, grant_id).status_code == 200
    assert status_of(alice, COMPUTE) == "INACTIVE"


def test_an_extension_sent_twice_is_one(alice):
    activate(alice, minutes=10)
    grant_id = active_grant(alice)
    body = {"activationTimeout": 60, "justification": "more"}
    path = f"/api/grants/{grant_id}/extend"
    answers = [alice.api_post(path, body, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["requestId"] for answer in answers}) == 1


@pytest.mark.parametrize("minutes", [2**31, 10**12, 10**30])
def test_an_extension_by_more_than_the_calendar_holds_is_refused(alice, minutes):
    activate(alice, minutes=10)
    answer = extend(alice, active_grant(alice), minutes)
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "The activation duration must be no longer than 120 minutes"
    )
