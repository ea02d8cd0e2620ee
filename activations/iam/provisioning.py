"""Writes intended grants to IAM and records the outcome: the only way in which grants reach IAM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from activations.domain.bindings import Policy, Wanted, running, with_activations
from activations.domain.caller import Caller
from activations.domain.preflight import check_policy
from activations.domain.refusals import Moved, NotAllowed, Stopped
from activations.domain.rules import Refusal
from activations.domain.states import GrantState
from activations.evidence.recording import recording
from activations.iam import writes
from activations.iam.dependencies import Dependencies
from activations.iam.ledger import note_bindings, note_renames, wanted_of
from activations.iam.transitions import SAVED, IllegalTransition, move_all
from activations.iam.writes import storing, write_policy
from activations.models import Grant
from activations.people.access_addresses import binding_addresses
from activations.people.addresses import renamed_in_iam
from activations.people.stops import is_stopped
from eligibility.compiled import Compiled, key
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

# May be different in a minute. An approval is retried after these; a self-approval is not.
TRANSIENT = (Unavailable, QuotaExceeded, Conflict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an activation was decided on: the facts, and how many of our writes they include.

    Without an activation type, either marker makes people eligible (break glass). `holdings` says how the
    person holds the roles; empty when existing grants are retried. `check_again` raises `NotAllowed` when
    the policy that is written no longer allows the decision itself.
    """

    facts: Facts
    generation: int
    activation_type: ActivationType | None
    holdings: tuple[Holding, ...] = ()
    check_again: Callable[[Policy], None] = lambda _: None


