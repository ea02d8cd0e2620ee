"""Eligibility that ends or begins: what is listed, granted, cut and refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.journeys.shop import PROJECT

JIT, MPA = "has({}.jitAccessConstraint)", "has({}.multiPartyApprovalConstraint)"
ROLE = "roles/spanner.admin"


def make_eligible(simulated, marker: str, clause: str) -> None:
    policy = simulated.company.policy(PROJECT)
    policy["bindings"].append(
        {
            "role": ROLE,
            "members": ["user:alice@example.com", "user:bob@example.com"],
            "condition": {"title": "eligible", "expression": f"{marker} && {clause}"},
        }
    )
    simulated.company.put_policy(PROJECT, policy)


def moment(**later: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**later)


def before(end: datetime) -> str:
    return f'request.time < timestamp("{end:%Y-%m-%dT%H:%M:%SZ}")'
