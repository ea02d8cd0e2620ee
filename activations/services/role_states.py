"""Determines the states of eligible roles from the records and, without a record, from IAM."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from activations.domain.access import Access
from activations.domain.states import Status
from activations.models import Request, User
from activations.people.access_facts import NOT_HELD, accesses_of_person
from eligibility.compiled import Compiled, instant, some_person
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.membership import Activation, Holding
from eligibility.validity import Period, eligibility_end, eligibility_start
from policies.rules.requirements import Requirements, Terms

INACTIVE = "INACTIVE"

_PENDING = Compiled(lambda: Request.objects.of(some_person()).pending(instant("now")))


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One eligible role and its state.

    `eligible_from` and `eligible_until` are None unless they fall within the longest activation from now.
    `required` is what the access policy and the environment require.
    """

    project_role: ProjectRole
    status: str
    required: Requirements
    valid_until: datetime | None = None
    since: datetime | None = None
    request_id: uuid.UUID | None = None
    eligible_from: datetime | None = None
    eligible_until: datetime | None = None
    title: str = ""
    starts: datetime | None = None

    @property
    def activation_type(self) -> ActivationType:
        """MPA when somebody else has to approve, whatever the marker of the binding."""
        return ActivationType.MPA if self.required.needs_approval else ActivationType.JIT

    @property
    def terms(self) -> Terms:
        return self.required.terms


@dataclass(frozen=True, slots=True)
class RoleStates:
    """A person's access and pending requests by role. `current` are activations in IAM without a record."""

    held: Mapping[ProjectRole, Access]
    pending: Mapping[ProjectRole, Request]
    current: Mapping[ProjectRole, Activation] = field(default_factory=dict)

    def row(
        self, holding: Holding, *, wanted: Period, required: Requirements, title: str = ""
    ) -> RoleRow:
        """Return one row of a list, with what limits the eligibility within the wanted period."""
        condition = holding.project_role.resource_condition
        return replace(
            self._row(holding.project_role, required),
            eligible_from=eligibility_start(condition, wanted),
            eligible_until=eligibility_end(condition, wanted),
            title=title,
        )

    def _row(self, role: ProjectRole, required: Requirements) -> RoleRow:
        access = self.held.get(role, NOT_HELD)
        if access.is_held:
            return RoleRow(
                role, Status.ACTIVE, required, access.until, access.since, access.request_id
            )
        if access.unconfirmed:
            request_id = access.unconfirmed[0].request_id
            return RoleRow(role, Status.PROVISIONING, required, request_id=request_id)
        # Such as activations by the original application, until the reconciler adopts them.
        if activation := self.current.get(role):
            return RoleRow(role, Status.ACTIVE, required, activation.end, activation.start)
        if access.scheduled:
            (later,) = access.scheduled
            request_id = later.request_id
            return RoleRow(
                role, Status.SCHEDULED, required, starts=later.start, request_id=request_id
            )
        if request := self.pending.get(role):
            return RoleRow(role, Status.ACTIVATION_PENDING, required, request_id=request.id)
        return RoleRow(role, INACTIVE, required)


def role_states(
    user: User,
    *,
    now: datetime,
    project_id: str = "",
    current: Mapping[ProjectRole, Activation] | None = None,
) -> RoleStates:
    """Return the states of a person's roles on one project, or on all. Takes two queries."""
    waiting = _PENDING.rows(person=user.pk, now=now)
    return RoleStates(
        held=accesses_of_person(user, project_id=project_id, now=now),
        pending={one.project_role: one for one in waiting if project_id in {"", one.project_id}},
        current=current or {},
    )
