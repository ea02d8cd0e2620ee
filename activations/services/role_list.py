"""Lists the roles of a person on a project, with their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from activations.domain.states import GrantState
from activations.iam.dependencies import current_limits
from activations.iam.quotas import check_reads
from activations.models import Grant, User
from activations.reporting import audit_log
from activations.services.listed_rules import listed_requirements
from activations.services.project_ids import canonical_project
from activations.services.role_states import RoleRow, role_states
from eligibility import providers
from eligibility.entitlements import ProjectRole
from eligibility.facts import Facts
from eligibility.index.lists import project_facts
from eligibility.index.served import served
from eligibility.index.titles import role_titles
from eligibility.judgement import entitlements_of
from eligibility.membership import Activation
from eligibility.models import Refresh
from eligibility.validity import Period
from googlecloud.errors import GoogleCloudError

# Longer than Cloud Asset usually takes to show a change.
INVENTORY_LAG = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RoleList:
    """The roles that a person may activate on one project, and warnings.

    `indexed_at` is when the eligibility index was read; None when Google was called.
    """

    project_id: str
    rows: tuple[RoleRow, ...]
    warnings: tuple[str, ...]
    indexed_at: datetime | None = None


def list_roles(*, user: User, project_id: str, now: datetime, live: bool = False) -> RoleList:
    """Return the eligible roles, sorted by id: from the index if there is one, unless `live`.

    :raises Refusal: when the text is not the id of a project.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises TooManyRequests: when the person made Google answer too often within a minute.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    project_id = canonical_project(project_id, user=user)
    try:
        facts, refresh = _facts(user, project_id, now, live=live)
    except GoogleCloudError as error:
        audit_log.listing_failed(
            what="project roles", event="api.listEligibleRoles", error=error, project_id=project_id
        )
        raise
    wanted = Period.of(now, current_limits().longest)
    found = entitlements_of(facts, wanted=wanted)
    required = listed_requirements(found.available, principals=facts.principals, refresh=refresh)
    current = _without_ended(found.current, user, project_id, now)
    states = role_states(user, project_id=project_id, now=now, current=current)
    titles = role_titles(holding.project_role.role for holding in found.available)
    rows = tuple(
        states.row(
            holding,
            wanted=wanted,
            title=titles.get(holding.project_role.role, ""),
            required=required[holding.project_role],
        )
        for holding in found.available
    )
    indexed_at = refresh.started_at if refresh else None
    return RoleList(project_id, rows, found.warnings, indexed_at)


def _facts(
    user: User, project_id: str, now: datetime, *, live: bool
) -> tuple[Facts, Refresh | None]:
    """Facts from the index and its refresh; from Google when the index is too old or lacks the project."""
    if not live and (refresh := served(now)):
        principals = providers.recent_principals().of(user=user.email)
        if facts := project_facts(refresh, principals=principals, project_id=project_id):
            return facts, refresh
    recent = providers.recent_facts()
    if recent.kept(user=user.email, project_id=project_id) is None:
        check_reads(user, now)
    return recent.facts(user=user.email, project_id=project_id), None


def _without_ended(
    current: Mapping[ProjectRole, Activation], user: User, project_id: str, now: datetime
) -> dict[ProjectRole, Activation]:
    """Return the activations in the inventory without those that ended, which it shows for minutes."""
    if not current:
        return {}
    ended = Grant.objects.of(user).on(project_id)
    over = {
        (grant.project_role, end)
        for grant in ended.filter(state=GrantState.ENDED, ended_at__gte=now - INVENTORY_LAG)
        for end in (grant.end_time, grant.binding_end)
    }
    return {role: one for role, one in current.items() if (role, one.end) not in over}
