"""Reconciles one project: records drift, adopts unknown activations, removes expired bindings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from activations.domain.bindings import Policy
from activations.domain.states import GrantState
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.ledger import note_binding_end, note_drift, note_rename
from activations.iam.writes import write_policy
from activations.models import Grant
from activations.reconciliation.adoption import adopt
from activations.reconciliation.comparison import Finding, Holders, compare, gone, without_dead
from activations.reconciliation.counts import Counts
from activations.reconciliation.live_policy import live_policy
from activations.reconciliation.second_names import SecondNames

REASON = "Removal of expired bindings"


def reconcile_project(
    project_id: str, *, dependencies: Dependencies, counts: Counts, names: SecondNames
) -> None:
    """Bring the records and the policy of one project into agreement. Idempotent.

    :raises googlecloud.errors.GoogleCloudError: when Google fails. Records written before stay valid.
    """
    with writes.turn(project_id, clock=dependencies.clock, sleep=dependencies.sleep):
        now = dependencies.clock()
        grants = _grants(names.names(project_id))
        policy = live_policy(project_id, dependencies)
        holders = Holders(grants)
        finding = compare(policy, grants, holders=holders, now=now)
        # Update the records first, because Google may allow reading but refuse the write.
        _record(project_id, finding, now=now, counts=counts, names=names)
        if finding.dead:
            policy = _remove_dead(project_id, policy, grants, holders, dependencies)
            counts.removed += len(finding.dead)
        _note_removed(gone(policy, grants, holders=holders), now=now)
    counts.projects += 1


def _grants(names: list[str]) -> list[Grant]:
    """Return grants that may still have a binding: open ones, and ended ones not yet confirmed removed."""
    open_ones = Q(state__in=[GrantState.ACTIVE, GrantState.PROVISIONING])
    to_clean = Q(state=GrantState.ENDED, removed_at=None)
    found = Grant.objects.filter(open_ones | to_clean, project_id__in=names)
    return list(found.select_related("request"))


def _remove_dead(
    project_id: str,
    policy: Policy,
    grants: Sequence[Grant],
    holders: Holders,
    dependencies: Dependencies,
) -> Policy:
    """Write the policy without expired bindings, and return it."""
    done = write_policy(
        project_id,
        change=lambda current: without_dead(
            current, grants, holders=holders, now=dependencies.clock()
        ),
        reason=REASON,
        policy=policy,
        dependencies=dependencies,
    )
    return done.after


def _record(
    project_id: str, finding: Finding, *, now: datetime, counts: Counts, names: SecondNames
) -> None:
    for grant, how in finding.drifted:
        counts.drifted += note_drift(grant, how, now=now)
    for grant, found in finding.renamed:
        counts.renamed += note_rename(grant, found.email, now=now)
    for grant, found in finding.moved:
        note_binding_end(grant, found.ours, now=now)
    if names.unknown:
        return  # a binding may have a record under an unresolved project number, so do not adopt it yet
    for stranger in finding.strangers:
        counts.adopted += adopt(project_id, stranger, now=now)


def _note_removed(grants: Sequence[Grant], *, now: datetime) -> None:
    Grant.objects.filter(pk__in=[grant.pk for grant in grants], removed_at=None).update(
        removed_at=now
    )
