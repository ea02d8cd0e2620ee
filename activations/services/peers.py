"""Lists the people who may review a person's request for a role."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from activations.domain.states import ReviewerPart
from activations.iam.dependencies import current_limits
from activations.iam.quotas import check_reads
from activations.models import User
from activations.people.designated import designated, manager_groups
from activations.people.reviewers import others_among
from activations.people.stops import stopped_among
from activations.reporting import audit_log
from activations.services.access_rules import rules_in_force
from activations.services.approval_rules import RoleRuling, ruling_for_approval
from activations.services.first_stage import possible
from activations.services.listed_rules import for_person
from activations.services.project_ids import canonical_project
from eligibility import providers
from eligibility.entitlements import ProjectRole
from eligibility.facts import Facts
from eligibility.judgement import NotEligible, peers_of
from eligibility.people import People
from eligibility.validity import Period
from googlecloud.calls import gather
from googlecloud.errors import GoogleCloudError
from policies.rules.facts import FactsMissing
from policies.rules.requirements import BreakGlassTerms


@dataclass(frozen=True, slots=True)
class PossibleReviewers:
    """The possible reviewers. Peers hold the same eligible role; managers are designated reviewers.

    In a rule with stages: those of the first stage, where managers are all that are no peers.
    """

    peers: tuple[str, ...]
    managers: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """What a person who requests approval needs to know: whom to ask, and what is required."""

    reviewers: PossibleReviewers
    required: RoleRuling
    break_glass: BreakGlassTerms | None = None


def possible_reviewers(*, user: User, role: ProjectRole, now: datetime) -> Asking:
    """Return all people whom this person may ask, without the person themselves.

    :raises Refusal: when the role's project is not named by its id.
    :raises NotEligible: when the person may not request the role, so that others see no names.
    :raises FactsMissing, UnusablePolicy: when it is not known what the access policy requires.
    :raises TooManyRequests: when the person made Google answer too often within a minute.
    :raises googlecloud.errors.GoogleCloudError: when Google fails.
    """
    canonical_project(role.project_id, user=user)
    check_reads(user, now)
    in_force = rules_in_force()
    try:
        found, folders = gather(
            partial(
                providers.catalog().facts_of,
                users=[user.email],
                project_id=role.project_id,
                role=role.role,
            ),
            partial(in_force.folders_for_approval, role, requester=user.email),
        )
        facts = found[user.email]
        wanted = Period.of(now, current_limits().longest)
        required = ruling_for_approval(in_force, facts, role, folders=folders, wanted=wanted)
        return Asking(
            _reviewers(facts, role, user, required), required, _break_glass(facts, required)
        )
    except (GoogleCloudError, NotEligible, FactsMissing) as error:
        audit_log.peers_failed(role=role, error=error)
        raise


def _break_glass(facts: Facts, required: RoleRuling) -> BreakGlassTerms | None:
    """Return the terms of break glass, if this person may use it instead."""
    (held,), (part,) = required.holdings, required.ruling.parts.values()
    return for_person(held, part, facts.principals).break_glass


def _reviewers(
    facts: Facts, role: ProjectRole, user: User, required: RoleRuling
) -> PossibleReviewers:
    terms = required.approval
    if terms is None or not terms.stages:
        return reviewers_of(facts, role, user=user, people=providers.group_members().people)
    parts = possible(terms, role, user, facts).stages[0]
    peers = tuple(email for email, part in parts.items() if part is ReviewerPart.PEER)
    others = tuple(email for email in parts if email not in peers)
    return PossibleReviewers(peers, others, ())


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
