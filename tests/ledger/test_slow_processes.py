"""A slow process continues after others have resolved its work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from activations.domain.caller import Caller
from activations.domain.refusals import Moved, OutcomePending
from activations.domain.request_details import RequestDetails
from activations.domain.states import EndReason, GrantState
from activations.iam import writes
from activations.iam.dependencies import Dependencies, current_dependencies
from activations.iam.ending import ask_to_end
from activations.iam.line import Line
from activations.models import Grant, ProjectLease, Request, User
from activations.people.actor import Actor
from activations.services.approval import approve
from activations.services.end_access import end_own, ending_work
from activations.services.self_activation import SelfActivation, self_activate
from simulator import Simulator
from tests.conftest import FakeClock, PersonClient
from tests.journeys.approvals import SECURITY, decide, pending_request
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of
from tests.ledger.invariants import different
from tests.ledger.later import SOON, reconcile_later
from tests.ledger.operations import GET, SET, states
from tests.ledger.world import policies
from tests.moments import now

pytestmark = pytest.mark.one_database

WISH = SelfActivation(PROJECT, (COMPUTE,), RequestDetails(30, "slow"))


def bindings(simulated: Simulator, role: str = "roles/compute.admin") -> list[dict[str, Any]]:
    return activations_of(simulated.company.policy(PROJECT), "alice@example.com", role)


def actor(person: PersonClient) -> Actor:
    person.api_get("/api/policy")
    user = User.objects.get(email=person.email)
    return Actor(user, Caller(user.email, user.subject), "https://jit.example.com")


def waiting(meanwhile: Callable[[], Any]) -> Dependencies:
    """Return dependencies of a writer that waits for the lease while `meanwhile` runs."""
    ProjectLease.objects.update_or_create(
        project_id=PROJECT, defaults={"holder": "slow", "expires_at": now() + timedelta(minutes=1)}
    )

    def wait(_: float) -> None:
        ProjectLease.objects.filter(holder="slow").update(holder="", expires_at=None)
        with in_another_process():
            meanwhile()

    return replace(current_dependencies(), sleep=wait)


@contextmanager
def in_another_process() -> Iterator[None]:
    """Let writers not stand in line behind those of this process."""
    ours, writes._line = writes._line, Line()
    try:
        yield
    finally:
        writes._line = ours


def test_a_grant_that_the_reconciler_failed_is_not_granted_later(
    alice: PersonClient, simulated: Simulator
) -> None:
    with pytest.raises(Moved, match="Timed out; nothing was granted"):
        self_activate(asked=WISH, actor=actor(alice), dependencies=waiting(reconcile_later))
    assert (states(), bindings(simulated)) == ([GrantState.FAILED], [])
    assert not simulated.calls.of(SET)[1:], "only the reconciler's cleaning"


def test_an_approval_that_the_reconciler_finished_is_not_written_again(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    request = Request.objects.get(pk=pending_request(alice))
    done = approve(
        request=request, actor=actor(bob), comment="", dependencies=waiting(reconcile_later)
    )
    assert done.status(now()) == "ACTIVE"
    assert states() == [GrantState.ACTIVE]
    assert len(bindings(simulated, "roles/iam.securityAdmin")) == 1


def test_an_end_completed_by_another_process_is_a_success(
    alice: PersonClient, simulated: Simulator
) -> None:
    activate(alice)
    grant = Grant.objects.get()

    def end() -> None:
        assert alice.api_post(f"/api/grants/{grant.id}/end", {"reason": "I"}).status_code == 200

    ended = end_own(grant=grant, actor=actor(alice), comment="II", dependencies=waiting(end))
    assert (ended.state, ended.end_reason) == (GrantState.ENDED, EndReason.HOLDER)
    assert bindings(simulated) == []


def test_a_writer_whose_lease_was_taken_by_a_fast_clock_reports_an_unknown_outcome(
    alice: PersonClient, simulated: Simulator
) -> None:
    """The reconciler reads just before the binding is written and fails the grant; IAM has the binding."""
    dependencies = current_dependencies()
    later: list[timedelta] = []

    def clock() -> Any:
        if not later and ProjectLease.objects.exclude(holder="").exists():
            later.append(SOON)  # from here on another writer had the lease
            reconcile_later()
        return now()

    alice.api_get("/api/policy")
    with pytest.raises(OutcomePending, match="not confirmed"):
        self_activate(
            asked=WISH,
            actor=actor(alice),
            dependencies=replace(dependencies, clock=clock),
        )
    reconcile_later()
    assert different(policies(simulated.company), now=now()) == []


def test_the_outcome_is_recorded_before_the_lease_ends(
    alice: PersonClient, simulated: Simulator
) -> None:
    """Otherwise the next writer could find a binding whose grant is not active yet."""
    ours_at_reading: list[bool] = []

    def clock() -> Any:
        if simulated.calls.of(SET) and not Grant.objects.exclude(state="provisioning").exists():
            ours_at_reading.append(ProjectLease.objects.exclude(holder="").exists())
        return now()

    writer = replace(current_dependencies(), clock=clock)
    self_activate(asked=WISH, actor=actor(alice), dependencies=writer)
    assert ours_at_reading == [True]


def ended_in_iam_only(simulated: Simulator, grant: Grant) -> None:
    """Leave what a process leaves that stops after it ended a grant in IAM."""
    work = ending_work(
        [grant], EndReason.HOLDER, by=grant.beneficiary_email, comment="", actor=None
    )
    ask_to_end(work, now=now())
    policy = simulated.company.policy(PROJECT)
    ours = bindings(simulated)
    policy["bindings"] = [binding for binding in policy["bindings"] if binding not in ours]
    simulated.company.put_policy(PROJECT, policy)


def test_an_end_that_was_not_recorded_is_no_change_by_hand(
    alice: PersonClient, simulated: Simulator
) -> None:
    """The lease of a stopped process ends before its work is tried again."""
    activate(alice)
    grant = Grant.objects.get()
    ended_in_iam_only(simulated, grant)
    counts, _ = reconcile_later(writes.HELD + timedelta(seconds=5))
    assert (counts.drifted, states()) == (0, [GrantState.ACTIVE])
    reconcile_later()
    grant.refresh_from_db()
    assert (grant.state, grant.end_reason) == (GrantState.ENDED, EndReason.HOLDER)


def test_an_end_that_was_not_recorded_is_no_change_by_hand_for_the_next_one(
    alice: PersonClient, simulated: Simulator
) -> None:
    longer, shorter = shorter_inside_longer(alice)
    ended_in_iam_only(simulated, longer)
    assert alice.api_post(f"/api/grants/{shorter.id}/end", {"reason": ""}).status_code == 200
    reconcile_later()
    ended = Grant.objects.filter(pk__in=[longer.pk, shorter.pk])
    assert [grant.end_reason for grant in ended] == [EndReason.HOLDER] * 2


@pytest.fixture
def lost(simulated: Simulator, no_retry_delay: FakeClock) -> Callable[[], None]:
    """From now on IAM applies writes but the answers are lost."""

    def lose() -> None:
        simulated.faults.add(SET, close="after", times=None)
        simulated.faults.add(GET, status=503, after=1, times=None)

    return lose


def shorter_inside_longer(alice: PersonClient) -> tuple[Grant, Grant]:
    """Return two grants of one role; IAM never had a binding for the shorter one alone."""
    activate(alice, minutes=100)
    activate(alice, minutes=10)
    longer, shorter = Grant.objects.order_by("-end_time")
    return longer, shorter


def test_a_lost_answer_to_an_end_leaves_one_binding_for_the_other_grant(
    alice: PersonClient, simulated: Simulator, lost: Callable[[], None]
) -> None:
    longer, _ = shorter_inside_longer(alice)
    simulated.faults.add(SET, close="after", times=1)
    assert alice.api_post(f"/api/grants/{longer.id}/end", {"reason": ""}).status_code == 200
    assert len(bindings(simulated)) == 1


def test_an_end_with_a_lost_answer_is_completed_and_the_other_grant_can_be_ended(
    alice: PersonClient, simulated: Simulator, lost: Callable[[], None]
) -> None:
    longer, shorter = shorter_inside_longer(alice)
    lost()
    assert alice.api_post(f"/api/grants/{longer.id}/end", {"reason": ""}).status_code == 504
    simulated.faults.clear()
    # Before the result of the first end is determined.
    assert alice.api_post(f"/api/grants/{shorter.id}/end", {"reason": ""}).status_code == 200
    reconcile_later()
    assert states() == [GrantState.ENDED] * 2
    assert bindings(simulated) == []


def test_an_approval_that_cannot_be_retried_fails_alone(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, no_retry_delay: FakeClock
) -> None:
    request_id = pending_request(alice)
    simulated.faults.add(SET, status=503, times=None)
    assert decide(bob, request_id, "approve").status_code == 504
    simulated.faults.clear()
    simulated.company.bind(PROJECT, SECURITY.split(":")[1], "user:alice@example.com")
    reconcile_later()
    assert states() == [GrantState.FAILED]
    assert "already have" in Grant.objects.get(request__id=request_id).failure
