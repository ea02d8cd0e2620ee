"""The states of requests and grants: the intent, which is committed before a write, and every transition.

One conditional update decides a transition, and records its event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from activations.domain.caller import Caller
from activations.domain.states import (
    GRANT_TRANSITIONS,
    REQUEST_TRANSITIONS,
    EndReason,
    GrantState,
    RequestState,
)
from activations.evidence.recording import (
    Step,
    grant_changes,
    grant_row,
    record,
    record_all,
    request_changes,
)
from activations.models import Grant, Request
from eligibility.compiled import CompiledUpdate, column, key, text
from eligibility.judgement import granted_period
from eligibility.membership import Holding
from eligibility.validity import Period

DECISIONS = frozenset({RequestState.APPROVED, RequestState.DECLINED})
SAVED_AT_APPROVAL = ("granted_rule", "granted_policy_sha256", "granted_minutes")
SAVED = (
    *("binding_end", "binding_title", "binding_description", "binding_expression", "written_at"),
    *("write_attempts", "etag_before", "etag_after", "failure", "failure_kind"),
    *("ended_at", "end_reason", "ending_failure"),
)


def new_grants(request: Request, holdings: Sequence[Holding], *, start: datetime) -> list[Grant]:
    """Return unsaved grants for the roles held, from `start` for the minutes that were approved or, without approval,
    requested.

    They are scheduled if the request asks for a later start. Each ends with its eligibility, if that is
    earlier.

    :raises NotEligible: when a role's condition is false for all of that time.
    """
    return [_grant(request, holding, start) for holding in holdings]


def _grant(request: Request, holding: Holding, start: datetime) -> Grant:
    role, at = holding.project_role, request.details.starts(start)
    period = granted_period(
        request.beneficiary_email,
        role,
        holding.activation_type,
        Period.of(at, timedelta(minutes=request.minutes_at_most)),
    )
    return Grant(
        request=request,
        state=GrantState.SCHEDULED if at > start else GrantState.PROVISIONING,
        project_id=role.project_id,
        role=role.role,
        resource_condition=role.resource_condition,
        role_key=role.key,
        beneficiary_email=request.holder_email,
        start_time=at,
        end_time=period.end,
        eligible_by=list(holding.via),
        eligible_at=holding.attached_resource[:255],
    )


def save_grants(grants: Sequence[Grant], *, actor: Caller, now: datetime) -> None:
    """Insert the grants and their first events; call it in the transaction of the decision."""
    Grant.objects.bulk_create(grants)
    record_all(_first_step(grant, actor=actor, now=now) for grant in grants)


def _first_step(grant: Grant, *, actor: Caller, now: datetime) -> Step:
    return Step(
        kind=f"grant.{grant.state}",
        at=now,
        grant=grant,
        actor=actor,
        became=grant.state,
        details={
            "resource_condition": grant.resource_condition,
            "start": int(grant.start_time.timestamp()),
            "end": int(grant.end_time.timestamp()),
            "eligible_by": grant.eligible_by,
            "eligible_at": grant.eligible_at,
        },
        rows=grant_row(grant),
    )


class IllegalTransition(Exception):
    """The request or grant has changed state in the meantime."""


def move(
    grant: Grant,
    target: GrantState,
    *,
    actor: Caller | None,
    now: datetime,
    details: Mapping[str, object],
    comment: str = "",
) -> None:
    """Make a transition and record it; call it inside a transaction.

    :raises IllegalTransition: when the table has no such transition, or somebody else was faster.
    """
    move_all([(grant, details)], target, actor=actor, now=now, comment=comment)


def move_all(
    moves: Iterable[tuple[Grant, Mapping[str, object]]],
    target: GrantState,
    *,
    actor: Caller | None,
    now: datetime,
    comment: str = "",
) -> None:
    """Make the same transition of several grants, each with its details; call it inside `recording()`.

    :raises IllegalTransition: as :func:`move`; roll the transaction back.
    """
    steps = []
    for grant, details in moves:
        was, values = GrantState(grant.state), _moved(grant, target)
        steps.append(
            Step(
                kind=f"grant.{target.value}",
                at=now,
                grant=grant,
                actor=actor,
                was=was,
                became=target,
                comment=comment,
                details=dict(details),
                rows=grant_changes(**values),
            )
        )
    record_all(steps)


def _moved(grant: Grant, target: GrantState) -> dict[str, Any]:
    """Store the new state of a grant, and return the values that were stored."""
    was = GrantState(grant.state)
    if target not in GRANT_TRANSITIONS[was]:
        raise IllegalTransition(f"{was} to {target}")
    values = {name: getattr(grant, name) for name in SAVED} | {"state": target}
    if _MOVE.run(grant=grant.pk, was=was, **values) != 1:
        raise IllegalTransition(f"{grant} is no longer {was}")
    grant.state = target
    return values


_MOVE = CompiledUpdate(
    lambda: Grant.objects.filter(pk=key("grant"), state=text("was")),
    **{name: column(Grant, name) for name in (*SAVED, "state")},
)


def move_request(
    request: Request,
    target: RequestState,
    *,
    actor: Caller | None,
    now: datetime,
    comment: str = "",
    details: Mapping[str, object] | None = None,
    rows: Callable[[], dict[str, Any]] = dict,
) -> None:
    """Decide or close a request and record it; call it inside a transaction.

    A decision counts only before the request expires. An approval saves under which rule it grants.
    `rows` saves the rows of the step, and returns them for the record. Reload the object afterwards.

    :raises IllegalTransition: when the table has no such transition, or somebody else was faster; then
        nothing is changed.
    """
    was = RequestState(request.state)
    if target not in REQUEST_TRANSITIONS[was]:
        raise IllegalTransition(f"{was} to {target}")
    values = _decided(request, target, now)
    found = Request.objects.filter(pk=request.pk, state=was)
    if target in DECISIONS:
        found = found.pending(now)
    if found.update(**values) != 1:
        raise IllegalTransition(f"{request} is no longer {was}")
    record(
        Step(
            kind=f"request.{target.value}",
            at=now,
            request=request,
            actor=actor,
            was=was,
            became=target,
            comment=comment,
            details=dict(details or {}),
            rows=request_changes(**values) | rows(),
        )
    )


def _decided(request: Request, target: RequestState, now: datetime) -> dict[str, object]:
    """Return the columns that change with the state."""
    saved = SAVED_AT_APPROVAL if target is RequestState.APPROVED else ()
    rule = {name: getattr(request, name) for name in saved}
    return {"state": target, "decided_at": now, **rule}


def replace_extended(request: Request, *, actor: Caller | None, now: datetime) -> None:
    """End the grant that this request extends, if it is still active; call it in the transaction of success.

    A grant whose end was requested is left to that end, so that a revocation is never lost. One that lasts longer
    than the extension, because less time was approved, stays too: its binding keeps the longer end.
    """
    if request.extends_id is None:
        return
    shorter = Grant.objects.filter(request=request.pk, end_time__lt=OuterRef("end_time"))
    before = Grant.objects.filter(
        ~Exists(shorter),
        pk=request.extends_id,
        state=GrantState.ACTIVE,
        ending_asked_at=None,
        end_time__gt=now,
    ).first()
    if before is None:
        return
    before.ended_at, before.end_reason = now, EndReason.EXTENDED
    details = {"reason": EndReason.EXTENDED.value, "extended_by": str(request.id)}
    move(before, GrantState.ENDED, actor=actor, now=now, details=details)
