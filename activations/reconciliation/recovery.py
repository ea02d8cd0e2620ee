"""Grants left `provisioning` by a crash or a lost answer: finished or failed by reading the policy."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from activations import leases
from activations.bindings import Policy, running
from activations.evidence import recording
from activations.extended import replace_extended
from activations.grant_moves import IllegalTransition, move
from activations.ledger import wanted_of
from activations.models import Grant, Request
from activations.notifications import Announcement, announce
from activations.provisioning import Decision, provision
from activations.reconciliation.counts import Counts
from activations.refusals import Moved
from activations.rules import Refusal
from activations.services.review import approval_work
from activations.states import GrantState
from activations.writer import Writer
from eligibility.catalog import NotEligible
from eligibility.entitlements import ActivationType
from googlecloud.errors import GoogleCloudError

logger = logging.getLogger("jitaccess.reconcile")

# Waiting for the lease and writing take 80 seconds at most; nobody is busy with these any more.
AGE = timedelta(seconds=90)
MOST_AT_ONCE = 100
GONE = "The application ended before Google had confirmed the activation; nothing was granted"


def recover(*, now: datetime, writer: Writer, counts: Counts) -> None:
    """Settle what is old enough, request by request."""
    stuck = Grant.objects.filter(state=GrantState.PROVISIONING, start_time__lte=now - AGE)
    requests = Request.objects.filter(pk__in=stuck.values("request")).order_by("requested_at")
    for request in requests.select_related("review", "extends")[:MOST_AT_ONCE]:
        try:
            _settle(request, now=now, writer=writer, counts=counts)
        except (GoogleCloudError, NotEligible, Refusal) as error:
            counts.troubled += 1
            logger.warning(
                "Settling %s failed: %s",
                request.activation_id,
                error,
                extra={"event": "reconcile.failed"},
            )
        except (IllegalTransition, Moved):
            continue  # its own process was only slow


def _settle(request: Request, *, now: datetime, writer: Writer, counts: Counts) -> None:
    with leases.turn(request.project_id, clock=writer.clock, sleep=writer.sleep):
        grants = list(request.grants.filter(state=GrantState.PROVISIONING))
        policy = writer.cloud.resource_manager.get_policy(project_id=request.project_id)
        absent = _finish_standing(request, grants, policy, now=now, counts=counts)
        may_retry = request.activation_type == ActivationType.MPA
        if absent and not (may_retry and absent[0].end_time > now):
            _fail(request, absent, now=now, counts=counts)
            return
    if absent:
        _retry(request, absent[0], writer, counts)


def _finish_standing(
    request: Request, grants: Iterable[Grant], policy: Policy, *, now: datetime, counts: Counts
) -> list[Grant]:
    """Record what the policy shows; returns the grants that it does not show."""
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
            replace_extended(request, actor=None, now=now)
            _tell(request, grant, now=now)
        counts.finished += 1
    return absent


def _tell(request: Request, grant: Grant, *, now: datetime) -> None:
    is_approval = request.activation_type == ActivationType.MPA
    kind = Announcement.APPROVED if is_approval else Announcement.SELF_APPROVED
    review = request.review if is_approval else None
    announce(kind, request=request, now=now, grants=[grant], review=review)


def _fail(request: Request, grants: Sequence[Grant], *, now: datetime, counts: Counts) -> None:
    with recording():
        for grant in grants:
            grant.failure, grant.failure_kind = GONE, "NotConfirmed"
            details = {"error": "NotConfirmed", "found_by": "reconciler"}
            move(grant, GrantState.FAILED, actor=None, now=now, details=details)
            counts.failed += 1
        if request.activation_type == ActivationType.MPA:
            announce(
                Announcement.FAILED,
                request=request,
                now=now,
                grants=grants,
                review=request.review,
            )


def _retry(request: Request, grant: Grant, writer: Writer, counts: Counts) -> None:
    """An approval outlives Google's trouble: decide again and write, within the approved window."""
    generation = leases.generation(request.project_id)
    facts = writer.catalog.decision_facts(
        user=request.beneficiary_email, project_id=request.project_id
    )
    decision = Decision(facts, generation, ActivationType.MPA)
    provision(approval_work(request, grant, decision, actor=None), writer=writer)
    counts.retried += 1
