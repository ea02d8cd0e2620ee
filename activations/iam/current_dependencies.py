"""The writer that production uses: the process-wide cloud and catalog, and the real clock."""

from __future__ import annotations

from django.utils import timezone

from activations.iam.dependencies import Dependencies
from eligibility import providers


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
        clock=timezone.now,  # noqa: TID251  # the clock itself is handed down, not a reading
    )
