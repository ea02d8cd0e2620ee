"""Inaccessible projects, failed searches and used-up time of the reconciler do not affect other projects."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from activations.domain.states import GrantState
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.reconciliation.counts import Counts
from activations.reconciliation.project import reconcile_project
from activations.reconciliation.run import reconcile
from activations.reconciliation.second_names import SecondNames
from googlecloud.calls import Deadline
from tests.activations import rows
from tests.googlecloud.clock import Clock
from tests.journeys.approvals import SET, decide, pending_request
from tests.journeys.shop import PROJECT, activate, activations_of
from tests.ledger.later import MUCH_LATER, reconcile_later, writer_at
from tests.moments import now
from tests.rewriting import rewrite

pytestmark = pytest.mark.one_database

GET = "cloudresourcemanager.projects.getIamPolicy"
SEARCH = "cloudasset.searchAllIamPolicies"
ALICE = "alice@example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def without_rate_limits(settings: Any) -> None:
    """Switch off rate limits, because these tests run the reconciler with a clock in the future."""
    settings.POLICY_WRITES_PER_MINUTE = 0


@pytest.fixture
def lost(alice: Any, simulated: Any, no_retry_delay: Any) -> Grant:
    """Activate a role for an hour; IAM applies it but the answer is lost."""
    simulated.faults.add(SET, close="after")
    simulated.faults.add(GET, status=503, after=1, times=None)
    assert activate(alice).status_code == 504
    simulated.faults.clear()
    return alices()


def alices() -> Grant:
    return Grant.objects.get(beneficiary_email=ALICE)


def run(deadline: Deadline | None = None, projects: list[str] | None = None) -> Any:
    return reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=deadline or Deadline(60),
        projects=projects,
    )


def close_project(simulated: Any, how: str) -> None:
    if how == "hidden":
        simulated.company.resource(PROJECT).visible = False
    else:
        simulated.company.remove_project(PROJECT)


@pytest.mark.parametrize("how", ["hidden", "gone"])
def test_a_grant_with_an_unknown_result_fails_long_after_its_end(
    lost: Grant, simulated: Any, how: str
) -> None:
    close_project(simulated, how)
    counts, _ = reconcile_later(90 * MINUTE)
    assert (counts.troubled >= 1, counts.failed) == (True, 0)
    assert alices().state == GrantState.PROVISIONING
    counts, _ = reconcile_later(150 * MINUTE)
    assert counts.failed == 1
    grant = alices()
    assert (grant.state, grant.failure_kind) == ("failed", "NotFoundOut")
    assert grant.failure.endswith("it is not known whether access was granted. It has expired")
    counts, _ = reconcile_later(155 * MINUTE)
    assert counts.troubled == 0


def test_a_project_that_google_reports_as_deleted_has_no_bindings(
    lost: Grant, simulated: Any
) -> None:
    simulated.faults.add(GET, status=404, times=None)
    counts, _ = reconcile_later()
    assert counts.failed == 1


def test_an_approval_with_an_unknown_result_fails_long_after_its_end(
    alice: Any, bob: Any, simulated: Any, no_retry_delay: Any
) -> None:
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=503, times=None)
    assert decide(bob, request_id, "approve").status_code == 504
    simulated.faults.clear()
    simulated.company.remove_project(PROJECT)
    assert reconcile_later()[0].troubled >= 1
    assert reconcile_later(MUCH_LATER)[0].failed == 1
    assert alices().state == GrantState.FAILED


def test_a_hundred_grants_with_unknown_results_do_not_delay_others(
    lost: Grant, simulated: Any
) -> None:
    before = lost.start_time - MINUTE
    for _ in range(101):
        rows.request(GrantState.PROVISIONING, at=before, project_id="of-nobody")
    simulated.calls.clear()
    counts, _ = reconcile_later()
    assert counts.finished == 1
    assert alices_on_project().state == GrantState.ACTIVE
    assert len([call for call in simulated.calls.of(GET) if "of-nobody" in call.path]) <= 2


def alices_on_project() -> Grant:
    return Grant.objects.get(beneficiary_email=ALICE, project_id=PROJECT)


def test_a_hundred_grants_that_cannot_be_ended_do_not_delay_others(
    alice: Any, simulated: Any, no_retry_delay: Any
) -> None:
    activate(alice)
    for _ in range(101):
        rows.request(
            GrantState.ACTIVE, at=now().replace(microsecond=0), project_id="of-nobody", minutes=600
        )
    rewrite(Grant.objects, ending_asked_at=now() - 5 * MINUTE, ending_reason="ended by holder")
    rewrite(Grant.objects.filter(project_id="of-nobody"), ending_asked_at=now() - 9 * MINUTE)
    counts, _ = reconcile_later()
    assert counts.ended == 1
    assert alices_on_project().state == GrantState.ENDED


def test_a_closed_project_is_not_read_a_day_after_the_end(
    alice: Any, simulated: Any, no_retry_delay: Any
) -> None:
    activate(alice)
    simulated.company.remove_project(PROJECT)
    assert reconcile_later(MUCH_LATER)[0].troubled >= 1
    assert alices().removed_at is None
    simulated.calls.clear()
    assert reconcile_later(timedelta(hours=26))[0].troubled == 0
    assert not simulated.calls.of(GET)


def test_an_expired_binding_found_days_later_is_removed(alice: Any, simulated: Any) -> None:
    activate(alice)
    reconcile_later(timedelta(days=3))
    assert activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin") == []
    assert alices().removed_at


def test_a_run_that_is_out_of_time_leaves_the_rest_to_the_next_run(
    lost: Grant, simulated: Any, caplog: Any
) -> None:
    caplog.set_level(logging.INFO)
    rows.request(GrantState.ACTIVE, at=now() - timedelta(hours=9))
    rewrite(Grant.objects.filter(pk=lost.pk), start_time=lost.start_time - 5 * MINUTE)
    simulated.calls.clear()
    counts = run(Deadline(0))
    assert (counts.closed, counts.left > 0, counts.finished) == (1, True, 0)
    assert not simulated.calls.google
    assert "evidence.head" in {getattr(record, "event", "") for record in caplog.records}
    counts = run()
    assert (counts.left, counts.finished) == (0, 1)


def test_a_run_out_of_time_between_projects_leaves_the_others_to_the_next_run(
    simulated: Any, db: None
) -> None:
    clock = Clock()
    counts = reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(10, clock),
        projects=["data-lake", PROJECT],
        progress=lambda _: clock.sleep(20),
    )
    assert counts is not None
    assert (counts.projects, counts.left, counts.adopted) == (1, 1, 0)
    counts = run(projects=["data-lake", PROJECT])
    assert (counts.projects, counts.left, counts.adopted) == (2, 0, 1)


def spoil(simulated: Any) -> None:
    """Store a policy in a form that Google does not send."""
    binding = {"role": "roles/compute.admin", "members": [f"user:{ALICE}"], "condition": "nonsense"}
    simulated.company.resource(PROJECT).policy["bindings"].append(binding)


def test_an_unexpected_error_in_one_project_does_not_stop_the_others(
    simulated: Any, db: None, caplog: Any
) -> None:
    spoil(simulated)
    counts = run(projects=[PROJECT, "data-lake"])
    assert (counts.projects, counts.troubled) == (1, 1)
    (told,) = [one for one in caplog.records if getattr(one, "event", "") == "reconcile.failed"]
    assert (told.levelname, told.exc_info is not None) == ("ERROR", True)
    assert PROJECT in told.getMessage()


def test_an_unexpected_error_in_one_request_does_not_stop_the_run(
    lost: Grant, simulated: Any
) -> None:
    spoil(simulated)
    rewrite(Grant.objects, start_time=lost.start_time - 5 * MINUTE)
    counts = run(projects=["data-lake"])
    assert (counts.projects, counts.troubled) == (1, 1)
    assert alices().state == GrantState.PROVISIONING


def test_an_unexpected_error_in_one_end_does_not_stop_the_run(alice: Any, simulated: Any) -> None:
    activate(alice)
    rewrite(Grant.objects, ending_asked_at=now() - 5 * MINUTE, ending_reason="nonsense")
    counts = run(projects=["data-lake"])
    assert (counts.projects, counts.troubled) == (1, 1)


@pytest.mark.parametrize("status", [429, 503])
def test_a_failed_search_is_repeated_in_the_next_run(
    alice: Any, simulated: Any, no_retry_delay: Any, status: int
) -> None:
    activate(alice)
    simulated.calls.clear()
    simulated.faults.add(SEARCH, status=status, times=None)
    counts = run()
    assert (counts.projects, counts.troubled) == (0, 1)
    assert not simulated.calls.of(GET)
    simulated.faults.clear()
    assert run().projects == 1


def test_searching_inventory_counts_as_calls_to_cloud_asset(
    simulated: Any, db: None, settings: Any
) -> None:
    settings.ASSET_CALLS_PER_MINUTE = 1
    assert run().troubled == 0
    assert run().troubled == 1
    assert len(simulated.calls.of(SEARCH)) == 1


def test_without_permission_to_search_a_closed_project_is_ignored_after_a_week(
    alice: Any, simulated: Any, no_retry_delay: Any
) -> None:
    activate(alice)
    simulated.company.remove_project(PROJECT)
    simulated.faults.add(SEARCH, status=403, times=None)
    reconcile_later(MUCH_LATER)
    assert reconcile_later(timedelta(days=3))[0].troubled == 1
    assert reconcile_later(timedelta(days=8))[0].troubled == 0


def test_changes_by_others_are_recorded_where_iam_refuses_writes(
    alice: Any, simulated: Any
) -> None:
    activate(alice)
    activate(alice, f"{PROJECT}:roles/run.admin", minutes=5)
    policy = simulated.company.policy(PROJECT)
    policy["bindings"] = [
        binding
        for binding in policy["bindings"]
        if binding not in activations_of(policy, ALICE, "roles/compute.admin")
    ]
    simulated.company.put_policy(PROJECT, policy)
    simulated.faults.add(SET, status=403, times=None)
    counts, _ = reconcile_later(6 * MINUTE)
    assert (counts.drifted, counts.adopted, counts.removed, counts.troubled) == (1, 1, 0, 1)
    over = Grant.objects.get(role="roles/run.admin")
    assert (over.state, over.removed_at) == (GrantState.ENDED, None)
    simulated.faults.clear()
    counts, _ = reconcile_later(6 * MINUTE)
    assert (counts.drifted, counts.removed >= 1, counts.troubled) == (0, True, 0)
    over.refresh_from_db()
    assert over.removed_at


def test_access_has_ended_only_when_every_clock_agrees(alice: Any, simulated: Any) -> None:
    activate(alice, minutes=5)
    counts, _ = reconcile_later(5 * MINUTE + timedelta(seconds=10))
    assert (counts.closed, counts.drifted) == (0, 0)
    assert len(activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin")) == 1
    counts, _ = reconcile_later(5 * MINUTE + timedelta(seconds=40))
    assert counts.closed == 1
    assert activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin") == []


def test_an_expired_binding_is_kept_until_the_write_is_confirmed(
    lost: Grant, simulated: Any
) -> None:
    reconcile_project(
        PROJECT,
        dependencies=writer_at(2 * 60 * MINUTE),
        counts=Counts(),
        names=SecondNames(),
    )
    assert len(activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin")) == 1
    counts, _ = reconcile_later(2 * 60 * MINUTE)
    assert (counts.finished, counts.closed, counts.failed) == (1, 1, 0)
    assert (alices().state, alices().end_reason) == ("ended", "expired")
    assert activations_of(simulated.company.policy(PROJECT), ALICE, "roles/compute.admin") == []
