"""Names the deputy of an absent reviewer, and ends the absence."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError

from activations.domain.refusals import Moved
from activations.domain.rules import Refusal, check_address
from activations.evidence.recording import Step, record, recording
from activations.models import Absence
from activations.people.actor import Actor
from activations.people.addresses import known_addresses, owners_of
from activations.people.deputies import absence_of
from activations.people.stops import check_may_act, stopped_among
from activations.reporting.absences import absence_ended, deputy_named
from googlecloud.names import is_service_account

LONGEST = timedelta(days=90)


def name_deputy(
    *, deputy: str, starts_at: datetime | None, ends_at: datetime, actor: Actor, now: datetime
) -> Absence:
    """Let another person decide for the actor in this time; without a start, from now on.

    Replaces the actor's present or future absence. Naming the same again changes nothing.

    :raises Refusal: when the address is not that of another person who may act, or the time is not
        in the future or longer than 90 days.
    :raises Moved: when the actor named another deputy at the same moment.
    """
    address = check_address(deputy)
    start = max(starts_at, now) if starts_at else now
    _check_time(start, ends_at, now=now)
    _check_person(address, actor)
    try:
        with recording():
            check_may_act(actor.user)
            if current := absence_of(actor.user, now=now):
                if _is_same(current, address, starts_at, ends_at):
                    return current
                _end(current, actor, now=now)
            _close_past(actor, now=now)
            absence = _name(address, start, ends_at, actor, now=now)
    except IntegrityError:
        raise Moved("You named another deputy at the same moment. Reload the page") from None
    deputy_named(absence)
    return absence


def end_absence(*, actor: Actor, now: datetime) -> Absence | None:
    """End the actor's present or future absence; None when there is none."""
    with recording():
        absence = absence_of(actor.user, now=now)
        if absence is None or not _end(absence, actor, now=now):
            return None
    absence_ended(absence)
    return absence


def _check_time(start: datetime, end: datetime, *, now: datetime) -> None:
    if end <= now:
        raise Refusal("The end must be in the future")
    if end <= start:
        raise Refusal("The end must be later than the start")
    if end - start > LONGEST or start - now > LONGEST:
        raise Refusal(f"An absence starts within {LONGEST.days} days and lasts at most as long")


def _check_person(address: str, actor: Actor) -> None:
    owner = owners_of([address]).get(address)
    if address in known_addresses(actor.user) or address == actor.user.email or owner == actor.user:
        raise Refusal("You cannot be your own deputy. Name another person")
    if is_service_account(address):
        raise Refusal(f"{address} is a service account. Name a person")
    if stopped_among([address]):
        raise Refusal(f"{address} cannot review at the moment. Name another person")


def _is_same(current: Absence, address: str, starts_at: datetime | None, ends_at: datetime) -> bool:
    has_begun = starts_at is None or starts_at == current.starts_at
    return has_begun and (current.deputy_email, current.ends_at) == (address, ends_at)


def _name(address: str, start: datetime, end: datetime, actor: Actor, *, now: datetime) -> Absence:
    absence = Absence.objects.create(
        user=actor.user,
        email=actor.user.email,
        deputy=owners_of([address]).get(address),
        deputy_email=address,
        starts_at=start,
        ends_at=end,
        named_at=now,
    )
    record(
        Step(
            kind="absence.named",
            at=now,
            person=actor.user.email,
            actor=actor.caller,
            details={
                "absence": str(absence.pk),
                "deputy": address,
                "deputy_subject": absence.deputy.subject if absence.deputy else "",
                "starts_at": int(start.timestamp()),
                "ends_at": int(end.timestamp()),
                "channel": actor.caller.channel,
            },
        )
    )
    return absence


def _close_past(actor: Actor, *, now: datetime) -> None:
    """Set the end of absences whose time has passed, so that only one is open."""
    for past in Absence.objects.filter(user=actor.user, ended_at=None, ends_at__lte=now):
        Absence.objects.filter(pk=past.pk, ended_at=None).update(ended_at=past.ends_at)


def _end(absence: Absence, actor: Actor, *, now: datetime) -> bool:
    """End it early and record that. Return False when that was done at the same moment."""
    if not Absence.objects.filter(pk=absence.pk, ended_at=None).update(ended_at=now):
        return False
    absence.ended_at = now
    record(
        Step(
            kind="absence.ended",
            at=now,
            person=actor.user.email,
            actor=actor.caller,
            details={"absence": str(absence.pk), "deputy": absence.deputy_email},
        )
    )
    return True
