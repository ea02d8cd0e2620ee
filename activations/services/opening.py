"""Opens a stage of a request: stores who may approve, and notifies them or those whom the requester chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.stages import MOST_NOTIFIED
from activations.domain.states import ReviewerPart
from activations.evidence.recording import Step, record, request_changes, reviewer_rows
from activations.models import Request, Reviewer
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.people.addresses import owners_of


@dataclass(frozen=True, slots=True)
class Opening:
    """A stage to be opened, counted from 1, with everybody who may approve in it."""

    stage: int
    parts: Mapping[str, ReviewerPart]
    # Whom the requester chose; everybody is notified when they chose nobody.
    chosen: Collection[str] = ()

    def is_notified(self) -> set[str]:
        """Return who is notified: at most so many that nobody's mail provider takes it for spam."""
        return set(self.chosen) or set(sorted(self.parts)[:MOST_NOTIFIED])


def add_reviewers(request: Request, opening: Opening, *, now: datetime) -> list[Reviewer]:
    """Insert the people of a stage who were not asked in it before, and return them."""
    rows = list(Reviewer.objects.filter(request=request, stage=opening.stage))
    known, notified = owners_of(opening.parts), opening.is_notified()
    accounts = {row.user_id for row in rows} - {None}
    asked = {row.email for row in rows}
    asked |= {email for email, person in known.items() if person.pk in accounts}
    return Reviewer.objects.bulk_create(
        Reviewer(
            request=request,
            email=email,
            user=known.get(email),
            part=part,
            asked_at=now,
            stage=opening.stage,
            is_notified=email in notified,
        )
        for email, part in opening.parts.items()
        if email not in asked
    )


def open_stage(request: Request, opening: Opening, *, actor: Caller, now: datetime) -> None:
    """Open a stage of a request whose row is locked, and notify. Call it in `recording()`."""
    values = {
        "stage": opening.stage,
        "stage_opened_at": now,
        "reminded_at": None,
        "escalated_at": None,
    }
    Request.objects.filter(pk=request.pk).update(**values)
    for name, value in values.items():
        setattr(request, name, value)
    added = add_reviewers(request, opening, now=now)
    record(
        Step(
            kind="request.stage_opened",
            at=now,
            request=request,
            actor=actor,
            details={"stage": opening.stage},
            rows=request_changes(**values) | (reviewer_rows(added) if added else {}),
        )
    )
    announce(Announcement.REQUESTED, request=request, now=now)
