"""From intent to binding to outcome: the one way in which grants reach IAM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from activations.domain.bindings import Policy, Wanted, running, with_activations
from activations.domain.caller import Caller
from activations.domain.preflight import check_policy
from activations.domain.refusals import Moved, Stopped
from activations.domain.rules import Refusal
from activations.domain.states import GrantState
from activations.evidence.recording import recording
from activations.iam import leases
from activations.iam.binding_ends import note_binding
from activations.iam.dependencies import Dependencies
from activations.iam.ledger import wanted_of
from activations.iam.renames import note_renames
from activations.iam.transitions import SAVED, IllegalTransition, move
from activations.iam.writes import write_policy
from activations.models import Grant
from activations.people.addresses import binding_addresses
from activations.people.beneficiary import renamed_in_iam
from activations.people.stops import is_stopped
from eligibility.entitlements import ActivationType
from eligibility.facts import Facts
from eligibility.judgement import NotEligible, check_eligible
from eligibility.membership import Holding
from googlecloud.errors import (
    Conflict,
    GoogleCloudError,
    OutcomeUnknown,
    QuotaExceeded,
    Unavailable,
)
from googlecloud.policy import Modification

# What may be otherwise in a minute. An approval outlives these; self-approval does not.
TRANSIENT = (Unavailable, QuotaExceeded, Conflict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an activation was decided on: the facts, and how many writes of ours they have seen.

    `holdings` says how the person holds the roles; empty when grants that exist are tried again.
    """

    facts: Facts
    generation: int
    activation_type: ActivationType
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True)  # without slots: `wanted` is worked out once
class Provisioning:
    """One write: grants of one request, why they may be, and what is told when they stand.

    `on_success` runs in the transaction that records the outcome.
    """

    grants: Sequence[Grant]
    decision: Decision
    description: str
    actor: Caller | None
    on_success: Callable[[datetime], None]
    on_failure: Callable[[datetime], None] = lambda _: None
    outlives_trouble: bool = False

    @property
    def project_id(self) -> str:
        return self.grants[0].project_id

    @property
    def told_of(self) -> str:
        """Whom to name in a refusal: an approval's is read by the reviewer, too."""
        is_approval = self.decision.activation_type is ActivationType.MPA
        return self.grants[0].beneficiary_email if is_approval else ""

    @cached_property
    def wanted(self) -> list[Wanted]:
        return [wanted_of(grant, description=self.description) for grant in self.grants]

    def _check_addresses(self) -> None:
        """:raises Refusal: when the address went to another account since the decision."""
        known = binding_addresses(self.grants)
        pairs = zip(self.grants, self.wanted, strict=True)
        if not all(access.email in known[grant.pk] for grant, access in pairs):
            address = self.grants[0].beneficiary_email
            raise Refusal(f"The address {address} belongs to another account now")

    def _check_renames(self, policy: Policy, *, now: datetime) -> None:
        """:raises Refusal: when IAM shows an address of this person that IAP has not shown yet."""
        for grant in self.grants:
            note_renames(grant, policy, now=now)
        person = self.grants[0].request.beneficiary
        if person and (renamed := renamed_in_iam(person)):
            raise Refusal(
                f"{person.email} was renamed to {renamed} in IAM."
                " Open JIT Access under the new address, and try again"
            )

    def change(self, dependencies: Dependencies) -> Callable[[Policy], Policy]:
        """Policy to policy; decides eligibility again on the very policy that is written."""

        def change(policy: Policy) -> Policy:
            self._check_addresses()
            self._check_renames(policy, now=dependencies.clock())
            facts = self.decision.facts.with_live_policy(policy)
            roles = [grant.project_role for grant in self.grants]
            # The grants' periods were cut to the eligibility when they were decided.
            check_eligible(facts, roles, self.decision.activation_type, wanted=None)
            now = dependencies.clock()
            check_policy(
                policy,
                self.wanted,
                now=now,
                principals=facts.principals,
                inherited=facts.inherited,
                beneficiary=self.told_of,
            )
            return with_activations(policy, self.wanted, now=now)

        return change


