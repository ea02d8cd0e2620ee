"""Documents and facts for tests of access policies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from eligibility.entitlements import ActivationType
from policies.document.reading import read
from policies.rules.facts import RoleFacts
from policies.rules.policy import Policy
from policies.rules.requirements import Criterion, Environment

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
JIT, MPA = ActivationType.JIT, ActivationType.MPA
ENVIRONMENT = Environment(
    max_minutes=120,
    default_minutes=60,
    justification=Criterion("[^!]*", "No exclamation marks"),
    answer_within=60,
)


def policy(text: str, environment: Environment = ENVIRONMENT) -> Policy:
    return Policy(read(text).document, environment)


def rules(*lines: str) -> Policy:
    """A policy with these rules, each a flow mapping without braces; names are added: r0, r1 …"""
    listed = "".join(f"\n- {{name: r{number}, {line}}}" for number, line in enumerate(lines))
    return policy(f"version: 1\nrules:{listed or ' []'}")


def facts(**changes: Any) -> RoleFacts:
    """Alice asks for an admin role on shop-prod; nothing was read from Google unless it is given."""
    given = {
        "project_id": "shop-prod",
        "role": "roles/compute.admin",
        "activation_type": JIT,
        "requester": "alice@example.com",
    }
    return RoleFacts(**(given | changes))


def decided(policy: Policy, **changes: Any) -> str:
    """The name of the rule that decides; empty when the environment's values hold."""
    return policy.requirements(facts(**changes)).rule
