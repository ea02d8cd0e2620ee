"""The database refuses to change or delete versions, and to change what was proposed and decided."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from activations.checks import check_evidence
from policies.models import PolicyProposal, PolicyVersion
from policies.triggers import faults, install_triggers, remove_triggers, triggers
from tests.policies.documents import NOW
from tests.policies.lives import FIRST, SECOND, activated, proposed

pytestmark = pytest.mark.django_db


def refused(change: Any) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        change()


@pytest.mark.parametrize(
    "values", [{"text": SECOND}, {"sha256": "0" * 64}, {"author_email": "x@example.com"}]
)
def test_a_version_is_never_changed(values: dict[str, Any]) -> None:
    activated(FIRST)
    refused(lambda: PolicyVersion.objects.update(**values))


def test_versions_and_proposals_are_never_deleted() -> None:
    activated(FIRST)
    for table in ("policies_policyproposal", "policies_policyversion"):
        refused(lambda table=table: execute(f"DELETE FROM {table}"))


@pytest.mark.parametrize(
    "values",
    [
        {"proposed_by_email": "x@example.com"},
        {"comment": "x"},
        {"as_deployment": True},
        {"decided_by_email": "x@example.com"},
        {"decided_at": NOW.replace(year=2027)},
        {"was_second_person": False},
        {"state": "PROPOSED", "decided_at": None, "decided_by_email": ""},
        {"state": "REJECTED"},
    ],
)
def test_facts_of_a_decided_proposal_are_never_changed(values: dict[str, Any]) -> None:
    activated(FIRST)
    refused(lambda: PolicyProposal.objects.update(**values))


def test_a_replaced_or_rejected_proposal_never_becomes_active_again() -> None:
    first = activated(FIRST)
    activated(SECOND)
    refused(
        lambda: PolicyProposal.objects.filter(pk=first.pk).update(state="ACTIVE", replaced_at=None)
    )


def test_only_one_proposal_is_active() -> None:
    activated(FIRST)
    proposal = proposed(SECOND)
    proposal.state, proposal.decided_at, proposal.decided_by_email = "ACTIVE", NOW, "x@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        proposal.save()


REPLACE = (
    "INSERT OR REPLACE INTO policies_policyversion"
    " (id, text, sha256, author_email, author_subject, created_at)"
    " VALUES (%s, 'x', 'y', 'z', '', '2026-11-29')"
)


def test_versions_are_not_lost_by_statements_that_fire_no_trigger_of_rows() -> None:
    version = activated(FIRST).version
    if connection.vendor == "sqlite":
        refused(lambda: execute(REPLACE, version.pk))
    else:
        # Foreign keys that are checked at the end of the transaction would refuse it first.
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        refused(lambda: execute("TRUNCATE policies_policyversion CASCADE"))
        refused(lambda: execute("TRUNCATE policies_policyproposal"))


def test_a_migration_puts_missing_triggers_back() -> None:
    activated(FIRST)
    remove_triggers(connection)
    install_triggers(connection)
    refused(lambda: PolicyVersion.objects.update(text=SECOND))


def test_every_trigger_has_a_name_of_its_own() -> None:
    for vendor in ("sqlite", "postgresql"):
        names = [one.name for one in triggers(vendor)]
        assert len(names) == len(set(names)) == 6


def execute(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_triggers_as_they_were_installed_have_no_fault() -> None:
    assert faults(connection) == []


def test_a_missing_trigger_is_found() -> None:
    remove_triggers(connection)
    assert len(faults(connection)) == len(list(triggers(connection.vendor)))
    install_triggers(connection)
    assert faults(connection) == []


def test_a_trigger_that_refuses_nothing_is_found() -> None:
    name, table = "policy_version_no_update", "policies_policyversion"
    if connection.vendor == "postgresql":
        execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
            " AS $$BEGIN RETURN NEW; END$$"
        )
    else:
        execute(f"DROP TRIGGER {name}")
        execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT 1; END")
    assert faults(connection) == [f"{name} was changed or disabled"]
    [message] = check_evidence(databases=["default"])
    assert message.id == "activations.E003"
    install_triggers(connection)
    assert check_evidence(databases=["default"]) == []


@pytest.mark.postgresql
def test_a_disabled_trigger_is_found() -> None:
    execute("ALTER TABLE policies_policyversion DISABLE TRIGGER policy_version_no_update")
    assert faults(connection) == ["policy_version_no_update was changed or disabled"]
