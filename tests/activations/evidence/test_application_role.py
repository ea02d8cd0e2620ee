"""The application with a role that owns no table works and cannot remove the triggers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from activations.evidence.imports import take_in_later
from activations.evidence.triggers import faults
from activations.services.expiry import expire_due
from eligibility.models import Refresh as EligibilityRefresh
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences, record_history
from tests.activations.rows import NOON
from tests.certification import campaigns
from tests.conftest import PersonClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

REPLACED_FUNCTION = (
    "CREATE OR REPLACE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$BEGIN RETURN NEW; END$$"
)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "evidence.md"


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def application_role() -> Iterator[None]:
    """Run the statements of docs/evidence.md and connect as the application's role."""
    (documented,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    # Roles belong to the whole server, where other workers test with databases of their own.
    role = f"app_of_{connection.settings_dict['NAME']}"
    execute(documented.replace("jitaccess_app", role).replace("jitaccess_owner", "jitaccess"))
    execute(f"SET ROLE {role}")
    yield
    execute("RESET ROLE", f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_the_application_works_without_owning_a_table(
    application_role: None, person: Callable[[str], PersonClient], simulated: Simulator
) -> None:
    record_history(person, simulated)
    expire_due(now=NOON)
    take_in_later(now=NOON)
    campaigns.indexed(simulated)
    campaigns.opened(person("olga@example.com"))
    EligibilityRefresh.objects.all().delete()
    assert differences() == []
    assert faults(connection) == []
    call_command("check")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE activations_event DISABLE TRIGGER ALL",
        "ALTER TABLE activations_event ENABLE REPLICA TRIGGER event_no_update",
        "DROP TRIGGER grant_keeps_facts ON activations_grant",
        REPLACED_FUNCTION,
        "SET session_replication_role = replica",
        "TRUNCATE activations_event",
        "DELETE FROM activations_request",
        "UPDATE activations_event SET comment = 'x'",
        "DROP TABLE activations_event",
        "CREATE TABLE public.activations_shadow (id int)",
    ],
)
def test_the_application_role_cannot_remove_the_protection(
    application_role: None, statement: str
) -> None:
    with (
        pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
        transaction.atomic(),
    ):
        execute(statement)
