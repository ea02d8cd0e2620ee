"""Asks whether IAM can grant the roles, in parallel with the other look-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from activations.domain.preflight import check_grantable
from activations.iam.dependencies import Dependencies
from eligibility.entitlements import ProjectRole


def ask_grantable(
    roles: Sequence[ProjectRole], *, dependencies: Dependencies
) -> Mapping[ProjectRole, bool | None]:
    """Return for each role whether IAM can grant it; one call per project and hour."""
    return {role: dependencies.is_grantable(role.project_id, role.role) for role in roles}


def check_all_grantable(answers: Mapping[ProjectRole, bool | None]) -> None:
    """:raises NotGrantable: for the first role that IAM cannot grant on its project."""
    for role, is_grantable in answers.items():
        check_grantable(role.role, project_id=role.project_id, is_grantable=is_grantable)
