"""Records what a policy that was just read or written shows about the grants of one access."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db.models import F, Q

from activations.domain.bindings import ActivationBinding, Policy, running
from activations.domain.states import EndReason, GrantState
from activations.evidence.facts import grant_changes
from activations.evidence.recording import Step, record, recording
from activations.iam import ledger
from activations.iam.transitions import IllegalTransition, move
from activations.models import Grant


def note_binding(of: Grant, policy: Policy, *, now: datetime) -> None:
    """Record the current binding in all active grants of this access.

    If there is none, somebody removed it by hand: these grants have drifted. Call it while holding the
    project's lease, in the transaction that records the outcome.
    """
    active = ledger.same_access(of).filter(state=GrantState.ACTIVE)
    # Expired grants that nobody has closed yet do not explain the current binding.
    for grant in active.filter(end_time__lte=now).exclude(binding_end=F("end_time")):
        _note(grant, {"binding_end": grant.end_time}, now=now)
    active = active.filter(end_time__gt=now)
    standing = running(policy, ledger.wanted_of(of, description=""), now=now)
    if standing:
        for grant in active:
            _note(grant, _facts(standing), now=now)
        return
    for grant in active:
        with suppress(IllegalTransition):  # somebody closed it at the same time
            _drift(grant, "removed", now=now)


def note_binding_end(grant: Grant, standing: ActivationBinding, *, now: datetime) -> None:
    """Record the current binding in one active grant."""
    with recording():
        _note(grant, _facts(standing), now=now)


def _note(grant: Grant, values: dict[str, object], *, now: datetime) -> None:
    """Record what changed about the binding of an active grant."""
    active = Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE)
    if not active.filter(~Q(**values)).update(**values):
        return
    record(
        Step(
            kind="grant.binding_changed",
            at=now,
            grant=grant,
            was=GrantState.ACTIVE,
            became=GrantState.ACTIVE,
            rows=grant_changes(**values),
        )
    )


def _facts(standing: ActivationBinding) -> dict[str, object]:
    return {
        "binding_expression": standing.binding["condition"]["expression"],
        "binding_end": standing.end,
    }


def note_drift(grant: Grant, how: str, *, now: datetime) -> bool:
    """Record in a transaction that somebody changed the binding by hand; False when the grant had ended.

    A change by hand is never undone silently.
    """
    try:
        with recording():
            _drift(grant, how, now=now)
    except IllegalTransition:
        return False
    return True


def note_rename(grant: Grant, address: str, *, now: datetime) -> bool:
    """Record that IAM shows the binding of an active grant under another address of the person."""
    with recording():
        active = Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE)
        if not active.exclude(renamed_to=address).update(renamed_to=address):
            return False
        details = {"from": grant.renamed_to or grant.beneficiary_email, "to": address}
        record(
            Step(
                kind="grant.renamed",
                at=now,
                grant=grant,
                was=GrantState.ACTIVE,
                became=GrantState.ACTIVE,
                details=details,
                rows=grant_changes(renamed_to=address),
            )
        )
    return True


def _drift(grant: Grant, how: str, *, now: datetime) -> None:
    grant.ended_at, grant.end_reason = now, EndReason.DRIFTED
    details = {"reason": EndReason.DRIFTED.value, "binding": how}
    move(grant, GrantState.ENDED, actor=None, now=now, details=details)
