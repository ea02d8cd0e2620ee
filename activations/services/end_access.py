"""End access before its time: by the holder, or by an administrator with a reason."""

from __future__ import annotations

from datetime import datetime

from activations.domain import reviewer_rules
from activations.domain.caller import Caller
from activations.domain.refusals import Moved, NotAllowed, OutcomePending
from activations.domain.rules import Refusal
from activations.domain.states import EndReason, Status
from activations.iam.dependencies import Dependencies
from activations.iam.ending import Ending, ask_to_end, end_access
from activations.iam.transitions import IllegalTransition
from activations.models import Grant
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.actor import Actor
from activations.reporting import audit_log
from googlecloud.errors import GoogleCloudError, OutcomeUnknown


def end_own(*, grant: Grant, actor: Actor, comment: str, dependencies: Dependencies) -> Grant:
    """Give access back; doing it twice is once.

    :raises NotAllowed: when it is somebody else's.
    :raises Moved: when it is not active.
    :raises OutcomePending, googlecloud.errors.GoogleCloudError: when Google has not confirmed or
        refuses; access goes on, and the end is tried again.
    """
    if grant.request.beneficiary_id != actor.user.pk:
        raise NotAllowed("Only the person who holds the access, or an administrator, can end it")
    text = reviewer_rules.check_comment(comment, required=False)
    return _end(grant, EndReason.HOLDER, text, actor, dependencies)


def revoke(*, grant: Grant, actor: Actor, comment: str, dependencies: Dependencies) -> Grant:
    """Take access away from somebody, with a reason.

    :raises NotAllowed: when the caller is no administrator.
    :raises Refusal: when no reason is given.
    :raises Moved: when it is not active.
    :raises OutcomePending, googlecloud.errors.GoogleCloudError: as for the holder.
    """
    if not actor.user.permissions.is_administrator:
        raise NotAllowed("Only administrators can take access away")
    text = reviewer_rules.check_comment(comment, required=False)
    if not text:
        raise Refusal("Say why the access is taken away")
    return _end(grant, EndReason.REVOKED, text, actor, dependencies)


def ending_work(
    grant: Grant, reason: EndReason, *, by: str, comment: str, actor: Caller | None
) -> Ending:
    """The end that somebody asked for, now or when it is tried again; who asked, and why, is told."""

    return Ending(grant=grant, reason=reason, by=by, comment=comment, actor=actor, on_success=_tell)


def _tell(done: Ending, at: datetime) -> None:
    announce(
        Announcement.ENDED,
        request=done.grant.request,
        now=at,
        grants=[done.grant],
        actor=done.by,
        comment=done.comment,
    )


def _end(
    grant: Grant, reason: EndReason, comment: str, actor: Actor, dependencies: Dependencies
) -> Grant:
    now = dependencies.clock().replace(microsecond=0)
    status = grant.status(now)
    if status is Status.ENDED:
        return grant
    if status is not Status.ACTIVE:
        raise Moved(f"This access is not active but {status.value.lower()}")
    work = ending_work(grant, reason, by=actor.user.email, comment=comment, actor=actor.caller)
    ask_to_end(work, now=now)
    try:
        end_access(work, dependencies=dependencies)
    except IllegalTransition:
        # Its time was over before this could be recorded: somebody else has closed it.
        grant.refresh_from_db()
        dependencies.forget(grant.beneficiary_email, grant.project_id)
        return grant
    except OutcomeUnknown as error:
        audit_log.end_failed(grant, by=actor.user.email, error=error)
        raise OutcomePending(
            "Google has not confirmed the end of the access yet. It will be tried again.",
            request_id=grant.request_id,
        ) from error
    except GoogleCloudError as error:
        audit_log.end_failed(grant, by=actor.user.email, error=error)
        raise
    audit_log.ended(grant, by=actor.user.email)
    return grant