def provision(work: Provisioning, *, dependencies: Dependencies) -> None:
    """Write the bindings of all these grants at once, and record the outcome.

    No transaction is open while Google is asked.

    :raises googlecloud.errors.OutcomeUnknown: when nobody can say; the grants stay `provisioning`.
    :raises googlecloud.errors.GoogleCloudError, NotEligible, Refusal: when it failed, and so did the grants;
        those of an approval stay `provisioning` when trying again may help.
    :raises Stopped: when an administrator stopped the person; so did the grants.
    :raises Moved: when the reconciler gave the grants up while we waited for our turn.
    """
    try:
        with leases.turn(
            work.project_id, clock=dependencies.clock, sleep=dependencies.sleep
        ) as turn:
            if not _is_settled(work):
                _check_may_receive(work)
                done = _write(work, turn.generation, dependencies)
                # While the lease is ours: the next writer finds the ledger as IAM is.
                _record_in_time(work, done, now=dependencies.clock())
    except OutcomeUnknown:
        raise
    except (GoogleCloudError, NotEligible, Refusal, Stopped) as error:
        if not (work.outlives_trouble and isinstance(error, TRANSIENT)):
            with suppress(IllegalTransition):  # the reconciler has said so already
                _record_failure(work, error=error, now=dependencies.clock())
        raise
    dependencies.forget(work.grants[0].beneficiary_email, work.project_id)


def _check_may_receive(work: Provisioning) -> None:
    """Last look before the write. A stop that comes later waits for our lease and ends the grants.

    :raises Stopped: when an administrator stopped the person who would get access.
    """
    if is_stopped(work.grants[0].request):
        raise Stopped("An administrator stopped this person's access; nothing was granted")


def _is_settled(work: Provisioning) -> bool:
    """Whether the reconciler has found these grants in IAM already: we were slow, not dead.

    :raises Moved: when it has given them up; they are never written behind its back.
    """
    for grant in work.grants:
        grant.refresh_from_db(fields=["state", *SAVED])
    states = {grant.state for grant in work.grants}
    if GrantState.FAILED in states:
        raise Moved("Timed out; nothing was granted. Submit the request again")
    return GrantState.PROVISIONING not in states


def _record_in_time(work: Provisioning, done: Modification, *, now: datetime) -> None:
    """Record success, unless somebody whose clock is fast took our lease and judged meanwhile.

    :raises googlecloud.errors.OutcomeUnknown: when the grants were given up; the reconciler will
        find the binding.
    """
    try:
        _record_success(work, done, now=now)
    except IllegalTransition as late:
        try:
            _is_settled(work)
        except Moved:
            raise OutcomeUnknown("It was given up just before it was confirmed") from late


def _write(work: Provisioning, generation: int, dependencies: Dependencies) -> Modification:
    # A policy read before another of our writers wrote is known to be stale: read it again.
    is_fresh = generation == work.decision.generation
    return write_policy(
        work.project_id,
        change=work.change(dependencies),
        reason=work.description,
        policy=work.decision.facts.live_policy if is_fresh else None,
        dependencies=dependencies,
    )


def _record_success(work: Provisioning, done: Modification, *, now: datetime) -> None:
    with recording():
        for grant, access in zip(work.grants, work.wanted, strict=True):
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
            details = _outcome(grant, written=done.written)
            move(grant, GrantState.ACTIVE, actor=work.actor, now=now, details=details)
            note_binding(grant, done.after, now=now)
        work.on_success(now)


def _record_failure(work: Provisioning, *, error: Exception, now: datetime) -> None:
    with recording():
        for grant in work.grants:
            grant.failure = str(error) or type(error).__name__
            grant.failure_kind = type(error).__name__
            details = {"error": grant.failure_kind, "message": grant.failure}
            move(grant, GrantState.FAILED, actor=work.actor, now=now, details=details)
        work.on_failure(now)


def _outcome(grant: Grant, *, written: bool) -> Mapping[str, object]:
    return {
        "expression": grant.binding_expression,
        "description": grant.binding_description,
        "etag_before": grant.etag_before,
        "etag_after": grant.etag_after,
        "attempts": grant.write_attempts,
        "written": written,
    }
