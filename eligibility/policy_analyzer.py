"""Fetches facts from Cloud Asset's policy analyzer, Resource Manager and the Directory API.

An analysis tells which bindings exist. It does not tell who is in a group: that answer may be old, and a
person who has left a group must not activate anything. So the groups come from the directory, and
the same rule as for the other catalog decides.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any

from eligibility.asset_inventory import Groups, distinct
from eligibility.facts import AttachedBindings, Facts, Principals, acts_on_project, level
from eligibility.membership import held_bindings
from googlecloud.calls import gather
from googlecloud.cloud import Cloud
from googlecloud.policy_analyzer import Analysis, AnalyzedBinding

log = logging.getLogger(__name__)

INCOMPLETE = "Google could not analyze all IAM policies, so roles may be missing."


class PolicyAnalyzerCatalog:
    """Asks for one analysis per question, however many people it is about.

    `throttle` is called in the caller's thread before each analysis, whose daily quota all people
    share; it may wait or raise.
    """

    def __init__(
        self,
        cloud: Cloud,
        *,
        scope: str,
        groups: Groups,
        throttle: Callable[[], None] = lambda: None,
    ) -> None:
        self._throttle = throttle
        self._cloud = cloud
        self._scope = scope
        self._groups = groups

    def facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for displaying lists. The policies may be minutes old.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        self._throttle()
        principals, analysis = gather(
            partial(self._groups.principals, user=user),
            partial(self._bindings_of, user, project_id),
        )
        return facts_from(analysis, principals, project_id)

    def decision_facts(self, *, user: str, project_id: str) -> Facts:
        """Return the facts for a decision. The project's own policy is read live and kept for the write.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        found: Facts
        found, live_policy = gather(
            # `gather` runs the first call in this thread, where the throttle may use the database.
            partial(self.facts, user=user, project_id=project_id),
            partial(self._live_policy, project_id),
        )
        return found.with_live_policy(live_policy)

    def facts_of(self, *, users: Collection[str], project_id: str, role: str) -> dict[str, Facts]:
        """Return the facts of several people about one role, by e-mail address. Makes one analysis.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        self._throttle()
        emails = distinct(users)
        analysis, principals = gather(
            partial(self._bindings_of_role, role, project_id), partial(self._principals_of, emails)
        )
        return {found.user: facts_from(analysis, found, project_id) for found in principals}

    def decision_facts_of(
        self, *, users: Collection[str], project_id: str, role: str
    ) -> dict[str, Facts]:
        """Return the facts for a decision about several people and one role. The project's own policy is read live.

        :raises GoogleCloudError: when Google does not answer; a person without roles is no error.
        """
        found, live_policy = gather(
            # `gather` runs the first call in this thread, where the throttle may use the database.
            partial(self.facts_of, users=users, project_id=project_id, role=role),
            partial(self._live_policy, project_id),
        )
        return {email: facts.with_live_policy(live_policy) for email, facts in found.items()}

    def _bindings_of(self, user: str, project_id: str) -> Analysis:
        analyzer = self._cloud.policy_analyzer
        found = analyzer.bindings_of(scope=self._scope, project_id=project_id, user=user)
        return _noted(found, project_id)

    def _bindings_of_role(self, role: str, project_id: str) -> Analysis:
        analyzer = self._cloud.policy_analyzer
        found = analyzer.bindings_of_role(scope=self._scope, project_id=project_id, role=role)
        return _noted(found, project_id)

    def _live_policy(self, project_id: str) -> dict[str, Any]:
        return self._cloud.resource_manager.get_policy(project_id=project_id)

    def _principals_of(self, emails: Iterable[str]) -> tuple[Principals, ...]:
        return gather(*(partial(self._groups.principals, user=email) for email in emails))


def _noted(analysis: Analysis, project_id: str) -> Analysis:
    """Log why an analysis is incomplete: most people who see the consequences may not read the reasons."""
    if not analysis.is_complete:
        reasons = "; ".join(analysis.causes) or "Google gave no reason"
        log.warning("The analysis of %s is incomplete: %s", project_id, reasons)
    return analysis


def facts_from(analysis: Analysis, principals: Principals, project_id: str) -> Facts:
    """Return the facts about one person: Google's evaluation of conditions is not used.

    Conditions are read as everywhere else, because the live policy of a decision comes without
    any evaluation, and because an activation may end between Google's clock and ours.
    """
    policies = _policies(analysis.bindings, project_id)
    return Facts(
        user=principals.user,
        project_id=project_id,
        principals=principals,
        policies=policies,
        is_complete=analysis.is_complete,
        warnings=tuple(_warnings(analysis, is_held=any(held_bindings(policies, principals)))),
    )


def _policies(found: Iterable[AnalyzedBinding], project_id: str) -> tuple[AttachedBindings, ...]:
    """From the project upward; each binding once, although Google may repeat it."""
    by_resource: dict[str, list[dict[str, Any]]] = {}
    for item in found:
        if acts_on_project(project_id, item.attached_resource, item.resources):
            bindings = by_resource.setdefault(item.attached_resource, [])
            if item.binding not in bindings:
                bindings.append(item.binding)
    return tuple(
        AttachedBindings(resource, {"bindings": by_resource[resource]})
        for resource in sorted(by_resource, key=level)
    )


def _warnings(analysis: Analysis, *, is_held: bool) -> Iterator[str]:
    """Google's reasons may name groups, so people without roles on the project get a general sentence."""
    if analysis.causes and is_held:
        yield from analysis.causes
    elif not analysis.is_complete:
        yield INCOMPLETE
