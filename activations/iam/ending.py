"""Ends one access early, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from activations.domain.bindings import Policy, Wanted, live_ours, without_access
from activations.domain.caller import Caller
from activations.domain.states import EndReason, GrantState
from activations.evidence.recording import Step, grant_changes, record, recording
from activations.iam import ledger, writes
from activations.iam.dependencies import Dependencies
from activations.iam.ledger import note_binding, note_renames
from activations.iam.transitions import IllegalTransition, move
from activations.iam.writes import storing, write_policy
from activations.models import Grant
from googlecloud.errors import GoogleCloudError
from googlecloud.policy import Modification


@dataclass(frozen=True, slots=True)
class Ending:
    """Grants of one access that end together; an actor of None is the automation.

    `by` is the person who asked for it. `on_success` runs in the transaction that records the outcome,
    once for each grant, with the recorded ending.
    """

    grants: tuple[Grant, ...]
    reason: EndReason
    by: str
    comment: str
    actor: Caller | None
    on_success: Callable[[Ending, datetime], None]

    @property
    def grant(self) -> Grant:
        """Any of the grants: all have the same person, role, condition and project."""
        return self.grants[0]


def ask_to_end(work: Ending, *, now: datetime) -> None:
    """Commit the intent: if the process crashes or Google refuses, the reconciler retries.

    A second call keeps the first reason, but a revocation takes precedence over the person's own end.
    A grant whose binding is being written ends after that write.
    """
    with recording():
        for grant in work.grants:
            _ask_to_end(work, grant, now=now)
    for grant in work.grants:
        grant.refresh_from_db()


def _ask_to_end(work: Ending, grant: Grant, *, now: datetime) -> None:
    may_ask = Q(ending_asked_at=None)
    if work.reason is EndReason.REVOKED:
        may_ask |= Q(ending_reason=EndReason.HOLDER)
    open_states = [GrantState.ACTIVE, GrantState.PROVISIONING]
    grant.refresh_from_db(fields=["state"])
    asked = {
        "ending_asked_at": now,
        "ending_asked_by": work.by,
        "ending_reason": work.reason,
        "ending_comment": work.comment,
    }
    if Grant.objects.filter(may_ask, pk=grant.pk, state__in=open_states).update(**asked):
        record(
            Step(
                kind="grant.ending",
                at=now,
                grant=grant,
                actor=work.actor,
                was=grant.state,
                became=grant.state,
                comment=work.comment,
                details={"reason": work.reason.value},
                rows=grant_changes(**asked),
            )
        )


def end_access(work: Ending, *, dependencies: Dependencies) -> None:
    """Write to IAM what remains without these grants, and record their end.

    Does nothing if somebody else ended them while we waited for the lease.

    :raises googlecloud.errors.GoogleCloudError: when Google refuses or fails; the grants stay
        active with the failure, and the reconciler retries.
    :raises OutcomeNotStored: when the database did not store the result; the reconciler records it.
    :raises IllegalTransition: when all had ended before this could be recorded.
    """
    project_id = work.grant.project_id
    try:
        with writes.turn(project_id, clock=dependencies.clock, sleep=dependencies.sleep):
            for grant in work.grants:
                grant.refresh_from_db()
            active = tuple(grant for grant in work.grants if grant.state == GrantState.ACTIVE)
            if active:
                left = replace(work, grants=active)
                done = _write(left, dependencies)
                with storing("Access was ended in IAM", request_id=work.grant.request_id):
                    _record_end(left, done, now=dependencies.clock())
    except GoogleCloudError as error:
        with storing(f"Access was not ended: {error}", request_id=work.grant.request_id):
            _note_failure(work, error, now=dependencies.clock())
        raise
    dependencies.forget(work.grant.beneficiary_email, project_id)


def _write(work: Ending, dependencies: Dependencies) -> Modification:
    return write_policy(
        work.grant.project_id,
        change=_change(work, dependencies),
        reason=f"End of access: {work.grant.binding_description}",
        policy=None,
        dependencies=dependencies,
    )


def _change(work: Ending, dependencies: Dependencies) -> Callable[[Policy], Policy]:
    """Return a function from policy to policy that reads the grants while we hold the lease.

    If the policy shows the binding under a new address, it records that first.
    """

    def change(policy: Policy) -> Policy:
        now = dependencies.clock()
        if note_renames(work.grant, policy, now=now):
            for grant in work.grants:
                grant.refresh_from_db(fields=["renamed_to"])
        grants = list(ledger.same_access(work.grant))
        access = ledger.wanted_of(work.grant, description=work.grant.binding_description)
        rest: Wanted | None = _remaining(grants, without=work.grants, policy=policy, now=now)
        return without_access(policy, access, remaining=rest, now=now)

    return change


def _remaining(
    grants: Iterable[Grant], *, without: Sequence[Grant], policy: Policy, now: datetime
) -> Wanted | None:
    """Return the access that should remain after some of its grants ended, or None.

    A grant in `provisioning` counts when the policy shows its binding: its process crashed before
    it recorded the write, or is about to record it.
    """
    over, ended = {grant.pk for grant in without}, without[0]
    others = [grant for grant in grants if grant.pk not in over and grant.end_time > now]
    standing = [grant for grant in others if _should_stand(grant, policy, now)]
    if not standing:
        return None
    longest = max(standing, key=lambda grant: grant.end_time)
    emails = ledger.addresses_of(ended)
    return Wanted(
        email=emails[0],
        former=emails[1:],
        role=ended.role,
        resource_condition=ended.resource_condition,
        start=min(grant.start_time for grant in standing),
        end=longest.end_time,
        description=longest.binding_description or ended.binding_description,
    )


def _should_stand(grant: Grant, policy: Policy, now: datetime) -> bool:
    if grant.state == GrantState.ACTIVE:
        return True
    if grant.state != GrantState.PROVISIONING:
        return False
    access = ledger.wanted_of(grant, description="")
    return any(ours.end == grant.end_time for ours in live_ours(policy, access, now=now))


def _record_end(work: Ending, done: Modification, *, now: datetime) -> None:
    """Record the end of each grant; those that were closed meanwhile keep their reason."""
    with recording():
        ended = [one for grant in work.grants if (one := _ended(work, grant, done, now=now))]
        if not ended:
            raise IllegalTransition(f"{work.grant} has already ended")
        note_binding(work.grant, done.after, now=now)
        for one in ended:
            one.on_success(one, now)


def _ended(work: Ending, grant: Grant, done: Modification, *, now: datetime) -> Ending | None:
    work = _as_asked(work, grant)
    grant.ended_at, grant.end_reason, grant.ending_failure = now, work.reason, ""
    try:
        move(
            grant,
            GrantState.ENDED,
            actor=work.actor,
            now=now,
            details=_details(work, done),
            comment=work.comment,
        )
    except IllegalTransition:
        return None
    return work


def _as_asked(work: Ending, grant: Grant) -> Ending:
    """Return the ending to record: the revocation, if an administrator requested one meanwhile."""
    grant.refresh_from_db(fields=["ending_asked_by", "ending_reason", "ending_comment"])
    work = replace(work, grants=(grant,))
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


def _note_failure(work: Ending, error: GoogleCloudError, *, now: datetime) -> None:
    with recording():
        for grant in work.grants:
            active = Grant.objects.filter(pk=grant.pk, state=GrantState.ACTIVE)
            if not active.update(ending_failure=str(error)):
                continue  # it ended at the same time
            grant.ending_failure = str(error)
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
