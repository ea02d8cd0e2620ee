"""Grants that version 0.1.0 recorded under a project number: which project that is.

Their rows stay as they are. While their binding may stand, the reconciler compares them with the policy of
the project that the number belongs to, so that one binding does not get a second record.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from activations.iam.dependencies import Dependencies
from activations.models import Grant
from eligibility.project_ids import is_project_number
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.reconcile")


@dataclass(frozen=True, slots=True)
class SecondNames:
    """Ids by number, of the numbers that open records use; `unknown` are numbers that Google did not explain."""

    ids: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def canonical(self, project_id: str) -> str:
        """The id, also for a number that is known."""
        return self.ids.get(project_id, project_id)

    def names(self, project_id: str) -> list[str]:
        """All names under which this project has open records."""
        return [project_id, *(number for number, name in self.ids.items() if name == project_id)]


def second_names(*, now: datetime, dependencies: Dependencies) -> SecondNames:
    """Look up the numbers that running grants are recorded under; asks Google only if there are any."""
    numbers = [name for name in _projects_in_use(now) if is_project_number(name)]
    ids, unknown = {}, set()
    for number in numbers:
        try:
            ids[number] = dependencies.cloud.resource_manager.get_project(name=number).project_id
        except GoogleCloudError as error:
            logger.warning(
                "Project number %s has no known ID: %s",
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
