"""End access before its time: by the holder, or by an administrator with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activations import audit, reviewer_rules
from activations.access_facts import access_of, held_by
from activations.asker import Asker
from activations.caller import Caller
from activations.domain.access import Access
from activations.ending import Ending, ask_to_end, end_access
from activations.grant_moves import IllegalTransition
from activations.ledger import same_access
from activations.models import Grant
from activations.notifications import Announcement, announce
from activations.refusals import Moved, NotAllowed, OutcomePending
from activations.rules import Refusal
from activations.states import EndReason, GrantState, Status
from activations.writer import Writer
from googlecloud.errors import GoogleCloudError, OutcomeUnknown

# A page waits no longer than this; what is left then was asked for, and the reconciler ends it.
PATIENCE = timedelta(seconds=20)
LATER = "There was no time left to end this one now. It is tried again within minutes."


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one access: what is held of it afterwards, and why it has not ended."""

    grant: Grant
    access: Access
    failure: str = ""


def end_own(*, grant: Grant, asker: Asker, comment: str, writer: Writer) -> Grant:
    """End one grant of one's own; doing it twice is once. Other grants of the same access stay.

    :raises NotAllowed: when it is somebody else's.
    :raises Moved: when it is not active.
    :raises OutcomePending, googlecloud.errors.GoogleCloudError: when Google has not confirmed or
        refuses; access may go on, and the end is tried again.
    """
    text = _check_own(grant, asker, comment)
    return _end([grant], EndReason.HOLDER, text, asker, writer)


def end_own_access(*, grant: Grant, asker: Asker, comment: str, writer: Writer) -> Grant:
    """End all of one's own grants of the access that this grant is a part of.

    :raises NotAllowed, Moved, OutcomePending, googlecloud.errors.GoogleCloudError: as above.
    """
    text = _check_own(grant, asker, comment)
    owners = {asker.user.pk, None}
    return _end(_running(grant, writer, owners), EndReason.HOLDER, text, asker, writer)


def end_all_access(*, asker: Asker, comment: str, writer: Writer) -> list[Ended]:
    """End everything that one holds, one access after the other; a failure stops no other.

    All ends are asked for first, so that what fails or finds no time is tried again later.
    """
    text = reviewer_rules.check_comment(comment, required=False)
    started = writer.clock()
    groups = held_by(asker.user, now=started)
    works = [_work(group, EndReason.HOLDER, text, asker) for group in groups]
    for work in works:
        ask_to_end(work, now=started.replace(microsecond=0))
    return [_one_of_all(work, asker, writer, until=started + PATIENCE) for work in works]


def _one_of_all(work: Ending, asker: Asker, writer: Writer, *, until: datetime) -> Ended:
    failure = LATER
    if writer.clock() < until:
        try:
            _carry_out(work, asker, writer)
            failure = ""
        except (OutcomePending, GoogleCloudError) as error:
            failure = str(error)
    return Ended(work.grant, access_of(work.grant, now=writer.clock()), failure)


def revoke(*, grant: Grant, asker: Asker, comment: str, writer: Writer) -> Grant:
    """Take access away from somebody, with a reason: all grants of that access.

    :raises NotAllowed: when the caller is no administrator.
    :raises Refusal: when no reason is given.
    :raises Moved: when it is not active.
    :raises OutcomePending, googlecloud.errors.GoogleCloudError: as for the holder.
    """
    if not asker.user.part.is_administrator:
        raise NotAllowed("Only administrators can take access away")
    text = reviewer_rules.check_comment(comment, required=False)
    if not text:
        raise Refusal("Say why the access is taken away")
    return _end(_running(grant, writer), EndReason.REVOKED, text, asker, writer)


def ending_work(
    grants: Sequence[Grant], reason: EndReason, *, by: str, comment: str, actor: Caller | None
) -> Ending:
    """The end that somebody asked for, now or when it is tried again; who asked, and why, is told."""
    return Ending(
        grants=tuple(grants), reason=reason, by=by, comment=comment, actor=actor, on_success=_tell
    )


def _tell(done: Ending, at: datetime) -> None:
    announce(
        Announcement.ENDED,
        request=done.grant.request,
        now=at,
        grants=done.grants,
        actor=done.by,
        comment=done.comment,
    )


def _check_own(grant: Grant, asker: Asker, comment: str) -> str:
    if grant.request.beneficiary_id != asker.user.pk:
        raise NotAllowed("Only the person who holds the access, or an administrator, can end it")
    return reviewer_rules.check_comment(comment, required=False)


def _running(grant: Grant, writer: Writer, owners: set[int | None] | None = None) -> list[Grant]:
    """This grant first, and the running ones of the same access, all or those of some people."""
    now = writer.clock()
    others = [
        other
        for other in same_access(grant)
        if other.pk != grant.pk
        and other.state == GrantState.ACTIVE
        and other.access_end > now
        and (owners is None or other.request.beneficiary_id in owners)
    ]
    return [grant, *others]


def _work(grants: Sequence[Grant], reason: EndReason, comment: str, asker: Asker) -> Ending:
    return ending_work(
        grants, reason, by=asker.user.email, comment=comment, actor=asker.caller
    )


def _end(
    grants: Sequence[Grant], reason: EndReason, comment: str, asker: Asker, writer: Writer
) -> Grant:
    """End these; the first is the one that was named, and is returned as it is then."""
    now = writer.clock().replace(microsecond=0)
    named, *others = grants
    status = named.status(now)
    if status not in {Status.ACTIVE, Status.ENDED}:
        raise Moved(f"This access is not active but {status.value.lower()}")
    running = others if status is Status.ENDED else grants
    if not running:
        return named
    work = _work(running, reason, comment, asker)
    ask_to_end(work, now=now)
    _carry_out(work, asker, writer)
    named.refresh_from_db()
    return named


def _carry_out(work: Ending, asker: Asker, writer: Writer) -> None:
    """:raises OutcomePending, googlecloud.errors.GoogleCloudError: when it has not ended."""
    by = asker.user.email
    try:
        end_access(work, writer=writer)
    except IllegalTransition:
        # Its time was over before this could be recorded: somebody else has closed it.
        for grant in work.grants:
            grant.refresh_from_db()
        writer.forget(work.grant.beneficiary_email, work.grant.project_id)
    except GoogleCloudError as error:
        for grant in work.grants:
            audit.end_failed(grant, by=by, error=error)
        if not isinstance(error, OutcomeUnknown):
            raise
        raise OutcomePending(
            "Google has not confirmed the end of the access yet. It will be tried again.",
            request_id=work.grant.request_id,
        ) from error
    else:
        for grant in work.grants:
            audit.ended(grant, by=by)