@dataclass(frozen=True)  # without slots: `wanted` is cached
class Provisioning:
    """One write: grants of one request, the decision behind them, and what follows success.

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
    def named_in_refusals(self) -> str:
        """The person to name in a refusal; '' if they read it themselves, without the reviewer."""
        grant = self.grants[0]
        return grant.beneficiary_email if grant.request.needs_approval else ""

    @cached_property
    def addresses(self) -> Mapping[UUID, tuple[str, ...]]:
        """The addresses of each grant at the first attempt to write."""
        return binding_addresses(self.grants)

    @cached_property
    def wanted(self) -> list[Wanted]:
        return [
            wanted_of(grant, description=self.description, addresses=self.addresses[grant.pk])
            for grant in self.grants
        ]

    def _check_addresses(self) -> Mapping[UUID, tuple[str, ...]]:
        """Return the addresses of each grant now.

        :raises Refusal: when the address moved to another account since the decision.
        """
        is_first = "addresses" not in vars(self)
        known = self.addresses if is_first else binding_addresses(self.grants)
        pairs = zip(self.grants, self.wanted, strict=True)
        if not all(access.email in known[grant.pk] for grant, access in pairs):
            address = self.grants[0].beneficiary_email
            raise Refusal(f"The address {address} belongs to another account now")
        return known

    def _check_renames(
        self, policy: Policy, known: Mapping[UUID, tuple[str, ...]], *, now: datetime
    ) -> None:
        """:raises Refusal: when IAM shows an address of this person that IAP has not asserted yet."""
        for grant in self.grants:
            note_renames(grant, policy, now=now, addresses=known[grant.pk])
        person = self.grants[0].request.beneficiary
        if person and (renamed := renamed_in_iam(person)):
            raise Refusal(
                f"{person.email} was renamed to {renamed} in IAM."
                " Open JIT Access under the new address, and try again"
            )

    def change(self, dependencies: Dependencies) -> Callable[[Policy], Policy]:
        """Return a function from policy to policy; checks eligibility again on the policy that is written."""

        def change(policy: Policy) -> Policy:
            known = self._check_addresses()
            self._check_renames(policy, known, now=dependencies.clock())
            facts = self.decision.facts.with_live_policy(policy)
            roles = [grant.project_role for grant in self.grants]
            # The grants' periods were limited to the eligibility when they were decided.
            check_eligible(facts, roles, self.decision.activation_type, wanted=None)
            self.decision.check_again(policy)
            now = dependencies.clock()
            check_policy(
                policy,
                self.wanted,
                now=now,
                principals=facts.principals,
                inherited=facts.inherited,
                beneficiary=self.named_in_refusals,
            )
            return with_activations(policy, self.wanted, now=now)

        return change


def provision(work: Provisioning, *, dependencies: Dependencies) -> None:
    """Write the bindings of all these grants in one write, and record the outcome.

    No transaction is open during calls to Google.

    :raises googlecloud.errors.OutcomeUnknown: when the result is unknown; the grants stay `provisioning`.
    :raises OutcomeNotStored: when the database did not store the result; the grants stay `provisioning`.
    :raises googlecloud.errors.GoogleCloudError, NotEligible, NotAllowed, Refusal: when it failed, and so did the grants;
        those of an approval stay `provisioning` when a retry may help.
    :raises Stopped: when an administrator stopped the person; the grants fail.
    :raises Moved: when the reconciler failed the grants while we waited for the lease.
    """
    try:
        with writes.turn(
            work.project_id, clock=dependencies.clock, sleep=dependencies.sleep
        ) as turn:
            if not _is_settled(work):
                _check_may_receive(work)
                done = _write(work, turn.generation, dependencies)
                # Record while we hold the lease: the next writer finds the grants as IAM has them.
                with storing("Access was granted in IAM", request_id=work.grants[0].request_id):
                    _record_in_time(work, done, now=dependencies.clock())
    except OutcomeUnknown:
        raise
    except (GoogleCloudError, NotEligible, NotAllowed, Refusal, Stopped) as error:
        if not (work.outlives_trouble and isinstance(error, TRANSIENT)):
            with (
                suppress(IllegalTransition),  # the reconciler has already recorded it
                storing(f"Nothing was granted: {error}", request_id=work.grants[0].request_id),
            ):
                _record_failure(work, error=error, now=dependencies.clock())
        raise
    dependencies.forget(work.grants[0].beneficiary_email, work.project_id)


def _check_may_receive(work: Provisioning) -> None:
    """Check once more before the write. A later stop waits for our lease and ends the grants.

    :raises Stopped: when an administrator stopped the person who would get access.
    """
    if is_stopped(work.grants[0].request):
        raise Stopped("An administrator stopped this person's access; nothing was granted")


def _is_settled(work: Provisioning) -> bool:
    """Whether the reconciler has already found these grants in IAM, because this process was slow.

    :raises Moved: when it recorded them as failed; they are not written afterwards.
    """
    stored = {row.pk: row for row in _STORED.rows(request=work.grants[0].request_id)}
    for grant in work.grants:
        for name in ("state", *SAVED):
            setattr(grant, name, getattr(stored[grant.pk], name))
    states = {grant.state for grant in work.grants}
    if GrantState.FAILED in states:
        raise Moved("Timed out; nothing was granted. Submit the request again")
    return GrantState.PROVISIONING not in states


_STORED = Compiled(lambda: Grant.objects.only("state", *SAVED).filter(request=key("request")))


def _record_in_time(work: Provisioning, done: Modification, *, now: datetime) -> None:
    """Record success, unless a process with a fast clock took our lease and recorded an outcome.

    :raises googlecloud.errors.OutcomeUnknown: when the grants were recorded as failed; the reconciler will
        find the binding.
    """
    try:
        _record_success(work, done, now=now)
    except IllegalTransition as late:
        try:
            _is_settled(work)
        except Moved:
            raise OutcomeUnknown("It timed out just before the write was confirmed") from late


def _write(work: Provisioning, generation: int, dependencies: Dependencies) -> Modification:
    # A policy that was read before another of our writes is stale: read it again.
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
        moves = []
        for grant, access in zip(work.grants, work.wanted, strict=True):
            # A short grant may have expired while Google was slow.
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
            moves.append((grant, _outcome(grant, written=done.written)))
        move_all(moves, GrantState.ACTIVE, actor=work.actor, now=now)
        note_bindings(work.grants, work.addresses, done.after, now=now)
        work.on_success(now)


def _record_failure(work: Provisioning, *, error: Exception, now: datetime) -> None:
    with recording():
        moves = []
        for grant in work.grants:
            grant.failure = str(error) or type(error).__name__
            grant.failure_kind = type(error).__name__
            moves.append((grant, {"error": grant.failure_kind, "message": grant.failure}))
        move_all(moves, GrantState.FAILED, actor=work.actor, now=now)
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
