"""Finds the projects to reconcile with a few searches instead of reading every policy."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q

from activations.domain.bindings import Binding
from activations.domain.states import GrantState
from activations.iam.dependencies import Dependencies
from activations.iam.quotas import wait_for_asset_call
from activations.models import Grant
from activations.reconciliation.comparison import Holders, compare
from activations.reconciliation.counts import Counts
from activations.reconciliation.second_names import SecondNames
from eligibility.entitlements import InvalidProjectId, ProjectId
from googlecloud.errors import Denied, GoogleCloudError
from googlecloud.policy_search import FoundPolicy

logger = logging.getLogger("jitaccess.reconcile")

# Every activation's condition contains these words; see googlecloud.policy_search about its accuracy.
ACTIVATIONS = 'policy:"request.time < timestamp"'
# After the end of a grant, the project's policy is read for this long to confirm that the binding is
# removed. The limit stops reading projects without access. Bindings in the inventory are removed later too.
CLEANUP_PERIOD = timedelta(hours=24)
CLEANUP_PERIOD_WITHOUT_INVENTORY = timedelta(days=7)


def candidates(
    *,
    scope: str,
    dependencies: Dependencies,
    now: datetime,
    counts: Counts,
    names: SecondNames,
) -> Iterator[str]:
    """Yield projects whose inventory and records differ, so that the live policy must be read.

    The inventory may be some minutes old, so it only selects projects. Without permission to search it,
    all projects with open grants are candidates. When the search fails, there are none in this run.
    """
    find = dependencies.cloud.policy_search.find
    try:
        found = find(scope=scope, query=ACTIVATIONS, before_page=wait_for_asset_call)
        seen = _activations(found)
    except GoogleCloudError as error:
        logger.warning(
            "Cannot search the asset inventory: %s", error, extra={"event": "reconcile.noSearch"}
        )
        if isinstance(error, Denied):
            yield from _open_grants(names, ended_after=now - CLEANUP_PERIOD_WITHOUT_INVENTORY)
        else:
            counts.troubled += 1
        return
    grants = _open_grants(names, ended_after=now - CLEANUP_PERIOD)
    for project_id in dict.fromkeys([*grants, *seen]):
        policy = {"bindings": seen.get(project_id, [])}
        known = grants.get(project_id, [])
        if compare(policy, known, holders=Holders(known), now=now).is_worth_a_look:
            yield project_id


def _open_grants(names: SecondNames, *, ended_after: datetime) -> Mapping[str, list[Grant]]:
    """Return grants that may still have a binding, by project, ordered by end."""
    open_ones = Q(state__in=[GrantState.ACTIVE, GrantState.PROVISIONING])
    to_clean = Q(state=GrantState.ENDED, removed_at=None, end_time__gt=ended_after)
    found: dict[str, list[Grant]] = defaultdict(list)
    rows = Grant.objects.filter(open_ones | to_clean).select_related("request")
    for grant in rows.order_by("end_time").iterator():
        found[names.canonical(grant.project_id)].append(grant)
    return found


def _activations(found: Iterable[FoundPolicy]) -> dict[str, list[Binding]]:
    seen: dict[str, list[Binding]] = defaultdict(list)
    for policy in found:
        with suppress(InvalidProjectId):  # a folder, an organization, or a resource in a project
            project_id = ProjectId.of_resource(policy.resource)
            seen[project_id].extend(policy.policy.get("bindings") or [])
    return seen
