"""Stops a person: blocks them, withdraws their requests and ends their access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from activations.domain.caller import Caller
from activations.domain.refusals import NotAllowed, OutcomePending
from activations.domain.rules import Refusal, check_address, check_reason
from activations.domain.states import EndReason, GrantState
from activations.evidence.recording import Step, record, recording
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.ending import Ending, ask_to_end
from activations.models import Grant, Request, Stop
from activations.models.grant import GrantQuerySet
from activations.people.actor import Actor
from activations.people.stops import grants_of, person_of, requests_of, stops_of
from activations.reporting import audit_log
from activations.services.end_access import ending_work, finish_ending
from activations.services.unscheduling import withdraw_start
from activations.services.withdrawal import BY_ADMINISTRATOR, pending_requests, record_withdrawal
from googlecloud.calls import Deadline
from googlecloud.errors import GoogleCloudError

LATER = "Access continues for now. The end is recorded and tried again every few minutes"


@dataclass(frozen=True, slots=True)
class StopResult:
    """The result for one request or grant."""

    what: str
    word: str
    details: str = ""
    is_done: bool = True


@dataclass(frozen=True, slots=True)
class StopReport:
    """The active stop, whether it is new, and its results."""

    stop: Stop
    is_new: bool
    results: tuple[StopResult, ...]

    @property
    def is_complete(self) -> bool:
        return all(result.is_done for result in self.results)


def stop_person(
    *, email: str, reason: str, actor: Actor, dependencies: Dependencies, deadline: Deadline
) -> StopReport:
    """Stop a person as an administrator. Calling it again continues an interrupted stop.

    :raises NotAllowed: when the actor is not an administrator.
    :raises Refusal: for the actor themselves, without a reason, or when the address is invalid.
    """
    if not actor.user.permissions.is_administrator:
        raise NotAllowed("Only administrators can stop a person")
    address = check_address(email)
    if address == actor.user.email or person_of(address) == actor.user:
        raise Refusal("You cannot stop yourself. Ask another administrator to do it.")
    return _stop(address, reason, actor.caller, dependencies, deadline)


def stop_person_as_operator(
    *, email: str, reason: str, operator: Caller, dependencies: Dependencies, deadline: Deadline
) -> StopReport:
    """Stop a person from the command line, whose users are authorized by the operating system.

    :raises Refusal: without a reason, or when the address is invalid.
    """
    return _stop(check_address(email), reason, operator, dependencies, deadline)


def continue_stop(*, stop: Stop, now: datetime) -> None:
    """Withdraw pending requests and record the end of open grants, which the reconciler carries out."""
    comment = stop.reason
    for request in pending_requests(requests_of(stop)):
        record_withdrawal(request, caller=None, comment=comment, now=now)
    for request in _scheduled(stop):
        _withdraw_start(request, None, comment, now=now)
    for grant in _open_grants(stop, now).filter(ending_asked_at=None):
        ask_to_end(_work(grant, stop.stopped_by, comment, None), now=now)


def _stop(
    email: str, reason: str, caller: Caller, dependencies: Dependencies, deadline: Deadline
) -> StopReport:
    text = check_reason(reason)
    now = dependencies.clock().replace(microsecond=0)
    stop, is_new = _block(email, text, caller, now=now)
    results = [
        _withdraw(request, caller, text, now=now) for request in pending_requests(requests_of(stop))
    ]
    results += [_withdraw_start(one, caller, text, now=now) for one in _scheduled(stop)]
    # Record all ends first, so that the reconciler carries them out if this process crashes.
    works = [_work(grant, caller.email, text, caller) for grant in _open_grants(stop, now)]
    for work in works:
        ask_to_end(work, now=now)
    results += [_end(work, dependencies, deadline) for work in works]
    report = StopReport(stop, is_new, tuple(results))
    audit_log.person_stopped(
        email=email, by=caller.email, reason=text, results=[_line(one) for one in results]
    )
    return report


def _block(email: str, reason: str, caller: Caller, *, now: datetime) -> tuple[Stop, bool]:
    """Return the stop, and whether it is new. Committed before any other step."""
    with recording():
        if existing := stops_of(email).first():
            return existing, False
        user = person_of(email)
        stop = Stop.objects.create(
            user=user, email=email, reason=reason, stopped_at=now, stopped_by=caller.email
        )
        record(
            Step(
                kind="person.stopped",
                at=now,
                person=email,
                actor=caller,
                comment=reason,
                details={"subject": user.subject if user else "", "channel": caller.channel},
            )
        )
    return stop, True


def _withdraw(request: Request, caller: Caller, comment: str, *, now: datetime) -> StopResult:
    what = f"Request for {request.role} on {request.project_id}"
    if record_withdrawal(request, caller=caller, comment=comment, now=now):
        return StopResult(what, "Withdrawn")
    return StopResult(what, "Nothing to do", "The request was decided or expired in the meantime")


def _scheduled(stop: Stop) -> list[Request]:
    """Return the requests of the person with access that has not started."""
    grants = grants_of(stop).filter(state=GrantState.SCHEDULED)
    return list(requests_of(stop).filter(pk__in=grants.values("request")).order_by("start_at"))


def _withdraw_start(
    request: Request, caller: Caller | None, comment: str, *, now: datetime
) -> StopResult:
    grants = list(request.grants.filter(state=GrantState.SCHEDULED).select_related("request"))
    what = f"Scheduled: {', '.join(grant.role for grant in grants)} on {request.project_id}"
    if withdraw_start(
        grants, EndReason.REVOKED, by=caller, comment=comment, now=now, said=BY_ADMINISTRATOR
    ):
        return StopResult(what, "Withdrawn")
    return StopResult(what, "Nothing to do", "The access started or was withdrawn in the meantime")


def _open_grants(stop: Stop, now: datetime) -> GrantQuerySet:
    found = grants_of(stop).open(now).filter(end_time__gt=now)
    return found.select_related("request").order_by("project_id", "role")


def _work(grant: Grant, by: str, comment: str, caller: Caller | None) -> Ending:
    return ending_work([grant], EndReason.REVOKED, by=by, comment=comment, actor=caller)


def _end(work: Ending, dependencies: Dependencies, deadline: Deadline) -> StopResult:
    grant = work.grant
    what = f"{grant.role} on {grant.project_id}"
    if deadline.expired:
        return StopResult(what, "Not ended yet", f"{LATER}.", is_done=False)
    try:
        _await_writer(grant, dependencies)
        return _outcome(what, work, dependencies)
    except OutcomePending as error:
        return StopResult(what, "Not confirmed yet", str(error), is_done=False)
    except GoogleCloudError as error:
        return StopResult(what, "Still active", f"{LATER}. Google said: {error}", is_done=False)


def _await_writer(grant: Grant, dependencies: Dependencies) -> None:
    """Wait for a process that writes this grant. The stop prevents further writes."""
    if grant.state == GrantState.PROVISIONING:
        with writes.turn(grant.project_id, clock=dependencies.clock, sleep=dependencies.sleep):
            grant.refresh_from_db()


def _outcome(what: str, work: Ending, dependencies: Dependencies) -> StopResult:
    grant = work.grant
    if grant.state == GrantState.PROVISIONING:
        words = "Google has not confirmed that access was granted. It ends after the confirmation"
        return StopResult(what, "Not confirmed yet", words, is_done=False)
    if grant.state == GrantState.FAILED:
        return StopResult(what, "Never granted", grant.failure)
    finish_ending(work, dependencies=dependencies)
    return StopResult(what, "Ended", "The binding was removed from IAM")


def _line(result: StopResult) -> str:
    return f"{result.what}: {result.word}"
