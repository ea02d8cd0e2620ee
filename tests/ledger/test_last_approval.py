"""A process that is killed at any step of the last approval loses and duplicates nothing."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from simulator import Simulator
from tests.journeys.policies import Activate, policy
from tests.journeys.stages import LEAD_THEN_SECURITY, rule, staff
from tests.ledger.last_approval import LastApprovals

__all__ = ["policy"]

# PostgreSQL, as in production, gets more; bench/last_approval.py kills at every step.
KILLS = 8 if connection.vendor == "postgresql" else 4


@pytest.mark.slow
def test_after_a_kill_approvals_count_exactly_and_one_binding_grants(
    simulated: Simulator, transactional_db: None, policy: Activate
) -> None:
    staff(simulated)
    policy(rule(LEAD_THEN_SECURITY))
    with LastApprovals(simulated) as approvals:
        steps = list(range(1, approvals.steps + 1))
        # The last statements record the outcome, the ones before them the intent.
        chosen = {*random.Random("gate").sample(steps, KILLS), steps[-1]}
        for step in sorted(chosen):
            assert approvals.kill_at(step) == []
        # Caches can save a later approval the last statement.
        assert approvals.left["finished"] <= 1
        assert approvals.left["pending"] > 0
        assert approvals.left["approved provisioning"] > 0, "no kill hit an open operation"
