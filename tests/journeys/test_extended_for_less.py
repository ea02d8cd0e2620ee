"""An approver may extend access for less time than its holder has: then both grants stay, as IAM has them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from activations.evidence.verification import verify
from activations.iam.dependencies import current_dependencies
from activations.models import Grant
from activations.people.actor import Actor
from activations.services.end_access import revoke
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences
from tests.conftest import PersonClient
from tests.journeys.approvals import SECURITY, pending_request, state
from tests.journeys.shop import PROJECT, activations_of, status_of
from tests.journeys.stages import approve
from tests.journeys.test_ending import administrator, end, extend
from tests.journeys.test_reconciler import run
from tests.rewriting import rewrite

__all__ = ["administrator"]

SHORT = 5

pytestmark = pytest.mark.one_database


@pytest.fixture
def asked(alice: PersonClient, bob: PersonClient) -> str:
    """Let Alice hold the role for an hour and ask for two; return the id of the request that extends it."""
    request_id = pending_request(alice, minutes=60)
    assert approve(bob, request_id).status_code == 200
    answer = extend(alice, Grant.objects.get().pk, 120)
    assert answer.status_code == 200, answer.content
    found: str = answer.json()["requestId"]
    return found


def grants(request_id: str) -> tuple[Grant, Grant]:
    """Return the grant before the extension, and that of the extension."""
    mine = Grant.objects.filter(beneficiary_email="alice@example.com")
    return mine.exclude(request_id=request_id).get(), mine.get(request_id=request_id)


def bindings(simulated: Simulator) -> list[dict[str, Any]]:
    policy = simulated.company.policy(PROJECT)
    return activations_of(policy, "alice@example.com", "roles/iam.securityAdmin")


def ends_with(simulated: Simulator, grant: Grant) -> bool:
    """Return whether the only binding of the access ends with this grant."""
    (binding,) = bindings(simulated)
    expression: str = binding["condition"]["expression"]
    return f'request.time < timestamp("{grant.end_time:%Y-%m-%dT%H:%M:%SZ}")' in expression


def page_of(person: PersonClient, request_id: str) -> str:
    return person.get(f"/requests/{request_id}").content.decode()


def lapse(short: Grant) -> None:
    """Let the time of the shorter grant pass."""
    ago = timedelta(minutes=SHORT + 1)
    rewrite(
        Grant.objects.filter(pk=short.pk),
        start_time=short.start_time - ago,
        end_time=short.end_time - ago,
    )


def test_the_longer_grant_stays_and_explains_the_binding(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, asked: str
) -> None:
    assert approve(bob, asked, minutes=SHORT).status_code == 200
    longer, short = grants(asked)
    assert (longer.state, short.state) == ("active", "active")
    assert short.end_time - short.start_time == timedelta(minutes=SHORT)
    assert ends_with(simulated, longer)
    assert not verify().problem
    assert not differences()
    lapse(short)
    assert state(alice, asked) == "ENDED"
    assert state(alice, str(longer.request_id)) == "ACTIVE"
    assert status_of(alice, SECURITY) == "ACTIVE"
    assert "This request has ended; you still have access" in page_of(alice, asked)
    counts = run()
    assert (counts.drifted, counts.closed) == (0, 1)
    longer, short = grants(asked)
    assert (longer.state, short.end_reason) == ("active", "expired")


def test_the_pages_offer_to_extend_the_grant_that_lasts_longer(
    alice: PersonClient, bob: PersonClient, asked: str
) -> None:
    begun = Grant.objects.get().start_time - timedelta(minutes=1)
    rewrite(Grant.objects, start_time=begun)
    approve(bob, asked, minutes=SHORT)
    longer, short = grants(asked)
    page = page_of(alice, asked)
    assert "Access lasts until" in page
    assert f"/grants/{longer.pk}/extend" in page
    lapse(short)
    page = page_of(alice, asked)
    assert "This request has ended; you still have access" in page
    assert f"/grants/{longer.pk}/extend" in page
    assert f"/grants/{short.pk}/" not in page


def test_ending_the_grant_that_lasts_longer_ends_the_access(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, asked: str
) -> None:
    approve(bob, asked, minutes=SHORT)
    longer, short = grants(asked)
    lapse(short)
    assert end(alice, short.pk).status_code == 200
    assert ends_with(simulated, longer), "the lapsed grant gives nothing that could be ended"
    assert end(alice, longer.pk).status_code == 200
    assert bindings(simulated) == []
    assert status_of(alice, SECURITY) == "INACTIVE"


def test_ending_the_longer_grant_leaves_the_time_that_was_approved_last(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, asked: str
) -> None:
    approve(bob, asked, minutes=SHORT)
    longer, short = grants(asked)
    assert end(alice, longer.pk).status_code == 200
    assert ends_with(simulated, short)


def test_an_extension_for_the_same_end_replaces_the_grant(
    bob: PersonClient, simulated: Simulator, asked: str
) -> None:
    longer = Grant.objects.get()
    earlier = timedelta(minutes=1)
    rewrite(
        Grant.objects,
        start_time=longer.start_time - earlier,
        end_time=longer.end_time - earlier,
    )
    assert approve(bob, asked, minutes=60).status_code == 200
    longer, short = grants(asked)
    assert (longer.end_reason, short.state) == ("extended", "active")
    assert ends_with(simulated, short)


def test_the_reconciler_comes_to_the_same_after_a_kill(
    alice: PersonClient, bob: PersonClient, simulated: Simulator, asked: str
) -> None:
    approve(bob, asked, minutes=SHORT)
    longer, short = grants(asked)
    begun = short.start_time - timedelta(minutes=2)
    unconfirmed = {"state": "provisioning", "binding_end": None, "written_at": None}
    rewrite(Grant.objects.filter(pk=short.pk), start_time=begun, **unconfirmed)
    assert run().finished == 1
    longer, short = grants(asked)
    assert (longer.state, short.state) == ("active", "active")
    assert ends_with(simulated, longer)
    assert run().finished == 0
    assert status_of(alice, SECURITY) == "ACTIVE"


def test_revoking_the_access_ends_both(
    bob: PersonClient, administrator: Actor, simulated: Simulator, asked: str
) -> None:
    approve(bob, asked, minutes=SHORT)
    longer, _ = grants(asked)
    revoke(
        grant=longer,
        actor=administrator,
        comment="over",
        dependencies=current_dependencies(),
    )
    assert {grant.end_reason for grant in grants(asked)} == {"revoked"}
    assert bindings(simulated) == []
