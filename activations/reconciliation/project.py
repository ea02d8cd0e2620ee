"""One project: dead bindings go, drift is recorded, strangers are adopted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from activations import leases
from activations.bindings import Policy
from activations.evidence import recording
from activations.grant_moves import IllegalTransition, move
from activations.models import Grant
from activations.policy_writes import write_policy
from activations.reconciliation.adoption import adopt
from activations.reconciliation.comparison import Finding, compare, without_dead
from activations.reconciliation.counts import Counts
from activations.states import EndReason, GrantState
from activations.writer import Writer
from googlecloud.errors import NotFound

REASON = "Removal of bindings whose time is over"


def reconcile_project(project_id: str, *, writer: Writer, counts: Counts) -> None:
    """Make the ledger and the policy of one project agree. Running it twice changes nothing more.

    :raises googlecloud.errors.GoogleCloudError: when Google fails; nothing is half done.
    """
    with leases.turn(project_id, clock=writer.clock, sleep=writer.sleep):
        now = writer.clock()
        grants = _grants(project_id)
        policy = _live_policy(project_id, writer)
        finding = compare(policy, grants, now=now)
        if finding.dead:
            _remove_dead(project_id, policy, writer)
            counts.removed += len(finding.dead)
        _record(project_id, finding, now=now, counts=counts)
    counts.projects += 1


def _live_policy(project_id: str, writer: Writer) -> Policy:
    """The policy; an empty one when the project is gone, and its bindings with it."""
    try:
        return writer.cloud.resource_manager.get_policy(project_id=project_id)
    except NotFound:
        return {"bindings": []}


def _grants(project_id: str) -> list[Grant]:
    """Whatever may still have a binding: open grants, and ended ones not yet seen to be gone."""
    open_ones = Q(state__in=[GrantState.ACTIVE, GrantState.PROVISIONING])
    to_clean = Q(state=GrantState.ENDED, removed_at=None)
    found = Grant.objects.filter(open_ones | to_clean, project_id=project_id)
    return list(found.select_related("request"))


def _remove_dead(project_id: str, policy: Policy, writer: Writer) -> None:
    write_policy(
        project_id,
        change=lambda current: without_dead(current, now=writer.clock()),
        reason=REASON,
        policy=policy,
        writer=writer,
    )


def _record(project_id: str, finding: Finding, *, now: datetime, counts: Counts) -> None:
    _note_removed(finding.gone, now=now)
    for grant, how in finding.drifted:
        counts.drifted += _drift(grant, how, now=now)
    for stranger in finding.strangers:
        counts.adopted += adopt(project_id, stranger, now=now)


def _note_removed(grants: Sequence[Grant], *, now: datetime) -> None:
    Grant.objects.filter(pk__in=[grant.pk for grant in grants], removed_at=None).update(
        removed_at=now
    )


def _drift(grant: Grant, how: str, *, now: datetime) -> bool:
    """Somebody changed the binding by hand: recorded, never written again behind their back."""
    grant.ended_at, grant.end_reason = now, EndReason.DRIFTED
    try:
        with recording():
            details = {"reason": EndReason.DRIFTED.value, "binding": how}
            move(grant, GrantState.ENDED, actor=None, now=now, details=details)
    except IllegalTransition:
        return False
    return True
