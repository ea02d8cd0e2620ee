"""What actions depend on outside of them: Google, the facts of eligibility, clocks, the operator's limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from activations.domain.rules import Limits
from eligibility import providers
from eligibility.catalog import Catalog
from eligibility.entitlements import ProjectRole
from googlecloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The external dependencies of a write: Google, the facts of eligibility, clocks.

    `forget` drops cached lists of a person on a project; `is_grantable` returns whether IAM can grant
    a role on a project, None when only the write can show it.
    """

    cloud: Cloud
    catalog: Catalog[Any]
    clock: Callable[[], datetime]
    forget: Callable[[str, str], None]
    is_grantable: Callable[[str, str], bool | None]
    sleep: Callable[[float], None] = time.sleep

    def ask_grantable(self, roles: Sequence[ProjectRole]) -> Mapping[ProjectRole, bool | None]:
        """Return for each role whether IAM can grant it; one call per project and hour."""
        return {role: self.is_grantable(role.project_id, role.role) for role in roles}


def current_dependencies() -> Dependencies:
    return Dependencies(
        cloud=providers.cloud(),
        catalog=providers.catalog(),
        forget=lambda email, project_id: providers.recent_facts().forget(
            user=email, project_id=project_id
        ),
        is_grantable=lambda project_id, role: providers.grantable_roles().is_grantable(
            project_id, role
        ),
        clock=timezone.now,  # noqa: TID251  # passes the clock itself
    )


def current_limits() -> Limits:
    return Limits(
        longest=settings.ACTIVATION_TIMEOUT,
        max_roles=settings.ACTIVATION_REQUEST_MAX_ROLES,
        min_reviewers=settings.ACTIVATION_REQUEST_MIN_REVIEWERS,
        max_reviewers=settings.ACTIVATION_REQUEST_MAX_REVIEWERS,
        request_validity=settings.ACTIVATION_REQUEST_TIMEOUT,
        justification_pattern=settings.JUSTIFICATION_PATTERN,
        justification_hint=settings.JUSTIFICATION_HINT,
    )
