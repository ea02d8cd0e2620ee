"""An auditor follows sampled accesses from request to removal with the pack alone; IAM's calls agree."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from activations.models import Grant
from simulator import Simulator
from simulator.seed_bindings import ALICE, BOB, JIT, MPA
from tests.activations.packs.opened import OpenPack, make
from tests.conftest import PersonClient
from tests.journeys.approvals import REQUEST, SET, decide
from tests.journeys.shop import PROJECT, activate

pytestmark = pytest.mark.one_database


SAMPLED = 40
AT_ONCE = 8
SELF_APPROVED = [f"roles/audited.self{number:02}" for number in range(32)]
APPROVED = [f"roles/audited.peer{number:02}" for number in range(10)]

Binding = dict[str, Any]


def bind(simulated: Simulator) -> None:
    for role in SELF_APPROVED:
        simulated.company.bind(PROJECT, role, ALICE, JIT)
    for role in APPROVED:
        simulated.company.bind(PROJECT, role, [ALICE, BOB], MPA)


def use(alice: PersonClient, bob: PersonClient, olga: PersonClient) -> None:
    """Alice holds all roles; half of them are ended by her, an eighth is revoked, the others last."""
    for first in range(0, len(SELF_APPROVED), AT_ONCE):
        roles = [f"{PROJECT}:{role}" for role in SELF_APPROVED[first : first + AT_ONCE]]
        assert activate(alice, *roles).status_code == 200
    for role in APPROVED:
        body = {
            "entitlementId": f"{PROJECT}:{role}",
            "justification": f"CASE for {role}",
            "peers": ["bob@example.com"],
            "activationTimeout": 30,
        }
        asked = alice.api_post(REQUEST, body)
        assert asked.status_code == 200, asked.content
        assert decide(bob, asked.json()["requestId"], "approve", f"fine: {role}").status_code == 200
    for grant in Grant.objects.order_by("role")[::2]:
        ended = alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": "done"})
        assert ended.status_code == 200


def test_forty_accesses_from_request_to_removal(
    alice: PersonClient,
    bob: PersonClient,
    olga: PersonClient,
    simulated: Simulator,
    tmp_path: Path,
) -> None:
    bind(simulated)
    use(alice, bob, olga)
    pack = make(tmp_path)
    status, said = pack.verify()
    assert status == 0, said
    policies = written_policies(simulated)
    accesses = pack.rows("access")
    assert len(accesses) == len(SELF_APPROVED) + len(APPROVED)
    for access in random.Random(7).sample(accesses, SAMPLED):
        walk(pack, access, policies)


def written_policies(simulated: Simulator) -> list[list[Binding]]:
    """Return the bindings of each policy that IAM accepted, in order: what really happened."""
    calls = [call for call in simulated.calls.of(SET) if call.status == 200]
    return [call.body["policy"]["bindings"] for call in calls]


def walk(pack: OpenPack, access: dict[str, Any], policies: list[list[Binding]]) -> None:
    [request_id], [grant_id] = access["request_ids"], access["grant_ids"]
    [request] = [row for row in pack.rows("requests") if row["request_id"] == request_id]
    [grant] = [row for row in pack.rows("grants") if row["grant_id"] == grant_id]
    events = [row for row in pack.rows("events") if row["grant_id"] == grant_id]
    kinds = [event["kind"] for event in events]
    assert access["justifications"] == [request["justification"]] == [grant["justification"]]
    assert kinds[:2] == ["grant.provisioning", "grant.active"]
    if access["role"] in APPROVED:
        assert access["approved_by"] == request["approved_by"] == ["bob@example.com"]
        assert access["approval_comments"] == [f"fine: {access['role']}"]
    else:
        assert access["approved_by"] == []
    holding = [number for number, bindings in enumerate(policies) if holds(bindings, grant)]
    assert holding, "IAM never had this binding"
    if access["end"]:
        assert (access["ended_by"], kinds[-1]) == ("alice@example.com", "grant.ended")
        assert not holds(policies[-1], grant)
        assert holding == list(range(holding[0], holding[-1] + 1))
    else:
        assert holds(policies[-1], grant)
        assert kinds[-1] == "grant.active"


def holds(bindings: list[Binding], grant: dict[str, Any]) -> bool:
    """Whether a policy grants exactly what the row says."""
    return any(
        binding["role"] == grant["role"]
        and f"user:{grant['person_email']}" in binding["members"]
        and binding.get("condition", {}).get("expression") == grant["binding_expression"]
        for binding in bindings
    )
