"""Administrators revoke access from the list or the page of a grant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from activations.domain.states import GrantState
from activations.iam.dependencies import current_dependencies
from activations.models import Event, Grant
from activations.reconciliation.run import reconcile
from googlecloud.calls import Deadline
from tests.activations.admin import history
from tests.activations.admin.queue import choose, lines
from tests.activations.admin.reading import GRANTS, text
from tests.journeys.approvals import SET
from tests.journeys.shop import COMPUTE, PROJECT, activate, activations_of
from tests.moments import now

pytestmark = pytest.mark.one_database

REVOKE = "take_access_away"
DNS = f"{PROJECT}:roles/dns.admin"
YES = {"confirmed": "yes", "comment": "left <the> team"}


@pytest.fixture
def grants(alice: Any) -> list[Grant]:
    """Activate two roles for Alice."""
    activate(alice, COMPUTE, DNS)
    return list(Grant.objects.order_by("role"))


def revoke(client: Any, *grants: Grant, **sent: str) -> Any:
    return choose(client, REVOKE, *grants, address=GRANTS, **sent)


def bindings(simulated: Any, role: str = "roles/compute.admin") -> int:
    return len(activations_of(simulated.company.policy(PROJECT), "alice@example.com", role))


def test_revoking_needs_a_confirmation_and_a_reason(
    olga: Any, grants: list[Grant], simulated: Any
) -> None:
    writes = len(simulated.calls.of(SET))
    question = revoke(olga, *grants)
    assert "Revoke this access?" in text(question)
    asked = lines(question)
    assert len(asked) == len(grants)
    assert all("Probably" in line for line in asked)
    refused = revoke(olga, *grants, confirmed="yes", comment=" ")
    assert refused.status_code == 400
    assert "Enter the reason for revoking access" in text(refused)
    assert len(simulated.calls.of(SET)) == writes


def test_one_or_many_grants_are_revoked_with_the_reason_in_the_evidence(
    olga: Any, grants: list[Grant], simulated: Any
) -> None:
    [line] = lines(revoke(olga, grants[0], **YES))
    assert line.startswith("Revoked ")
    assert (bindings(simulated), bindings(simulated, "roles/dns.admin")) == (0, 1)
    again, other = lines(revoke(olga, *grants, **YES))
    assert again.startswith("Nothing to do The access has already ended")
    assert other.startswith("Revoked ")
    assert bindings(simulated, "roles/dns.admin") == 0
    steps = Event.objects.filter(kind="grant.ended")
    assert {(step.actor_email, step.comment) for step in steps} == {
        ("olga@example.com", "left <the> team")
    }
    record = text(olga.get(f"{GRANTS}{grants[0].pk}/change/"))
    assert "Revoked by an administrator" in record
    assert "left &lt;the&gt; team" in record


def test_a_mixed_selection_gets_a_result_for_each_row(
    olga: Any, grants: list[Grant], simulated: Any
) -> None:
    rows = [
        grants[0],
        history.grant(),
        history.grant(state=GrantState.FAILED),
        history.grant(state=GrantState.PROVISIONING),
    ]
    question = lines(revoke(olga, *rows))
    for line, words in zip(
        question, ("Probably", "already ended", "never granted", "being written"), strict=True
    ):
        assert words in line
    results = lines(revoke(olga, *rows, **YES))
    for line, words in zip(
        results, ("Revoked", "Nothing to do", "Refused", "Refused"), strict=True
    ):
        assert line.startswith(words)
    assert bindings(simulated) == 0


def test_revoking_one_of_two_grants_ends_the_access(
    olga: Any, alice: Any, grants: list[Grant], simulated: Any
) -> None:
    activate(alice, minutes=90)
    [line] = lines(revoke(olga, grants[0], **YES))
    assert line.startswith("Revoked The binding was removed from IAM")
    assert bindings(simulated) == 0
    mine = Grant.objects.filter(role=grants[0].role)
    assert {grant.end_reason for grant in mine} == {"revoked"}


def test_when_google_refuses_access_continues_and_the_page_gives_the_reason(
    olga: Any, grants: list[Grant], simulated: Any
) -> None:
    simulated.faults.add(SET, status=403, message="revocation is constrained", times=1)
    first, second = lines(revoke(olga, *grants, **YES))
    assert first.startswith("Still active Access may continue; the end is retried.")
    assert "revocation is constrained" in first
    assert second.startswith("Revoked ")
    record = " ".join(text(olga.get(f"{GRANTS}{grants[0].pk}/change/")).split())
    for words in (
        *("chip-active", "revocation is constrained", "olga@example.com"),
        *("left &lt;the&gt; team", "the end is retried", "Revoke access…"),
    ):
        assert words in record


def test_the_page_of_a_grant_shows_when_its_binding_was_found_to_be_gone(
    olga: Any, grants: list[Grant]
) -> None:
    page = f"{GRANTS}{grants[0].pk}/change/"
    assert "Removed from IAM, confirmed" not in text(olga.get(page))
    revoke(olga, grants[0], **YES)
    reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=[PROJECT],
    )
    assert "Removed from IAM, confirmed" in text(olga.get(page))


@pytest.fixture
def refused_end(alice: Any, grants: list[Grant], simulated: Any) -> Grant:
    """Let Alice end access while IAM refuses; IAM refuses the next end, too."""
    simulated.faults.add(SET, status=403, message="revocation is constrained", times=2)
    path = f"/api/grants/{grants[0].pk}/end"
    assert alice.api_post(path, {"reason": "done early"}).status_code == 403
    return grants[0]


def test_a_revocation_takes_precedence_over_the_holders_end(olga: Any, refused_end: Grant) -> None:
    [line] = lines(revoke(olga, refused_end, **YES))
    assert line.startswith("Still active")
    asked = Event.objects.filter(kind="grant.ending").order_by("sequence")
    assert [(step.actor_email, step.details["reason"], step.comment) for step in asked] == [
        ("alice@example.com", "ended by holder", "done early"),
        ("olga@example.com", "revoked", "left <the> team"),
    ]
    asked_for = Grant.objects.filter(pk=refused_end.pk)
    asked_for.update(ending_asked_at=now() - timedelta(minutes=5))
    reconcile(
        dependencies=current_dependencies(),
        scope="organizations/7",
        deadline=Deadline(60),
        projects=[PROJECT],
    )
    refused_end.refresh_from_db()
    assert refused_end.end_reason == "revoked"
    step = Event.objects.get(kind="grant.ended")
    assert (step.actor_email, step.comment) == ("", "left <the> team")


def test_the_holders_end_does_not_replace_a_revocation(
    olga: Any, alice: Any, refused_end: Grant
) -> None:
    revoke(olga, refused_end, **YES)
    answer = alice.api_post(f"/api/grants/{refused_end.pk}/end", {"reason": "I go myself"})
    assert answer.json()["endReason"] == "revoked"
    step = Event.objects.get(kind="grant.ended")
    assert (step.actor_email, step.comment) == ("", "left <the> team")


def test_the_page_of_a_grant_has_the_button_while_it_is_active(
    olga: Any, grants: list[Grant]
) -> None:
    page = text(olga.get(f"{GRANTS}{grants[0].pk}/change/"))
    assert f'name="_selected_action" value="{grants[0].pk}"' in " ".join(page.split())
    assert f'value="{REVOKE}"' in page
    assert REVOKE not in text(olga.get(f"{GRANTS}{history.grant().pk}/change/"))


def test_auditors_and_reviewers_neither_see_the_action_nor_can_use_it(
    audrey: Any, alice: Any, charlie: Any, grants: list[Grant], simulated: Any
) -> None:
    for page in (GRANTS, f"{GRANTS}{grants[0].pk}/change/"):
        assert REVOKE not in text(audrey.get(page))
    for client in (audrey, alice, charlie):
        assert revoke(client, *grants).status_code == 403
        assert revoke(client, *grants, **YES).status_code == 403
    assert bindings(simulated) == 1


def test_the_list_offers_the_action_and_keeps_its_filters(olga: Any, grants: list[Grant]) -> None:
    address = f"{GRANTS}?state=active"
    page = text(olga.get(address))
    assert "Revoke access…" in page
    assert page.count('name="_selected_action"') == 2
    question = choose(olga, REVOKE, grants[0], address=address)
    assert f'action="{address}"' in text(question)
