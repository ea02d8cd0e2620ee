"""The columns of access policies are added to existing rows, which stay valid in the evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from activations.evidence.triggers import install_triggers, remove_triggers
from activations.models import Request
from simulator import Simulator
from tests.activations.evidence.recorded_history import differences, record_history
from tests.conftest import PersonClient

COLUMNS = ("ticket", "ticket_url", "rule", "policy_sha256", "granted_rule", "granted_policy_sha256")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_existing_requests_name_no_rule_and_match_their_events(
    person: Callable[[str], PersonClient], simulated: Simulator
) -> None:
    record_history(person, simulated)
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    remove_triggers(connection)
    try:
        MigrationExecutor(connection).migrate([("activations", "0005_eligible_member")])
    finally:
        MigrationExecutor(connection).migrate(latest)
        install_triggers(connection)
    assert set(Request.objects.values_list(*COLUMNS)) == {("",) * len(COLUMNS)}
    # Going back also drops the approved minutes, which events of this version record.
    assert [one for one in differences() if one.field != "granted_minutes"] == []
