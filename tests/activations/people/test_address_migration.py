"""The migration assigns each address of version 0.1.0 to one person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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

ALICE = "alice@example.com"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE = [("activations", "0001_initial")]


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Run these migrations; return the models after them."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


@pytest.fixture
def upgrade() -> Iterator[Callable[..., None]]:
    """Return a function that creates people in version 0.1.0 and then runs the migrations."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("activations")
    remove_triggers(connection)
    earlier = migrate(BEFORE).get_model("activations", "User")

    def run(*people: tuple[str, str, int, int]) -> None:
        for subject, email, first, last in people:
            earlier.objects.create(
                subject=subject,
                email=email,
                first_seen=NOON + timedelta(hours=first),
                last_seen=NOON + timedelta(hours=last),
            )
        migrate(latest)

    yield run
    migrate(latest)
    install_triggers(connection)


def addresses() -> list[tuple[str, str, bool]]:
    rows = Address.objects.order_by("person__subject").select_related("person")
    return [(row.person.subject, row.email, row.until is None) for row in rows]


def test_each_person_owns_the_address_last_seen(upgrade: Callable[..., None]) -> None:
    upgrade(("1", ALICE, 0, 5), ("2", "bob@example.com", 1, 3))
    assert addresses() == [("1", ALICE, True), ("2", "bob@example.com", True)]
    row = Address.objects.get(email=ALICE)
    assert (row.since, row.asserted_at) == (NOON, NOON + timedelta(hours=5))


@pytest.mark.parametrize(
    ("first", "second", "owner"),
    [((0, 5), (6, 9), "2"), ((0, 9), (6, 7), "1"), ((0, 5), (0, 5), "2"), ((0, 5), (5, 5), "2")],
    ids=["one after the other", "the first came back", "at the same time", "in one moment"],
)
def test_a_shared_address_belongs_to_the_account_seen_last(
    upgrade: Callable[..., None], first: tuple[int, int], second: tuple[int, int], owner: str
) -> None:
    upgrade(("1", ALICE, *first), ("2", ALICE, *second))
    assert addresses() == [("1", ALICE, owner == "1"), ("2", ALICE, owner == "2")]
    assert owners_of([ALICE])[ALICE].subject == owner


def test_a_clock_that_was_set_back_does_not_stop_the_migration(
    upgrade: Callable[..., None],
) -> None:
    upgrade(("1", ALICE, 5, 0), ("2", ALICE, 1, 9))
    assert addresses() == [("1", ALICE, False), ("2", ALICE, True)]


def test_an_address_of_three_accounts_has_one_owner(upgrade: Callable[..., None]) -> None:
    upgrade(("1", ALICE, 0, 1), ("2", ALICE, 2, 3), ("3", ALICE, 4, 5))
    assert [owns for _, _, owns in addresses()] == [False, False, True]


def test_a_database_without_people_is_migrated(upgrade: Callable[..., None]) -> None:
    upgrade()
    assert not Address.objects.exists()


def test_after_the_upgrade_a_newer_assertion_moves_the_address(
    upgrade: Callable[..., None], simulated: Simulator
) -> None:
    upgrade(
        ("accounts.google.com:1", ALICE, 0, 1),
        ("accounts.google.com:2", ALICE, 2, 3),
    )
    assert call(simulated.assertion(ALICE, sub="accounts.google.com:2")).status_code == 200
    issued = int(time.time()) + 10
    later = simulated.assertion(ALICE, sub="accounts.google.com:1", iat=issued, exp=issued + 600)
    assert call(later).status_code == 200
    assert User.objects.count() == 2
    assert owners_of([ALICE])[ALICE].subject == "accounts.google.com:1"
