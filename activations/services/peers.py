"""Lists the people who may review a person's request for a role."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from activations.iam.dependencies import current_limits
from activations.iam.quotas import check_reads
from activations.models import User
from activations.people.designated import designated, manager_groups
from activations.people.reviewers import others_among
from activations.people.stops import stopped_among
from activations.reporting import audit_log
from activations.services.project_ids import canonical_project
from eligibility import providers
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.judgement import NotEligible, check_eligible, peers_of
from eligibility.people import People
from eligibility.validity import Period
from googlecloud.errors import GoogleCloudError


@dataclass(frozen=True, slots=True)
class PossibleReviewers:
    """The possible reviewers. Peers hold the same eligible role; managers are designated reviewers."""

    peers: tuple[str, ...]
    managers: tuple[str, ...]
    warnings: tuple[str, ...]


def possible_reviewers(*, user: User, role: ProjectRole, now: datetime) -> PossibleReviewers:
    """Return all people whom this person may ask, without the person themselves.

    :raises Refusal: when the role's project is not named by its id.
    :raises NotEligible: when the person may not request the role, so that others see no names.
    :raises TooManyRequests: when the person made Google answer too often within a minute.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    canonical_project(role.project_id, user=user)
    check_reads(user, now)
    try:
        found = providers.catalog().facts_of(
            users=[user.email], project_id=role.project_id, role=role.role
        )
        facts = found[user.email]
        wanted = Period.of(now, current_limits().longest)
        check_eligible(facts, [role], ActivationType.MPA, wanted=wanted)
        return reviewers_of(facts, role, user=user, people=providers.group_members().people)
    except (GoogleCloudError, NotEligible) as error:
        audit_log.peers_failed(role=role, error=error)
        raise


def reviewers_of(
    facts: Facts, role: ProjectRole, *, user: User, people: Callable[[Collection[str]], People]
) -> PossibleReviewers:
    """Return all people whom an eligible person may ask; `people` expands groups.

    :raises googlecloud.errors.GoogleCloudError: when `people` fails.
    """
    managers: set[str] = set()
    known: list[People] = []

    def expanded(groups: Collection[str]) -> People:
        """Look up the groups of peers and of managers together."""
        found = people([*groups, *manager_groups()])
        managers.update(designated(found))
        known.append(found)
        return found

    found = peers_of(facts, role, expanded)
    others = others_among({*found.emails, *managers}, user, known[0])
    peers = others.intersection(found.emails)
    others -= peers
    stopped = stopped_among([*peers, *others])
    return PossibleReviewers(
        tuple(sorted(peers - stopped)), tuple(sorted(others - stopped)), found.warnings
    )
