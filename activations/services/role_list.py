"""Lists the roles of a person on a project, with their state."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from activations.domain.access import Access
from activations.domain.states import GrantState, Status
from activations.models import Grant, Request, User
from activations.people.access_facts import NOT_HELD, accesses_of_person
from activations.reporting import audit_log
from activations.services.limits import current_limits
from activations.services.project_names import canonical_project
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.judgement import entitlements_of
from eligibility.membership import Activation, Holding
from eligibility.validity import Period, eligibility_end, eligibility_start
from googlecloud.errors import GoogleCloudError

INACTIVE = "INACTIVE"
# Longer than Cloud Asset usually takes to show a change.
INVENTORY_LAG = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One eligible role and its state.

    `eligible_from` and `eligible_until` are None unless they fall within the longest activation from now.
    """

    project_role: ProjectRole
    activation_type: ActivationType
    status: str
    valid_until: datetime | None = None
    since: datetime | None = None
    request_id: uuid.UUID | None = None
    eligible_from: datetime | None = None
    eligible_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoleList:
    """The roles that a person may activate on one project, and warnings."""

    project_id: str
    rows: tuple[RoleRow, ...]
    warnings: tuple[str, ...]


def list_roles(*, user: User, project_id: str, now: datetime) -> RoleList:
    """Return the eligible roles, sorted by id.

    :raises Refusal: when the text is not the id of a project.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    project_id = canonical_project(project_id, user=user)
    try:
        facts = providers.recent_facts().facts(user=user.email, project_id=project_id)
    except GoogleCloudError as error:
        audit_log.listing_failed(
            what="project roles", event="api.listEligibleRoles", error=error, project_id=project_id
        )
        raise
    wanted = Period.of(now, current_limits().longest)
    found = entitlements_of(facts, wanted=wanted)
    held = accesses_of_person(user, project_id=project_id, now=now)
    pending = _pending(user, project_id, now)
    seen = _without_ended(found.current, user, project_id, now)
    rows = tuple(
        _with_eligibility(_row(holding, held, pending, seen), wanted) for holding in found.available
    )
    return RoleList(project_id, rows, found.warnings)


def _with_eligibility(row: RoleRow, wanted: Period) -> RoleRow:
    condition = row.project_role.resource_condition
    return replace(
        row,
        eligible_from=eligibility_start(condition, wanted),
        eligible_until=eligibility_end(condition, wanted),
    )


def _without_ended(
    current: Mapping[ProjectRole, Activation], user: User, project_id: str, now: datetime
) -> dict[ProjectRole, Activation]:
    """Return the activations in the inventory without those that ended, which it shows for minutes."""
    ended = Grant.objects.of(user).on(project_id)
    over = {
        (grant.project_role, end)
        for grant in ended.filter(state=GrantState.ENDED, ended_at__gte=now - INVENTORY_LAG)
        for end in (grant.end_time, grant.binding_end)
    }
    return {role: one for role, one in current.items() if (role, one.end) not in over}


def _pending(user: User, project_id: str, now: datetime) -> dict[ProjectRole, Request]:
    waiting = Request.objects.of(user).pending(now).filter(project_id=project_id)
    return {request.project_role: request for request in waiting}


def _row(
    holding: Holding,
    held: Mapping[ProjectRole, Access],
    pending: Mapping[ProjectRole, Request],
    current: Mapping[ProjectRole, Activation],
) -> RoleRow:
    """Prefer the records; use IAM for activations without a record, such as the original's."""
    role, kind = holding.project_role, holding.activation_type
    access = held.get(role, NOT_HELD)
    if access.is_held:
        return RoleRow(role, kind, Status.ACTIVE, access.until, access.since, access.request_id)
    if access.unconfirmed:
        request_id = access.unconfirmed[0].request_id
        return RoleRow(role, kind, Status.PROVISIONING, request_id=request_id)
    if activation := current.get(role):
        return RoleRow(role, kind, Status.ACTIVE, activation.end, activation.start)
    if request := pending.get(role):
        return RoleRow(role, kind, Status.ACTIVATION_PENDING, request_id=request.id)
    return RoleRow(role, kind, INACTIVE)
