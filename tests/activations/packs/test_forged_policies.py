"""Who proposed and decided an access policy, and when it was in force, follows from the events of a pack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from activations.exports.policy_versions import POLICY_VERSIONS
from simulator import Simulator
from tests.activations.admin.policies import (
    HALF,
    HOUR,
    activated,
    decide,
    oscar,
    proposed,
)
from tests.activations.packs.opened import OpenPack, make
from tests.activations.packs.test_tampering import finds, write_both
from tests.conftest import PersonClient
from tests.journeys.policies import Activate, policy
from tests.journeys.renamed import renamed

pytestmark = pytest.mark.one_database

__all__ = ["oscar", "policy"]

SOMETIME = "2040-01-01T00:00:00.000000Z"
FORGED: dict[str, Any] = {
    **dict.fromkeys(("proposal_id", "version_id"), 77),
    **dict.fromkeys(("proposed_at", "decided_at", "replaced_at"), SOMETIME),
    "second_person": None,
    "as_deployment": None,
    "state": "PROPOSED",
}
# What the events do not say: who wrote the text, and when it was stored first.
NOT_COMPARED = {"schema_version", "author_email", "created_at"}


@pytest.fixture
def versions(
    policy: Activate,  # the fixture
    olga: PersonClient,
    oscar: PersonClient,  # the fixture
    tmp_path: Path,
) -> OpenPack:
    """An unsigned pack with versions that were replaced, active, rejected and proposed."""
    policy()
    activated(olga, oscar, HOUR)
    assert decide(oscar, proposed(olga, HALF), "reject", "Too short").status_code == 302
    proposed(olga, HALF)
    pack = make(tmp_path, "--unsigned")
    states = [row["state"] for row in pack.rows("policy_versions")]
    assert states == ["REPLACED", "ACTIVE", "REJECTED", "PROPOSED"]
    status, said = pack.verify()
    assert status == 0, said
    return pack


def test_each_forged_column_of_each_version_is_found(versions: OpenPack) -> None:
    rows = versions.rows("policy_versions")
    missed = []
    for number, row in enumerate(rows):
        for column in set(POLICY_VERSIONS.names) - NOT_COMPARED:
            forged = row | {column: FORGED.get(column, "forged")}
            if forged == row:
                continue
            write_both(versions, "policy_versions", [*rows[:number], forged, *rows[number + 1 :]])
            if versions.verify()[0] == 0:
                missed.append((row["state"], column))
    assert missed == []


def test_a_version_without_a_second_person_cannot_get_one(versions: OpenPack) -> None:
    rows = versions.rows("policy_versions")
    changes = {"decided_by": "oscar@example.com", "second_person": True}
    write_both(versions, "policy_versions", [rows[0] | changes, *rows[1:]])
    finds(versions, "second_person is True, its events say False")
    finds(versions, "decided_by is 'oscar@example.com', its events say")


def test_a_version_that_was_left_out_or_added_is_found(versions: OpenPack) -> None:
    rows = versions.rows("policy_versions")
    write_both(versions, "policy_versions", rows[1:])
    key = rows[0]["proposal_id"]
    finds(versions, f"proposal {key} is in the events, but not in policy_versions.jsonl")
    write_both(versions, "policy_versions", [*rows, rows[0] | {"proposal_id": 77}])
    finds(versions, "proposal 77: no event records what happened at")


def test_a_version_of_an_administrator_whose_account_was_renamed_is_valid(
    olga: PersonClient, simulated: Simulator, tmp_path: Path
) -> None:
    """The row names each step with the address at that time, as its event does."""
    earlier, later = "olga@example.com", "olga.new@example.com"
    waiting = proposed(olga, HOUR)
    client = renamed(simulated, earlier, later)
    assert decide(client, waiting, "reject", "A mistake").status_code == 302
    pack = make(tmp_path, "--unsigned")
    [row] = pack.rows("policy_versions")
    named = (row["proposed_by"], row["decided_by"], row["second_person"])
    assert named == (earlier, later, False)
    status, said = pack.verify()
    assert status == 0, said
