"""Taking access away before its time, and nothing but that access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from activations.domain.bindings import Policy, Wanted, running, without_access
from activations.domain.caller import Caller
from activations.domain.states import EndReason, GrantState
from activations.evidence.facts import grant_changes
from activations.evidence.recording import Step, record, recording
from activations.iam import leases, ledger
from activations.iam.dependencies import Dependencies
from activations.iam.transitions import move
from activations.iam.writes import write_policy
from activations.models import Grant
from googlecloud.errors import GoogleCloudError
from googlecloud.policy import Modification


@dataclass(frozen=True, slots=True)
class Ending:
    """One grant that shall end; an actor that is None is the automation.

    `by` is who asked for it. `on_success` runs in the transaction that records the outcome, and is
    given what was recorded.
    """

    grant: Grant
    reason: EndReason
    by: str
    comment: str
    actor: Caller | None
    on_success: Callable[[Ending, datetime], None]


def ask_to_end(work: Ending, *, now: datetime) -> None:
    """Commit the intent: should the process die or Google refuse, it is tried again.

    Asking twice keeps the first reason; but a revocation takes precedence over the holder's wish.
    """
    grant = work.grant
    may_ask = Q(ending_asked_at=None)
    if work.reason is EndReason.REVOKED:
        may_ask |= Q(ending_reason=EndReason.HOLDER)
    with recording():
        asked = {
            "ending_asked_at": now,
            "ending_asked_by": work.by,
            "ending_reason": work.reason,
            "ending_comment": work.comment,
        }
        active = Grant.objects.filter(may_ask, pk=grant.pk, state=GrantState.ACTIVE)
        if active.update(**asked):
            record(
                Step(
                    kind="grant.ending",
                    at=now,
                    grant=grant,
                    actor=work.actor,
                    was=GrantState.ACTIVE,
                    became=GrantState.ACTIVE,
                    comment=work.comment,
                    details={"reason": work.reason.value},
                    rows=grant_changes(**asked),
                )
            )
    grant.refresh_from_db()


def end_access(work: Ending, *, dependencies: Dependencies) -> None:
    """Make IAM equal to what remains without this grant, and record its end.

    Nothing is left to do when it was ended by somebody else while we waited for our turn.

    :raises googlecloud.errors.GoogleCloudError: when Google refuses or fails; the grant stays
        active, says why, and is tried again.
    :raises IllegalTransition: when it was over before this could be recorded.
    """
    grant = work.grant
    try:
        with leases.turn(grant.project_id, clock=dependencies.clock, sleep=dependencies.sleep):
            grant.refresh_from_db()
            if grant.state == GrantState.ACTIVE:
                done = _write(grant, dependencies)
                _record_end(work, done, now=dependencies.clock())
    except GoogleCloudError as error:
        _note_failure(work, error, now=dependencies.clock())
        raise
    dependencies.forget(grant.beneficiary_email, grant.project_id)


def _write(grant: Grant, dependencies: Dependencies) -> Modification:
    return write_policy(
        grant.project_id,
        change=_change(grant, dependencies),
        reason=f"End of access: {grant.binding_description}",
        policy=None,
        dependencies=dependencies,
    )


def _change(grant: Grant, dependencies: Dependencies) -> Callable[[Policy], Policy]:
    """Policy to policy, by the ledger as it is while the lease is ours."""
    grants = ledger.same_access(grant)
    access = ledger.wanted_of(grant, description=grant.binding_description)

    def change(policy: Policy) -> Policy:
        now = dependencies.clock()
        rest: Wanted | None = ledger.remaining(grants, without=grant, policy=policy, now=now)
        return without_access(policy, access, remaining=rest, now=now)

    return change


def _record_end(work: Ending, done: Modification, *, now: datetime) -> None:
    with recording():
        work = _as_asked(work)
        grant = work.grant
        grant.ended_at, grant.end_reason, grant.ending_failure = now, work.reason, ""
        move(
            grant,
            GrantState.ENDED,
            actor=work.actor,
            now=now,
            details=_details(work, done),
            comment=work.comment,
        )
        _note_what_stands(grant, done.after, now=now)
        work.on_success(work, now)


def _as_asked(work: Ending) -> Ending:
    """What was carried out: the revocation, if an administrator asked for one before or meanwhile."""
    grant = work.grant
    grant.refresh_from_db(fields=["ending_asked_by", "ending_reason", "ending_comment"])
    if work.reason is EndReason.REVOKED or grant.ending_reason != EndReason.REVOKED:
        return work
    return replace(
        work,
        reason=EndReason.REVOKED,
        by=grant.ending_asked_by,
        comment=grant.ending_comment,
        actor=None,
    )


def _details(work: Ending, done: Modification) -> dict[str, object]:
    return {
        "reason": work.reason.value,
        "etag_before": str(done.before.get("etag", "")),
        "etag_after": str(done.after.get("etag", "")),
        "written": done.written,
    }


def _note_what_stands(ended: Grant, policy: Policy, *, now: datetime) -> None:
    """The grants that remain know the binding that now stands for them all."""
    standing = running(policy, ledger.wanted_of(ended, description=""), now=now)
    if standing is None:
        return
    values = {
        "binding_expression": standing.binding["condition"]["expression"],
        "binding_end": standing.end,
    }
    others = Grant.objects.filter(
        role_key=ended.role_key,
        beneficiary_email=ended.beneficiary_email,
        state=GrantState.ACTIVE,
    )
    for grant in others.exclude(**values).select_related("request"):
        Grant.objects.filter(pk=grant.pk).update(**values)
        record(
            Step(
                kind="grant.binding_changed",
                at=now,
                grant=grant,
                was=GrantState.ACTIVE,
                became=GrantState.ACTIVE,
                details={"ended": str(ended.pk)},
                rows=grant_changes(**values),
            )
        )


def _note_failure(work: Ending, error: GoogleCloudError, *, now: datetime) -> None:
    grant = work.grant
    with recording():
        active = Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE)
        if not active.update(ending_failure=str(error)):
            return  # it was over at that very moment
        record(
            Step(
                kind="grant.end_failed",
                at=now,
                grant=grant,
                actor=work.actor,
                was=GrantState.ACTIVE,
                became=GrantState.ACTIVE,
                details={"error": type(error).__name__, "message": str(error)},
                rows=grant_changes(ending_failure=str(error)),
            )
        )
    grant.ending_failure = str(error)
