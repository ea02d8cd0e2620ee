"""Resolves project numbers under which version 0.1.0 recorded grants.

The rows do not change. While their binding may exist, the reconciler compares them with the policy of
the project with this number, so that it does not adopt the binding again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from activations.iam.dependencies import Dependencies
from activations.models import Grant
from eligibility.entitlements import is_project_number
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.reconcile")


@dataclass(frozen=True, slots=True)
class SecondNames:
    """Project ids by number, for open records. `unknown` are numbers that Google did not resolve."""

    ids: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def canonical(self, project_id: str) -> str:
        """Return the id of the project, also for a known number."""
        return self.ids.get(project_id, project_id)

    def names(self, project_id: str) -> list[str]:
        """Return the id and all numbers under which this project has open records."""
        return [project_id, *(number for number, name in self.ids.items() if name == project_id)]


def second_names(*, now: datetime, dependencies: Dependencies) -> SecondNames:
    """Resolve the project numbers in open grants. Calls Google only if there are any."""
    numbers = [name for name in _projects_in_use(now) if is_project_number(name)]
    ids, unknown = {}, set()
    for number in numbers:
        try:
            ids[number] = dependencies.cloud.resource_manager.get_project(name=number).project_id
        except GoogleCloudError as error:
            logger.warning(
                "Cannot resolve project number %s: %s",
                number,
                error,
                extra={"event": "reconcile.failed"},
            )
            unknown.add(number)
    return SecondNames(ids, frozenset(unknown))


def _projects_in_use(now: datetime) -> list[str]:
    digits = Q(
        project_id__gte="0", project_id__lt=":"
    )  # the range of texts that begin with a digit
    found = Grant.objects.open(now).filter(digits)
    return sorted(set(found.values_list("project_id", flat=True)))
