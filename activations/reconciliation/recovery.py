"""Settles grants that a crash or a lost response left in state `provisioning`, by reading the policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db.models import Exists, OuterRef

from activations.domain.bindings import Policy, running
from activations.domain.refusals import Moved, Stopped
from activations.domain.states import NOT_FOUND_OUT, GrantState
from activations.evidence.recording import recording
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.ledger import note_binding, wanted_of
from activations.iam.provisioning import Decision, provision
from activations.iam.transitions import IllegalTransition, move, replace_extended
from activations.models import Event, Grant, Request
from activations.notifications.announce import announce
from activations.notifications.kinds import Announcement
from activations.reconciliation.attempts import Piece, one_by_one
from activations.reconciliation.counts import Counts
from activations.reconciliation.live_policy import live_policy
from activations.services.after_review import note_break_glass
from activations.services.approval import approval_work
from activations.services.approval_rules import marker_for_approval
from activations.services.scheduled_start import start_again
from googlecloud.calls import Deadline
from googlecloud.errors import Denied, Invalid

# Waiting for the lease and writing take at most 80 seconds, so no other process works on these.
AGE = timedelta(seconds=90)
# Google also answers 403 for deleted projects. This long after the end, the grant fails.
MAX_WAIT_AFTER_END = timedelta(hours=1)
NOT_CONFIRMED = "JIT Access stopped before Google confirmed the activation; "
NOTHING_GRANTED = f"{NOT_CONFIRMED}nothing was granted"
NOTHING_KNOWN = f"{NOT_CONFIRMED}it is not known whether access was granted. It has expired"


def recover(
    *, now: datetime, deadline: Deadline, dependencies: Dependencies, counts: Counts
) -> None:
    """Settle grants that have been `provisioning` for longer than AGE, request by request."""
    settle = partial(_settle, now=now, dependencies=dependencies, counts=counts)
    pieces = [
        Piece(project_id, f"Settling {request_id}", partial(settle, request_id))
        for request_id, project_id in _stuck(now)
    ]
    one_by_one(pieces, deadline=deadline, counts=counts)


def _stuck(now: datetime) -> list[tuple[UUID, str]]:
    """Return the requests in random order, so that failing ones do not always block the others."""
    # A scheduled grant may be written long after its start.
    begun = Event.objects.filter(kind="grant.provisioning", at__gt=now - AGE, grant=OuterRef("pk"))
    grants = Grant.objects.filter(state=GrantState.PROVISIONING, start_time__lte=now - AGE)
    grants = grants.exclude(Exists(begun), request__start_at__isnull=False)
    requests = Request.objects.filter(pk__in=grants.values("request")).order_by("?")
    return list(requests.values_list("pk", "project_id"))


def _settle(request_id: UUID, *, now: datetime, dependencies: Dependencies, counts: Counts) -> None:
    request = Request.objects.select_related("extends").get(pk=request_id)
    try:
        absent = _read_and_settle(request, now=now, dependencies=dependencies, counts=counts)
        if absent:
            _retry(request, absent, dependencies, counts)
    except (IllegalTransition, Moved):
        return  # the original process has finished it in the meantime
    except Stopped:
        counts.failed += 1


def _read_and_settle(
    request: Request, *, now: datetime, dependencies: Dependencies, counts: Counts
) -> list[Grant]:
    """Finish or fail the grants according to the policy. Return the grants to provision again."""
    with writes.turn(request.project_id, clock=dependencies.clock, sleep=dependencies.sleep):
        grants = list(request.grants.filter(state=GrantState.PROVISIONING))
        try:
            policy = live_policy(request.project_id, dependencies)
        except (Denied, Invalid):
            if any(grant.end_time > now - MAX_WAIT_AFTER_END for grant in grants):
                raise
            _fail(request, grants, now=now, counts=counts)
            return []
        absent = _finish_standing(request, grants, policy, now=now, counts=counts)
        may_retry = outlives_trouble(request)
        if absent and not (may_retry and absent[0].end_time > now):
            _fail(request, absent, now=now, counts=counts)
            return []
        return absent


def _finish_standing(
    request: Request, grants: Iterable[Grant], policy: Policy, *, now: datetime, counts: Counts
) -> list[Grant]:
    """Record the grants whose bindings are in the policy. Return the others."""
    absent = []
    for grant in grants:
        access = wanted_of(grant, description="")
        standing = running(policy, access, now=min(now, grant.start_time))
        if standing is None or standing.end < grant.end_time:
            absent.append(grant)
            continue
        condition = standing.binding["condition"]
        grant.binding_end, grant.written_at = standing.end, now
        grant.binding_title = condition["title"]
        grant.binding_description = condition.get("description", "")
        grant.binding_expression = condition["expression"]
        grant.etag_after = str(policy.get("etag", ""))
        with recording():
            details = {"expression": grant.binding_expression, "found_by": "reconciler"}
            move(grant, GrantState.ACTIVE, actor=None, now=now, details=details)
            note_binding(grant, policy, now=now)
            replace_extended(request, actor=None, now=now)
            _notify(request, grant, now=now)
        counts.finished += 1
    return absent


def _notify(request: Request, grant: Grant, *, now: datetime) -> None:
    is_approval = request.needs_approval
    kind = Announcement.APPROVED if is_approval else Announcement.SELF_APPROVED
    review = request.last_review if is_approval else None
    announce(kind, request=request, now=now, grants=[grant], review=review)
    if request.break_glass:
        note_break_glass(request, now=now)


def _fail(request: Request, grants: Sequence[Grant], *, now: datetime, counts: Counts) -> None:
    with recording():
        for grant in grants:
            # After the end, the binding may have been removed because it expired.
            is_known = grant.end_time > now
            grant.failure = NOTHING_GRANTED if is_known else NOTHING_KNOWN
            grant.failure_kind = "NotConfirmed" if is_known else NOT_FOUND_OUT
            details = {"error": grant.failure_kind, "found_by": "reconciler"}
            move(grant, GrantState.FAILED, actor=None, now=now, details=details)
            counts.failed += 1
        if outlives_trouble(request):
            announce(
                Announcement.FAILED,
                request=request,
                now=now,
                grants=grants,
                review=request.last_review,
            )


def outlives_trouble(request: Request) -> bool:
    """Return whether nobody waits for the answer, so that the grants are tried again until their end."""
    return request.needs_approval or request.start_at is not None


def _retry(
    request: Request, grants: Sequence[Grant], dependencies: Dependencies, counts: Counts
) -> None:
    """Provision grants again, within the approved period, after checking eligibility again."""
    if request.start_at is not None:
        counts.retried += start_again(request, grants, dependencies=dependencies)
        return
    generation = writes.generation(request.project_id)
    facts = dependencies.catalog.decision_facts(
        user=request.holder_email, project_id=request.project_id
    )
    kind = marker_for_approval(facts, grants[0].project_role, is_staged=request.stage > 0)
    decision = Decision(facts, generation, kind)
    review = request.reviews.latest("decided_at", "pk")
    provision(approval_work(review, grants[0], decision, actor=None), dependencies=dependencies)
    counts.retried += 1
