"""Taking access away before its time, and nothing but that access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from activations.domain.bindings import Policy, Wanted, without_access
from activations.domain.caller import Caller
from activations.domain.states import EndReason, GrantState
from activations.evidence.facts import grant_changes
from activations.evidence.recording import Step, record, recording
from activations.iam import leases, ledger
from activations.iam.binding_ends import note_binding
from activations.iam.dependencies import Dependencies
from activations.iam.renames import note_renames
from activations.iam.transitions import IllegalTransition, move
from activations.iam.writes import write_policy
from activations.models import Grant
from googlecloud.errors import GoogleCloudError
from googlecloud.policy import Modification


@dataclass(frozen=True, slots=True)
class Ending:
    """Grants of one access that shall end together; an actor that is None is the automation.

    `by` is who asked for it. `on_success` runs in the transaction that records the outcome, for
    each grant, and is given what was recorded.
    """

    grants: tuple[Grant, ...]
    reason: EndReason
    by: str
    comment: str
    actor: Caller | None
    on_success: Callable[[Ending, datetime], None]

    @property
    def grant(self) -> Grant:
        """Any of them: they are for the same person, role, condition and project."""
        return self.grants[0]


def ask_to_end(work: Ending, *, now: datetime) -> None:
    """Commit the intent: should the process die or Google refuse, it is tried again.

    Asking twice keeps the first reason; but a revocation takes precedence over the holder's wish.
    The end of a grant that is being written comes when it has been.
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
    """Make IAM equal to what remains without these grants, and record their end.

    Nothing is left to do when they were ended by somebody else while we waited for our turn.

    :raises googlecloud.errors.GoogleCloudError: when Google refuses or fails; the grants stay
        active, say why, and are tried again.
    :raises IllegalTransition: when all were over before this could be recorded.
    """
    project_id = work.grant.project_id
    try:
        with leases.turn(project_id, clock=dependencies.clock, sleep=dependencies.sleep):
            for grant in work.grants:
                grant.refresh_from_db()
            active = tuple(grant for grant in work.grants if grant.state == GrantState.ACTIVE)
            if active:
                left = replace(work, grants=active)
                _record_end(left, _write(left, dependencies), now=dependencies.clock())
    except GoogleCloudError as error:
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
    """Policy to policy, by the ledger as it is while the lease is ours.

    Where the policy shows the binding under a new address, that is recorded first.
    """

    def change(policy: Policy) -> Policy:
        now = dependencies.clock()
        if note_renames(work.grant, policy, now=now):
            for grant in work.grants:
                grant.refresh_from_db(fields=["renamed_to"])
        grants = list(ledger.same_access(work.grant))
        access = ledger.wanted_of(work.grant, description=work.grant.binding_description)
        rest: Wanted | None = ledger.remaining(grants, without=work.grants, policy=policy, now=now)
        return without_access(policy, access, remaining=rest, now=now)

    return change


def _record_end(work: Ending, done: Modification, *, now: datetime) -> None:
    """Record the end of each; what was closed at this very moment keeps the reason it has."""
    with recording():
        ended = [one for grant in work.grants if (one := _ended(work, grant, done, now=now))]
        if not ended:
            raise IllegalTransition(f"{work.grant} is over already")
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
    """What was carried out: the revocation, if an administrator asked for one before or meanwhile."""
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
                continue  # it was over at that very moment
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
