"""Reminds the reviewers of an open stage, and lets more people approve it; each once for an opening of the stage.

The time of the step is a column of the request. It is set, recorded and announced in one transaction, so
that an interrupted run leaves nothing or all of it, and of two runs at the same moment only one does it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from activations.domain.stages import MOST_NOTIFIED
from activations.domain.states import ReviewerPart
from activations.evidence.recording import (
    Step,
    record,
    recording,
    request_changes,
    reviewer_rows,
)
from activations.models import Request, Reviewer
from activations.notifications.announce import announce_to
from activations.notifications.kinds import Announcement
from activations.people.addresses import current_addresses, owners_of
from activations.people.deputies import absent_reviewer
from activations.people.stops import stopped_among
from activations.reporting import audit_stages
from activations.services.candidates import able_to_review, people_behind, standing
from activations.services.opening import Opening, add_reviewers
from eligibility.people import People


class NobodyFound(Exception):
    """Groups cannot be read, so it is not known who may approve as well; to be tried again."""


def remind(seen: Request, *, now: datetime) -> bool:
    """Remind those who were told of the stage and have not answered.

    :return: whether this run did it; not when the stage has changed since the request was read.
    """
    with recording():
        request = _claimed(seen, now, reminded_at=now)
        if request is None:
            return False
        told = _addresses_to_tell(request, _notified(request))
        _record(request, "request.reminded", told=told, reminded_at=now)
        announce_to(told, Announcement.REMINDED, request=request, now=now)
    audit_stages.reminded(request, told)
    return True


def escalate(
    seen: Request, *, to: Sequence[str], people: People, now: datetime, is_patient: bool
) -> bool:
    """Let the people of `to` approve the open stage too, and tell them and the reviewers before them.

    `people` are the members of the groups in `to`. A patient call needs all of the groups, another one
    only somebody who may approve.

    :return: whether this run did it; not when the stage has changed since the request was read.
    :raises NobodyFound: when groups cannot be read that are needed.
    """
    with recording():
        request = _claimed(seen, now, escalated_at=now)
        if request is None:
            return False
        named = _who_may_approve(request, to, people)
        if people.unread and (is_patient or not named):
            raise NobodyFound(f"The members of {', '.join(sorted(people.unread))} cannot be read")
        before = _notified(request)
        parts = dict.fromkeys(sorted(named), ReviewerPart.APPROVER)
        added = add_reviewers(request, Opening(request.stage, parts), now=now)
        joined = list(_rows(request).filter(email__in=named))[:MOST_NOTIFIED]
        told = _addresses_to_tell(request, [*before, *joined])
        _record(request, "request.escalated", told=told, added=added, escalated_at=now)
        announce_to(told, Announcement.ESCALATED, request=request, now=now)
    audit_stages.escalated(request, told)
    return True


def _claimed(seen: Request, now: datetime, **times: datetime) -> Request | None:
    """Set these times, if the same opening of the stage waits without them. Return the request then."""
    opening = {"pk": seen.pk, "stage": seen.stage, "stage_opened_at": seen.stage_opened_at}
    waiting = Request.objects.pending(now).filter(**opening, **dict.fromkeys(times))
    if waiting.update(**times) != 1:
        return None
    return Request.objects.select_related("beneficiary").get(pk=seen.pk)


def _who_may_approve(request: Request, to: Sequence[str], people: People) -> set[str]:
    requester = request.beneficiary
    assert requester is not None  # noqa: S101  # only adopted access has none, and it does not wait
    named = frozenset().union(*(people_behind(one, people) for one in to))
    return able_to_review(named, requester, reviewed=standing(request), members=people)


def _answered(request: Request, emails: Collection[str]) -> set[str]:
    """Return those of the addresses whose person, or their deputy, reviewed the request, in any stage."""
    reviews = standing(request)
    people = {one.reviewer for one in reviews} | {absent_reviewer(one) for one in reviews}
    return {email for email, owner in owners_of(emails).items() if owner in people}


def _rows(request: Request) -> QuerySet[Reviewer, Reviewer]:
    return request.reviewers.filter(stage=request.stage).order_by("pk")


def _notified(request: Request) -> list[Reviewer]:
    return list(_rows(request).filter(is_notified=True))


def _addresses_to_tell(request: Request, reviewers: Sequence[Reviewer]) -> list[str]:
    """Return the present addresses of those who can still answer, each once."""
    emails = list(dict.fromkeys(current_addresses(reviewers)))
    excluded = stopped_among(emails) | _answered(request, emails)
    return [email for email in emails if email not in excluded]


def _record(
    request: Request,
    kind: str,
    *,
    told: Sequence[str],
    added: Sequence[Reviewer] = (),
    **times: datetime,
) -> None:
    (now,) = times.values()
    rows: dict[str, Any] = request_changes(**times)
    if added:
        rows |= reviewer_rows(list(added))
    details = {"stage": request.stage, "notified": list(told)}
    record(Step(kind=kind, at=now, request=request, details=details, rows=rows))
