"""What a policy, just read or written, says of the grants of one access."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db.models import F

from activations.domain.bindings import ActivationBinding, Policy, running
from activations.domain.states import EndReason, GrantState
from activations.evidence.recording import recording
from activations.iam import ledger
from activations.iam.transitions import IllegalTransition, move
from activations.models import Grant


def note_binding(of: Grant, policy: Policy, *, now: datetime) -> None:
    """Let all active grants of this access know the binding that stands for them.

    Where none stands, somebody removed it by hand: these grants have drifted. Call it while the
    project's lease is ours, in the transaction that records the outcome.
    """
    active = Grant.objects.filter(
        role_key=of.role_key, beneficiary_email=of.beneficiary_email, state=GrantState.ACTIVE
    )
    # Grants whose time is over and which nobody has closed yet are no reason for what stands.
    active.filter(end_time__lte=now).update(binding_end=F("end_time"))
    active = active.filter(end_time__gt=now)
    standing = running(policy, ledger.wanted_of(of, description=""), now=now)
    if standing:
        active.update(**_facts(standing))
        return
    for grant in active.select_related("request"):
        with suppress(IllegalTransition):  # it was closed at this very moment
            _drift(grant, "removed", now=now)


def note_binding_end(grant: Grant, standing: ActivationBinding) -> None:
    """Let one active grant know the binding that stands for it."""
    Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE).update(**_facts(standing))


def _facts(standing: ActivationBinding) -> dict[str, object]:
    return {
        "binding_expression": standing.binding["condition"]["expression"],
        "binding_end": standing.end,
    }


def note_drift(grant: Grant, how: str, *, now: datetime) -> bool:
    """Record in a transaction that somebody changed the binding by hand; False when it was over.

    What was changed by hand is never written again behind anybody's back.
    """
    try:
        with recording():
            _drift(grant, how, now=now)
    except IllegalTransition:
        return False
    return True


def _drift(grant: Grant, how: str, *, now: datetime) -> None:
    grant.ended_at, grant.end_reason = now, EndReason.DRIFTED
    details = {"reason": EndReason.DRIFTED.value, "binding": how}
    move(grant, GrantState.ENDED, actor=None, now=now, details=details)
