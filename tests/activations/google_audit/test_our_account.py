"""What our service account wrote, and whether the records explain it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from activations.models import AuditEntry, AuditFinding, Grant
from simulator import Simulator
from tests.activations.evidence.recorded_history import record_history
from tests.activations.google_audit.reading_log import LATER, VIEW, as_somebody, compare, our_form
from tests.conftest import PersonClient
from tests.journeys.random_actions import RandomActions
from tests.journeys.shop import COMPUTE, PROJECT, TEN_ROLES, activate, activations_of
from tests.simulator.client import Google

ROLE = "roles/compute.admin"
SETTLED = timedelta(minutes=20)
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(autouse=True)
def view(simulated: Simulator, settings: Settings) -> None:
    """Configure a view of an aggregated sink."""
    simulated.audit_log.views = frozenset({VIEW})
    settings.AUDIT_LOG_VIEWS = (VIEW,)


@pytest.fixture
def thief(simulated: Simulator) -> Google:
    """Somebody who writes policies as our service account."""
    return as_somebody(simulated, simulated.service_account)


def binding_of(simulated: Simulator) -> dict[str, Any]:
    """Return the binding of Alice's activation."""
    [found] = activations_of(simulated.company.policy(PROJECT), "alice@example.com", ROLE)
    return found


def end(alice: PersonClient, grant: Grant) -> None:
    assert alice.api_post(f"/api/grants/{grant.pk}/end", {}).status_code == 200


def remove(who: Google, binding: dict[str, Any]) -> None:
    policy = who.policy()
    kept = [one for one in policy["bindings"] if one != binding]
    assert len(kept) == len(policy["bindings"]) - 1
    who.write(policy | {"bindings": kept})


def unrecorded() -> list[str]:
    """Return what the comparison finds without a record."""
    compare(later=SETTLED)
    found = AuditFinding.objects.filter(kind="unrecorded").order_by("entry__at")
    return list(found.values_list("words", flat=True))


@pytest.mark.parametrize("is_adopted", [False, True])
def test_an_activation_that_is_added_again_after_its_end_is_found(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, thief: Google, is_adopted: bool
) -> None:
    activate(alice, COMPUTE)
    binding = binding_of(simulated)
    end(alice, Grant.objects.get())
    thief.add(binding)
    if is_adopted:
        RandomActions(alice, olga, simulated).reconcile(random.Random())
        adopted = Grant.objects.get(request__channel="adopted", beneficiary_email=alice.email)
        assert adopted.binding_expression == binding["condition"]["expression"]
    [words] = unrecorded()
    assert f"added {ROLE} for user:alice@example.com" in words


def test_our_writes_are_explained_by_what_was_held_when_their_etags_were_lost(
    person: Callable[[str], PersonClient], simulated: Simulator
) -> None:
    record_history(person, simulated)
    compare()
    AuditEntry.objects.update(etag="")
    compare(later=LATER)
    assert not AuditFinding.objects.exclude(kind="missing").exists()


def test_what_the_original_application_granted_with_our_account_is_explained_by_its_adoption(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, thief: Google
) -> None:
    thief.add(our_form(ROLE, "user:alice@example.com"))
    RandomActions(alice, olga, simulated).reconcile(random.Random())
    assert unrecorded() == []


@pytest.mark.parametrize("is_noticed", [False, True])
def test_an_activation_that_is_removed_before_its_end_is_found(
    alice: PersonClient,
    olga: PersonClient,
    simulated: Simulator,
    thief: Google,
    is_noticed: bool,
) -> None:
    activate(alice, COMPUTE)
    remove(thief, binding_of(simulated))
    if is_noticed:
        RandomActions(alice, olga, simulated).reconcile(random.Random())
        assert Grant.objects.filter(end_reason="drifted").exists()
    [words] = unrecorded()
    assert f"removed {ROLE} for user:alice@example.com on projects/{PROJECT}" in words


def test_an_end_of_other_access_does_not_explain_a_removal(
    alice: PersonClient, simulated: Simulator, thief: Google
) -> None:
    activate(alice, COMPUTE)
    activate(alice, TEN_ROLES[1])
    end(alice, Grant.objects.exclude(role=ROLE).get(project_id=PROJECT))
    remove(thief, binding_of(simulated))
    assert len(unrecorded()) == 1


def test_the_removal_of_an_expired_activation_is_explained_by_its_end(
    simulated: Simulator, thief: Google
) -> None:
    expired = our_form(ROLE, "user:alice@example.com", minutes=-5)
    thief.add(expired)
    simulated.audit_log.lose()
    remove(thief, expired)
    assert unrecorded() == []
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_people_do_is_found(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, seed: int
) -> None:
    actions = RandomActions(alice, olga, simulated)
    # Moving grants into the past, as these do, moves no entry.
    take(seed, [one for one in actions.steps if one not in (actions.expire, actions.drift)])
    assert unrecorded() == []


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_found_when_the_answers_of_writes_were_lost(
    alice: PersonClient, olga: PersonClient, simulated: Simulator, seed: int
) -> None:
    actions = RandomActions(alice, olga, simulated)
    take(seed, [actions.activate, actions.extend, actions.end_all, actions.fail, actions.reconcile])
    compare()
    AuditEntry.objects.update(etag="")
    assert unrecorded() == []


def take(seed: int, steps: Sequence[Callable[[random.Random], Any]]) -> None:
    """Take steps that write to IAM several times."""
    chance = random.Random(seed)
    for _ in range(25):
        chance.choice(steps)(chance)
    compare()
    assert AuditEntry.objects.count() > 3
