"""The caller's absence: who decides for them, and in which time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest
from django.utils import timezone

from activations.api.endpoint import Endpoint, serve
from activations.domain.refusals import NotAvailable
from activations.domain.rules import Refusal
from activations.models import Absence
from activations.people.actor import actor_of, user_of
from activations.people.deputies import absence_of
from activations.services.absence import end_absence, name_deputy

NONE = "You have no absence now or later"


@dataclass(frozen=True, slots=True)
class AbsenceBody:
    """The deputy's e-mail address; times in epoch seconds. Without `startTime`, from now on."""

    deputy: str = ""
    start_time: int = 0
    end_time: int = 0


@dataclass(frozen=True, slots=True)
class AbsenceAnswer:
    """A present or future absence."""

    deputy: str
    start_time: datetime
    end_time: datetime

    @classmethod
    def of(cls, absence: Absence) -> AbsenceAnswer:
        return cls(absence.deputy_email, absence.starts_at, absence.ended_at or absence.ends_at)


def absence(request: HttpRequest) -> AbsenceAnswer:
    return _answer(absence_of(user_of(request), now=timezone.now()))


def named(request: HttpRequest, body: AbsenceBody) -> AbsenceAnswer:
    if not body.end_time:
        raise Refusal("endTime is required: when the absence ends, in epoch seconds")
    made = name_deputy(
        deputy=body.deputy,
        starts_at=_instant("startTime", body.start_time) if body.start_time else None,
        ends_at=_instant("endTime", body.end_time),
        actor=actor_of(request),
        now=timezone.now().replace(microsecond=0),
    )
    return AbsenceAnswer.of(made)


def ended(request: HttpRequest) -> AbsenceAnswer:
    now = timezone.now().replace(microsecond=0)
    return _answer(end_absence(actor=actor_of(request), now=now))


def _answer(found: Absence | None) -> AbsenceAnswer:
    if found is None:
        raise NotAvailable(NONE)
    return AbsenceAnswer.of(found)


def _instant(name: str, seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError):
        raise Refusal(f"{name} is not a time in epoch seconds") from None


absence_view = serve(
    Endpoint(
        "GET", "The caller's present or future absence", AbsenceAnswer, absence, errors=(404,)
    ),
    Endpoint(
        "POST",
        "Name a deputy, who may decide what the caller may decide",
        AbsenceAnswer,
        named,
        takes=AbsenceBody,
        errors=(400, 403, 409, 415),
    ),
    Endpoint("DELETE", "End the caller's absence", AbsenceAnswer, ended, errors=(403, 404)),
)
