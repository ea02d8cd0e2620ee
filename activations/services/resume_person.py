"""Lifts the stop of a person, who may request access again. Ended access stays ended."""

from __future__ import annotations

from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.refusals import Moved, NotAllowed
from activations.domain.rules import check_address, check_reason
from activations.evidence.recording import Step, record, recording
from activations.models import Stop
from activations.people.actor import Actor
from activations.people.stops import stops_of
from activations.reporting import audit_log


def resume_person(*, email: str, reason: str, actor: Actor, now: datetime) -> None:
    """Lift the stop as an administrator.

    :raises NotAllowed: when the actor is not an administrator.
    :raises Refusal: without a reason, or when the address is invalid.
    :raises Moved: when the person is not stopped.
    """
    if not actor.user.permissions.is_administrator:
        raise NotAllowed("Only administrators can lift a stop")
    _resume(check_address(email), reason, actor.caller, now=now)


def resume_person_as_operator(*, email: str, reason: str, operator: Caller, now: datetime) -> None:
    """Lift the stop from the command line, whose users are authorized by the operating system.

    :raises Refusal: without a reason, or when the address is invalid.
    :raises Moved: when the person is not stopped.
    """
    _resume(check_address(email), reason, operator, now=now)


def _resume(email: str, reason: str, caller: Caller, *, now: datetime) -> None:
    text = check_reason(reason)
    with recording():
        stops = list(stops_of(email))
        if not stops:
            raise Moved(f"{email} is not stopped")
        Stop.objects.filter(pk__in=[stop.pk for stop in stops], lifted_at=None).update(
            lifted_at=now, lifted_by=caller.email
        )
        record(
            Step(
                kind="person.resumed",
                at=now,
                person=email,
                actor=caller,
                comment=text,
                details={"channel": caller.channel},
            )
        )
    audit_log.person_resumed(email=email, by=caller.email, reason=text)
