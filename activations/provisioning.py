"""From intent to binding to outcome: the one way in which grants reach IAM."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from activations import leases
from activations.bindings import Policy, Wanted, running, with_activations
from activations.caller import Caller
from activations.evidence import Step, record
from activations.models import Grant
from activations.states import GRANT_TRANSITIONS, GrantState
from eligibility.catalog import AssetInventoryCatalog, NotEligible
from eligibility.entitlements import ActivationType
from eligibility.facts import Facts
from googlecloud.cloud import Cloud
from googlecloud.deadline import Deadline
from googlecloud.errors import GoogleCloudError, OutcomeUnknown
from googlecloud.policy import Modification

WRITE_BUDGET_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What an activation was decided on: the facts, and how many writes of ours they have seen."""

    facts: Facts
    generation: int
    activation_type: ActivationType


@dataclass(frozen=True, slots=True)
class Writer:
    """What writing needs from outside: Google, the catalog's rule, clocks.

    `forget` drops what lists remember of a person on a project.
    """

    cloud: Cloud
    catalog: AssetInventoryCatalog
    clock: Callable[[], datetime]
    forget: Callable[[str, str], None]
    sleep: Callable[[float], None] = time.sleep


def provision(
    *,
    grants: Sequence[Grant],
    decision: Decision,
    description: str,
    actor: Caller,
    writer: Writer,
) -> None:
    """Write the bindings of all these grants (of one request) at once, and record the outcome.

    No transaction is open while Google is asked. Eligibility is decided again on the policy that
    is written, so access that was taken away meanwhile is not granted.

    :raises googlecloud.errors.OutcomeUnknown: when nobody can say; the grants stay `provisioning`.
    :raises googlecloud.errors.GoogleCloudError, NotEligible: when it failed; so do the grants.
    """
    wanted = [_wanted(grant, description) for grant in grants]
    try:
        with leases.turn(grants[0].project_id, clock=writer.clock, sleep=writer.sleep) as turn:
            done = _write(grants, wanted, decision, turn.generation, writer)
    except OutcomeUnknown:
        raise
    except (GoogleCloudError, NotEligible) as error:
        _record_failure(grants, error=error, actor=actor, now=writer.clock())
        raise
    _record_success(grants, wanted, done, actor=actor, now=writer.clock())


def _wanted(grant: Grant, description: str) -> Wanted:
    return Wanted(
        email=grant.beneficiary_email,
        role=grant.role,
        resource_condition=grant.resource_condition,
        start=grant.start_time,
        end=grant.end_time,
        description=description,
    )


def _write(
    grants: Sequence[Grant],
    wanted: Sequence[Wanted],
    decision: Decision,
    generation: int,
    writer: Writer,
) -> Modification:
    # A policy read before another of our writers wrote is known to be stale: read it again.
    is_fresh = generation == decision.generation
    return writer.cloud.resource_manager.modify_policy(
        project_id=grants[0].project_id,
        change=_change(grants, wanted, decision, writer),
        reason=wanted[0].description,
        policy=decision.facts.live_policy if is_fresh else None,
        deadline=Deadline(WRITE_BUDGET_SECONDS),
    )


def _change(
    grants: Sequence[Grant], wanted: Sequence[Wanted], decision: Decision, writer: Writer
) -> Callable[[Policy], Policy]:
    def change(policy: Policy) -> Policy:
        now = writer.clock()
        facts = decision.facts.with_live_policy(policy)
        writer.catalog.check(
            facts, [grant.project_role for grant in grants], decision.activation_type
        )
        return with_activations(policy, wanted, now=now)

    return change


def _record_success(
    grants: Sequence[Grant],
    wanted: Sequence[Wanted],
    done: Modification,
    *,
    actor: Caller,
    now: datetime,
) -> None:
    with transaction.atomic():
        for grant, access in zip(grants, wanted, strict=True):
            # The clock may have passed a short grant's end while Google was slow.
            binding = running(done.after, access, now=min(now, grant.start_time))
            condition = binding.binding["condition"] if binding else {}
            grant.binding_end = binding.end if binding else grant.end_time
            grant.binding_title = condition.get("title", "")
            grant.binding_description = condition.get("description", "")
            grant.binding_expression = condition.get("expression", "")
            grant.written_at = now
            grant.write_attempts = done.attempts
            grant.etag_before = str(done.before.get("etag", ""))
            grant.etag_after = str(done.after.get("etag", ""))
            _move(grant, GrantState.ACTIVE, actor=actor, now=now, details=_outcome(grant, done))


def _record_failure(
    grants: Sequence[Grant], *, error: Exception, actor: Caller, now: datetime
) -> None:
    with transaction.atomic():
        for grant in grants:
            grant.failure = str(error) or type(error).__name__
            grant.failure_kind = type(error).__name__
            details = {"error": grant.failure_kind, "message": grant.failure}
            _move(grant, GrantState.FAILED, actor=actor, now=now, details=details)


def _outcome(grant: Grant, done: Modification) -> dict[str, object]:
    return {
        "expression": grant.binding_expression,
        "description": grant.binding_description,
        "etag_before": grant.etag_before,
        "etag_after": grant.etag_after,
        "attempts": done.attempts,
        "written": done.written,
    }


class IllegalTransition(Exception):
    """The grant has moved on in the meantime."""


OUTCOME_FIELDS = (
    *("binding_end", "binding_title", "binding_description", "binding_expression", "written_at"),
    *("write_attempts", "etag_before", "etag_after", "failure", "failure_kind"),
)


def _move(
    grant: Grant,
    target: GrantState,
    *,
    actor: Caller,
    now: datetime,
    details: Mapping[str, object],
) -> None:
    """One conditional update decides; the event stands in the same transaction."""
    was = GrantState(grant.state)
    if target not in GRANT_TRANSITIONS[was]:
        raise IllegalTransition(f"{was} to {target}")
    values = {name: getattr(grant, name) for name in OUTCOME_FIELDS} | {"state": target}
    if Grant.objects.filter(pk=grant.pk, state=was).update(**values) != 1:
        raise IllegalTransition(f"{grant} is no longer {was}")
    grant.state = target
    record(
        Step(
            kind=f"grant.{target.value}",
            at=now,
            grant=grant,
            actor=actor,
            was=was,
            became=target,
            details=dict(details),
        )
    )
