"""Ends access early, by its holder or by an administrator with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activations.domain import rules
from activations.domain.access import Access
from activations.domain.caller import Caller
from activations.domain.refusals import Moved, NotAllowed, OutcomeNotStored, OutcomePending
from activations.domain.rules import Refusal
from activations.domain.states import EndReason, GrantState, Status
from activations.iam.dependencies import Dependencies
from activations.iam.ending import Ending, ask_to_end, end_access
from activations.iam.ledger import same_access
from activations.iam.transitions import IllegalTransition
from activations.models import Grant
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.access_facts import access_of, held_by
from activations.people.actor import Actor
from activations.reporting import audit_log
from activations.services.unscheduling import withdraw_access
from googlecloud.errors import GoogleCloudError, OutcomeUnknown

# Requests wait no longer than this. The reconciler carries out the remaining ends.
MAX_WAIT = timedelta(seconds=20)
LATER = (
    "The time limit was reached before this access ended. JIT Access tries again within minutes."
)


@dataclass(frozen=True, slots=True)
class Ended:
    """The result of ending one access: what is still held, and the failure if it has not ended."""

    grant: Grant
    access: Access
    failure: str = ""


def end_own(*, grant: Grant, actor: Actor, comment: str, dependencies: Dependencies) -> Grant:
    """End one grant of the actor, but not other grants of the same access. Idempotent.

    :raises NotAllowed: when it belongs to another person.
    :raises Moved: when it is not active.
    :raises OutcomePending, googlecloud.errors.GoogleCloudError: when Google has not confirmed the end
        or refuses it. Access may continue, and the end is tried again.
    """
    text = _check_own(grant, actor, comment)
    return _end([grant], EndReason.HOLDER, text, actor, dependencies)


def end_own_access(
    *, grant: Grant, actor: Actor, comment: str, dependencies: Dependencies
) -> Grant:
    """End all of the actor's grants of the access that this grant belongs to.

    :raises NotAllowed, Moved, OutcomePending, googlecloud.errors.GoogleCloudError: as above.
    """
    text = _check_own(grant, actor, comment)
    owners = {actor.user.pk, None}
    return _end(_running(grant, dependencies, owners), EndReason.HOLDER, text, actor, dependencies)


def end_all_access(*, actor: Actor, comment: str, dependencies: Dependencies) -> list[Ended]:
    """End all access of the actor, one after the other. A failure does not stop the others.

    All ends are recorded first, so that those that fail or exceed the time limit are tried again.
    """
    text = rules.check_comment(comment, required=False)
    groups = held_by(actor.user, now=dependencies.clock())
    return _end_groups(groups, text, actor, dependencies)


def end_chosen_access(
    *, grants: Sequence[Grant], actor: Actor, comment: str, dependencies: Dependencies
) -> list[Ended]:
    """End the access that each of these grants of the actor belongs to, in the same way. Idempotent.

    Access that is not held any more counts as ended, so that a form can be sent twice.

    :raises NotAllowed: when one of them belongs to another person.
    :raises Refusal: when the comment is too long.
    """
    text = rules.check_comment(comment, required=False)
    for grant in grants:
        _check_own(grant, actor, comment)
    now, wanted = dependencies.clock(), {grant.role_key for grant in grants}
    groups = [group for group in held_by(actor.user, now=now) if group[0].role_key in wanted]
    ended = {one.grant.role_key: one for one in _end_groups(groups, text, actor, dependencies)}
    before = {grant.role_key: Ended(grant, access_of(grant, now=now)) for grant in grants}
    return list((before | ended).values())


def _end_groups(
    groups: Sequence[Sequence[Grant]], text: str, actor: Actor, dependencies: Dependencies
) -> list[Ended]:
    """End each of these accesses; all ends are recorded before the first is carried out."""
    started = dependencies.clock()
    works = [_work(group, EndReason.HOLDER, text, actor) for group in groups]
    for work in works:
        ask_to_end(work, now=started.replace(microsecond=0))
    return [_one_of_all(work, dependencies, until=started + MAX_WAIT) for work in works]


def _one_of_all(work: Ending, dependencies: Dependencies, *, until: datetime) -> Ended:
    failure = LATER
    if dependencies.clock() < until:
        try:
            finish_ending(work, dependencies=dependencies)
            failure = ""
        except OutcomeNotStored:
            raise  # without the database the others cannot be ended now; the reconciler ends them
        except (OutcomePending, GoogleCloudError) as error:
            failure = str(error)
    return Ended(work.grant, access_of(work.grant, now=dependencies.clock()), failure)


def revoke(*, grant: Grant, actor: Actor, comment: str, dependencies: Dependencies) -> Grant:
    """Revoke all grants of an access as an administrator, also scheduled ones, with a reason.

    :raises NotAllowed: when the actor is not an administrator.
    :raises Refusal: when no reason is given.
    :raises Moved: when it is not active.
    :raises OutcomePending, googlecloud.errors.GoogleCloudError: as for the holder.
    """
    if not actor.user.permissions.is_administrator:
        raise NotAllowed("Only administrators can revoke access")
    text = rules.check_comment(comment, required=False)
    if not text:
        raise Refusal("Enter the reason for revoking access")
    now = dependencies.clock().replace(microsecond=0)
    if withdraw_access(grant, by=actor.caller, comment=text, now=now):
        grant.refresh_from_db()
    return _end(_running(grant, dependencies), EndReason.REVOKED, text, actor, dependencies)


def ending_work(
    grants: Sequence[Grant], reason: EndReason, *, by: str, comment: str, actor: Caller | None
) -> Ending:
    """Return the work to end these grants, which notifies people with `by` and `comment` on success."""
    return Ending(
        grants=tuple(grants), reason=reason, by=by, comment=comment, actor=actor, on_success=_notify
    )


def _notify(done: Ending, at: datetime) -> None:
    announce(
        Announcement.ENDED,
        request=done.grant.request,
        now=at,
        grants=done.grants,
        actor=done.by,
        comment=done.comment,
    )


def _check_own(grant: Grant, actor: Actor, comment: str) -> str:
    if not grant.request.belongs_to(actor.user):
        raise NotAllowed("Only the person who holds the access, or an administrator, can end it")
    return rules.check_comment(comment, required=False)


def _running(
    grant: Grant, dependencies: Dependencies, owners: set[int | None] | None = None
) -> list[Grant]:
    """Return this grant and then the other running ones of its access, optionally only of `owners`."""
    now = dependencies.clock()
    others = [
        other
        for other in same_access(grant)
        if other.pk != grant.pk
        and other.state == GrantState.ACTIVE
        and other.access_end > now
        and (owners is None or other.request.beneficiary_id in owners)
    ]
    return [grant, *others]


def _work(grants: Sequence[Grant], reason: EndReason, comment: str, actor: Actor) -> Ending:
    return ending_work(grants, reason, by=actor.user.email, comment=comment, actor=actor.caller)


def _end(
    grants: Sequence[Grant],
    reason: EndReason,
    comment: str,
    actor: Actor,
    dependencies: Dependencies,
) -> Grant:
    """End these grants, and return the first one in its new state."""
    now = dependencies.clock().replace(microsecond=0)
    named, *others = grants
    status = named.status(now)
    if status not in {Status.ACTIVE, Status.ENDED, Status.WITHDRAWN}:
        raise Moved(f"This access is not active. It is {status.value.lower()}")
    running = grants if status is Status.ACTIVE else others
    if not running:
        return named
    work = _work(running, reason, comment, actor)
    ask_to_end(work, now=now)
    finish_ending(work, dependencies=dependencies)
    named.refresh_from_db()
    return named


def finish_ending(work: Ending, *, dependencies: Dependencies) -> None:
    """Carry out a requested end, and log the result.

    :raises OutcomePending, googlecloud.errors.GoogleCloudError: when Google has not confirmed the end
        or refuses it. Access may continue, and the end is tried again.
    """
    try:
        end_access(work, dependencies=dependencies)
    except IllegalTransition:
        # It expired before the end could be recorded, and another process has closed it.
        for grant in work.grants:
            grant.refresh_from_db()
        dependencies.forget(work.grant.beneficiary_email, work.grant.project_id)
    except GoogleCloudError as error:
        for grant in work.grants:
            audit_log.end_failed(grant, by=work.by, error=error)
        if not isinstance(error, OutcomeUnknown):
            raise
        raise OutcomePending(
            "Google has not confirmed the end of the access yet. It will be tried again.",
            request_id=work.grant.request_id,
        ) from error
    else:
        for grant in work.grants:
            audit_log.ended(grant, by=work.by)
