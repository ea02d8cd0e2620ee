"""Fetches facts from Cloud Asset's policy analyzer, Resource Manager and the Directory API.

An analysis tells which bindings exist. It does not tell who is in a group: that answer may be old, and a
person who has left a group must not activate anything. So the groups come from the directory, and
the same rule as for the other catalog decides.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from eligibility.catalog import Catalog
from eligibility.facts import AttachedBindings, Facts, Principals, acts_on_project, level
from eligibility.membership import held_bindings
from googlecloud.policy_analyzer import Analysis, AnalyzedBinding

log = logging.getLogger(__name__)

INCOMPLETE = "Google could not analyze all IAM policies, so roles may be missing."


class PolicyAnalyzerCatalog(Catalog[Analysis]):
    """Makes one analysis per question, however many people it is about."""

    def _read_of_person(self, user: str, project_id: str) -> Analysis:
        analyzer = self._cloud.policy_analyzer
        found = analyzer.bindings_of(scope=self._scope, project_id=project_id, user=user)
        return _noted(found, project_id)

    def _read_of_role(self, role: str, project_id: str) -> Analysis:
        analyzer = self._cloud.policy_analyzer
        found = analyzer.bindings_of_role(scope=self._scope, project_id=project_id, role=role)
        return _noted(found, project_id)

    def _facts_from(self, found: Analysis, principals: Principals, project_id: str) -> Facts:
        return facts_from(found, principals, project_id)


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
