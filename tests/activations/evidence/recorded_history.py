"""Creates a history with every kind of record over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from activations.evidence.differences import Difference
from activations.evidence.verification import verify
from activations.models import Grant
from simulator import Simulator
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import COMPUTE, TEN_ROLES, activate
from tests.rewriting import unprotected


def record_history(person: Callable[[str], PersonClient], simulated: Simulator) -> None:
    """Alice activates, extends and ends; Bob approves and declines; a request is withdrawn."""
    alice, bob = person("alice@example.com"), person("bob@example.com")
    activate(alice, *TEN_ROLES[:3])
    activate(alice, COMPUTE, minutes=5)
    short = Grant.objects.filter(end_time__lt=timezone.now() + timedelta(minutes=6)).get()  # noqa: TID251
    grant = f"/api/grants/{short.pk}"
    body = {"activationTimeout": 90, "justification": "CASE-124"}
    assert alice.api_post(f"{grant}/extend", body).status_code == 200
    longest = Grant.objects.order_by("-end_time")[0]
    assert alice.api_post(f"/api/grants/{longest.pk}/end", {"reason": "done"}).status_code == 200
    assert decide(bob, pending_request(alice), "approve", "fine").status_code == 200
    assert (
        decide(bob, pending_request(alice, minutes=5), "decline", "no, not today").status_code
        == 200
    )
    assert decide(alice, pending_request(alice, minutes=6), "withdraw").status_code == 200
    pending_request(alice, minutes=7)


def differences() -> list[Difference]:
    """Return the differences that verification finds; check that the chain is complete."""
    found: list[Difference] = []
    result = verify(differs=found.append)
    assert result.problem is None
    assert result.differences == len(found)
    assert result.holds is not bool(found)
    return found


def forge(*statements: str) -> None:
    """Change rows as the owner of the tables, who removes and restores the triggers."""
    with unprotected(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
