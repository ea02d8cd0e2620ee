"""The migration assigns each address of version 0.1.0 to one person."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from activations.evidence.triggers import install_triggers, remove_triggers
from activations.models import Address, User
from activations.people.addresses import owners_of
from simulator import Simulator
from tests.jitaccess.anybody import call

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE = [("activations", "0001_initial")]


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Run these migrations; return the models after them."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


def upgrade(*people: tuple[str, str, int, int]) -> None:
    """Create people in version 0.1.0 (hours after noon of the first and the last visit), then migrate."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    remove_triggers(connection)
    try:
        earlier = migrate(BEFORE).get_model("activations", "User")
        for subject, email, first, last in people:
            earlier.objects.create(
                subject=subject,
                email=email,
                first_seen=NOON + timedelta(hours=first),
                last_seen=NOON + timedelta(hours=last),
            )
    finally:
        migrate(latest)
        install_triggers(connection)


# For each address: the first and the last visit of each account, and the account that owns it afterwards.
SHARED = {
    "only-one": ([(0, 5)], 1),
    "one-after-the-other": ([(0, 5), (6, 9)], 2),
    "the-first-came-back": ([(0, 9), (6, 7)], 1),
    "at-the-same-time": ([(0, 5), (0, 5)], 2),
    "in-one-moment": ([(0, 5), (5, 5)], 2),
    "a-clock-that-was-set-back": ([(5, 0), (1, 9)], 2),
    "three-accounts": ([(0, 1), (2, 3), (4, 5)], 3),
}


def test_each_address_belongs_to_the_account_seen_last(simulated: Simulator) -> None:
    upgrade(
        *(
            (f"accounts.google.com:{name}-{number}", f"{name}@example.com", *visits)
            for name, (accounts, _) in SHARED.items()
            for number, visits in enumerate(accounts, 1)
        )
    )
    for name, (accounts, owner) in SHARED.items():
        email = f"{name}@example.com"
        rows = Address.objects.filter(email=email).order_by("person__subject")
        owned = [row.until is None for row in rows]
        assert owned == [number == owner for number in range(1, len(accounts) + 1)], name
        subject = owners_of([email])[email].subject
        assert subject == f"accounts.google.com:{name}-{owner}"
    row = Address.objects.get(email="only-one@example.com")
    assert (row.since, row.asserted_at) == (NOON, NOON + timedelta(hours=5))

    # A newer assertion moves the address.
    count, email = User.objects.count(), "one-after-the-other@example.com"
    first, second = (f"accounts.google.com:one-after-the-other-{number}" for number in (1, 2))
    assert call(simulated.assertion(email, sub=second)).status_code == 200
    issued = int(time.time()) + 10
    later = simulated.assertion(email, sub=first, iat=issued, exp=issued + 600)
    assert call(later).status_code == 200
    assert User.objects.count() == count
    assert owners_of([email])[email].subject == first


def test_a_database_without_people_is_migrated() -> None:
    upgrade()
    assert not Address.objects.exists()
