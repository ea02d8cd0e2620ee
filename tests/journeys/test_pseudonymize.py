"""`manage.py pseudonymize`: a person's names are replaced in all records, and the evidence stays verifiable."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from activations.evidence.recording import ROWS
from activations.evidence.verification import recorded_head, verify
from activations.models import Event, Grant, OutboxMessage, Request, User
from tests.activations.evidence.recorded_history import differences
from tests.journeys.approvals import decide, pending_request
from tests.journeys.shop import COMPUTE, activate
from tests.ledger.later import reconcile_later

ALICE, BOB = "alice@example.com", "bob@example.com"


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("pseudonymize", *arguments, stdout=out)
    return out.getvalue()


def ended(alice: Any, bob: Any) -> None:
    """Alice holds two roles, one of which Bob approved, and ends both."""
    request = pending_request(alice, justification=f"CASE-9, ask Alice@Example.com or {BOB}.")
    assert decide(bob, request, "approve", f"fine for {ALICE}").status_code == 200
    assert activate(alice, COMPUTE).status_code == 200
    for grant in Grant.objects.all():
        assert alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"}).status_code == 200
    reconcile_later(timedelta(hours=1))
    call_command("deliver")


def traces(*names: str) -> list[str]:
    """Return all columns of all tables in which one of these texts stands."""
    found = []
    for model in apps.get_models():
        if model._meta.proxy or model._meta.app_label == "eligibility":
            continue
        for row in model._base_manager.values():
            found += [
                f"{model._meta.db_table}.{column}: {value}"
                for column, value in row.items()
                if any(name in str(value).lower() for name in names)
            ]
    return found


def test_x(alice, bob, person, simulated):
    ended(alice, bob)
    print(run(ALICE))
    print(run(BOB))
    subject = User.objects.get(email=ALICE).subject
    print(run(ALICE, "--yes"))
    print(differences())
    print(verify())
    print("\n".join(traces(ALICE, subject)))
