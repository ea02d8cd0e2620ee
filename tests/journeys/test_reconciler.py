"""The reconciler makes records and IAM agree after crashes, expiry and changes by hand."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from activations.domain.bindings import Wanted, find_ours, new_binding
from activations.iam.dependencies import current_dependencies
from activations.models import Event, Grant, OutboxMessage
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from tests.jitaccess.log_lines import listening
from tests.journeys.approvals import SET, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of, status_of
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

GET = "cloudresourcemanager.projects.getIamPolicy"
LONG_AGO = timedelta(minutes=5)


def run(projects=None):
    return reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=projects,
    )


def age(**changes: datetime) -> None:
    """Make the only grant as old as after a crash."""
    grant = Grant.objects.get()
    rewrite(Grant.objects, start_time=grant.start_time - LONG_AGO, **changes)


def alices() -> Grant:
    return Grant.objects.get(beneficiary_email="alice@example.com")


def compute(simulated, email="alice@example.com"):
    return activations_of(simulated.company.policy(PROJECT), email, "roles/compute.admin")


@pytest.fixture
def lost(alice, simulated, no_retry_delay):
    """Activate a role with an unknown outcome; whether IAM applied it depends on the parameter."""

    def lose(*, done: bool) -> Grant:
        simulated.faults.add(SET, close="after" if done else "before", times=None)
        simulated.faults.add(GET, status=503, after=1, times=None)
        assert activate(alice).status_code == 504
        simulated.faults.clear()
        return Grant.objects.get()

    return lose


def test_a_grant_that_was_written_becomes_active(lost, simulated, alice):
    lost(done=True)
    stands = compute(simulated)
    assert len(stands) == 1
    later = current_dependencies()
    counts = reconcile(
        dependencies=type(later)(
            cloud=later.cloud,
            catalog=later.catalog,
            clock=lambda: now() + LONG_AGO,
            forget=later.forget,
            is_grantable=later.is_grantable,
        ),
        scope="organizations/7",
        deadline=Deadline(60),
    )
    assert counts is not None
    assert counts.finished == 1
    assert status_of(alice, COMPUTE) == "ACTIVE"
    assert compute(simulated) == stands


def test_a_grant_that_was_not_written_fails_and_is_never_granted_later(lost, simulated):
    lost(done=False)
    age()
    assert run().failed == 1
    grant = alices()
    assert (grant.state, grant.failure_kind) == ("failed", "NotConfirmed")
    assert compute(simulated) == []


def test_a_recent_grant_is_left_to_its_own_process(lost):
    lost(done=False)
    assert run().failed == 0
    assert alices().state == "provisioning"


def test_an_approval_is_tried_again_when_google_answers(alice, bob, simulated, no_retry_delay):
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=503, times=None)
    assert decide(bob, request_id, "approve").status_code == 504
    simulated.faults.clear()
    age()
    assert run().retried == 1
    assert alices().state == "active"
    policy = simulated.company.policy(PROJECT)
    assert len(activations_of(policy, "alice@example.com", "roles/iam.securityAdmin")) == 1


def test_expired_grants_are_ended_and_their_bindings_removed(alice, simulated):
    activate(alice)
    grant = Grant.objects.get()
    over = Wanted(
        email="alice@example.com",
        role=grant.role,
        resource_condition="",
        start=grant.start_time - timedelta(hours=3),
        end=grant.start_time - timedelta(hours=2),
        description=grant.binding_description,
    )
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [b for b in policy["bindings"] if b not in compute(simulated)]
    policy["bindings"].append(new_binding(over))
    simulated.company.put_policy(PROJECT, policy)
    rewrite(Grant.objects, start_time=over.start, end_time=over.end)
    counts = run()
    assert (counts.closed, counts.removed >= 1) == (1, True)
    assert compute(simulated) == []
    grant.refresh_from_db()
    assert (grant.state, grant.end_reason, grant.ended_at) == ("ended", "expired", over.end)
    assert grant.removed_at is not None


def test_running_it_again_changes_nothing(alice, simulated):
    activate(alice)
    run()
    events, writes = Event.objects.count(), len(simulated.calls.of(SET))
    run()
    assert (Event.objects.count(), len(simulated.calls.of(SET))) == (events, writes)


def test_clean_up_keeps_bindings_of_others(alice, simulated):
    activate(alice)
    before = simulated.company.policy(PROJECT)["bindings"]
    run([PROJECT])
    after = simulated.company.policy(PROJECT)["bindings"]
    gone = [binding for binding in before if binding not in after]
    assert [binding["condition"]["title"] for binding in gone] == ["JIT access activation"]
    assert gone[0]["role"] == "roles/logging.admin"


def test_a_binding_removed_by_hand_is_recorded_as_drift_and_not_written_again(alice, simulated):
    activate(alice)
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [b for b in policy["bindings"] if b not in compute(simulated)]
    simulated.company.put_policy(PROJECT, policy)
    with listening() as log:
        assert run().drifted == 1
    (entry,) = log.of("reconcile.done")
    assert entry["metrics"]["drifted"] == 1  # an alert watches this number
    grant = Grant.objects.get(beneficiary_email="alice@example.com")
    assert (grant.state, grant.end_reason) == ("ended", "drifted")
    assert compute(simulated) == []


def move_end(simulated, email: str, by: timedelta) -> None:
    """Change the end in the condition of a binding by hand."""
    policy = simulated.company.policy(PROJECT)
    (one,) = (
        found
        for found in find_ours(policy)
        if (found.email, found.role) == (email, "roles/compute.admin")
    )
    changed = Wanted(
        email=email,
        role=one.role,
        resource_condition="",
        start=one.ours.start,
        end=one.ours.end + by,
        description=one.description,
    )
    policy["bindings"] = [b for b in policy["bindings"] if b != one.ours.binding]
    policy["bindings"].append(new_binding(changed))
    simulated.company.put_policy(PROJECT, policy)


@pytest.mark.parametrize(("minutes", "how"), [(-30, "shortened"), (600, "lengthened")])
def test_a_binding_with_a_changed_end_is_recorded_as_drift_and_adopted(
    alice, simulated, minutes, how
):
    activate(alice)
    move_end(simulated, "alice@example.com", timedelta(minutes=minutes))
    before = compute(simulated)
    assert run().drifted == 1
    drifted, adopted = Grant.objects.filter(beneficiary_email="alice@example.com").order_by(
        "written_at"
    )
    assert (drifted.state, drifted.end_reason) == ("ended", "drifted")
    assert Event.objects.get(kind="grant.ended").details["binding"] == how
    assert adopted.request.channel == "adopted"
    assert adopted.end_time - drifted.end_time == timedelta(minutes=minutes)
    assert compute(simulated) == before
    assert (run().drifted, run().adopted) == (0, 0)
    assert alice.api_post(f"/api/grants/{adopted.pk}/end", {"reason": ""}).status_code == 200
    assert compute(simulated) == []


def test_the_later_end_of_other_access_is_not_drift(alice, simulated):
    activate(alice, minutes=60)
    activate(alice, minutes=20)
    activate(alice, minutes=90)
    assert run().drifted == 0


def test_bindings_of_others_are_not_drift(alice, simulated):
    activate(alice, minutes=20)
    before = compute(simulated)
    move_end(simulated, "alice@example.com", timedelta(hours=1))
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] += before
    simulated.company.put_policy(PROJECT, policy)
    assert run().drifted == 0


def test_activations_of_the_original_are_adopted_once(alice, simulated):
    activate(alice)
    counts = run()
    assert counts.adopted == 1
    adopted = Grant.objects.get(beneficiary_email="bob@example.com")
    assert (adopted.state, adopted.request.channel) == ("active", "adopted")
    assert adopted.request.justification == "case-1"
    assert run().adopted == 0
    assert len(compute(simulated, "bob@example.com")) == 1


def test_an_end_that_google_refused_is_tried_again(alice, simulated):
    activate(alice)
    grant = Grant.objects.get()
    simulated.faults.add(SET, status=403, times=1)
    alice.api_post(f"/api/grants/{grant.id}/end", {"reason": "done"})
    rewrite(Grant.objects, ending_asked_at=now() - LONG_AGO)
    assert run().ended == 1
    grant.refresh_from_db()
    assert (grant.state, grant.end_reason) == ("ended", "ended by holder")
    assert compute(simulated) == []


def test_an_error_in_one_project_does_not_stop_the_others(alice, simulated, no_retry_delay):
    activate(alice)
    alice.api_post(
        "/api/projects/billing-prod/roles/self-activate",
        {
            "entitlementIds": ["billing-prod:roles/bigquery.dataViewer"],
            "justification": "x",
            "activationTimeout": 5,
        },
    )
    simulated.faults.add(GET, status=403, times=None, when=lambda call: PROJECT in call.path)
    counts = run([PROJECT, "billing-prod"])
    assert (counts.projects, counts.troubled) == (1, 1)


def test_policies_are_not_read_where_inventory_and_ledger_agree(alice, simulated):
    activate(alice)
    run()
    simulated.calls.clear()
    counts = run()
    assert (counts.projects, len(simulated.calls.google)) == (0, 1)


def test_without_inventory_every_project_of_the_ledger_is_read(alice, simulated, no_retry_delay):
    activate(alice)
    simulated.faults.add("cloudasset.searchAllIamPolicies", status=403, times=None)
    assert run().projects == 1


def test_a_second_concurrent_run_does_nothing(alice, simulated):
    from activations.iam import writes
    from activations.reconciliation.run import JOB

    with writes.try_turn(JOB, clock=now) as mine:
        assert mine
        assert run() is None
    assert run() is not None


def test_adoption_sends_no_mail(alice, simulated):
    activate(alice)
    run()
    assert not OutboxMessage.objects.exists()


def test_the_head_of_the_evidence_is_logged_once_a_day(alice, caplog):
    caplog.set_level(logging.INFO)
    activate(alice)
    sequence = Event.objects.order_by("-sequence")[0].sequence
    run()
    run()
    heads = [record for record in caplog.records if getattr(record, "event", "") == "evidence.head"]
    assert len(heads) == 1
    assert f" {sequence} events" in heads[0].getMessage()
