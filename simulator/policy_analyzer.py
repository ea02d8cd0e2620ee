"""Cloud Asset: analyses of IAM policies, with the daily quota, partial answers, and the usual lag.

Roles are not expanded to permissions; each role includes `resourcemanager.projects.get` and no other.
A binding whose condition is certainly false is reported as FALSE.
"""

import time
from collections.abc import Iterator
from typing import Any

from simulator.analysis_conditions import evaluation
from simulator.analysis_identities import Expansion
from simulator.analysis_query import AnalysisQuery
from simulator.cloud_asset import scope_of
from simulator.company import Company
from simulator.errors import ApiError, denied, error_info
from simulator.google_api import ApiCall, GoogleRoute, google_api
from simulator.resources import Resource

PERMISSION = "cloudasset.assets.analyzeIamPolicy"
MOST_EXPANDED = 1000
Json = dict[str, Any]


def analyze_iam_policy(call: ApiCall) -> Json:
    """analyzeIamPolicy."""
    world = call.world
    if PERMISSION in world.withheld_permissions:
        raise denied(PERMISSION, call.path["scope"])
    count_analysis(call)
    with world.company.lock:
        scope = scope_of(call)
        query = AnalysisQuery.read(call, scope)
        expansion = Expansion(world.company, query, unreadable=world.unreadable_groups)
        results = list(analyzed(call, scope, query, expansion))
    causes = list(expansion.errors())
    if query.seconds is not None and query.seconds < world.analysis_seconds:
        results = results[: len(results) // 2]
        causes.append(("DEADLINE_EXCEEDED", "The analysis was not finished in time."))
    return answer(query, results, causes, is_cut=expansion.is_cut)


def count_analysis(call: ApiCall) -> None:
    """Refuse what is beyond the daily quota.

    :raises ApiError: 429.
    """
    world = call.world
    with world.company.lock:
        if world.analyses_left is None:
            return
        if world.analyses_left < 1:
            info = error_info("RATE_LIMIT_EXCEEDED", service="cloudasset.googleapis.com")
            raise ApiError(
                429,
                "Quota exceeded for quota metric 'AnalyzeIamPolicy requests' of service"
                " 'cloudasset.googleapis.com'.",
                details=[info],
            )
        world.analyses_left -= 1


def answer(
    query: AnalysisQuery, results: list[Json], causes: list[tuple[str, str]], *, is_cut: bool
) -> Json:
    """Return the whole answer; as everywhere in Google's JSON, what is false or empty is left out."""
    explored = {"fullyExplored": True} if not causes and not is_cut else {}
    main: Json = {"analysisQuery": query.document} | explored
    if results:
        main["analysisResults"] = results
    if causes:
        main["nonCriticalErrors"] = [{"code": code, "cause": cause} for code, cause in causes]
    return {"mainAnalysis": main} | explored


def analyzed(
    call: ApiCall, scope: Resource, query: AnalysisQuery, expansion: Expansion
) -> Iterator[Json]:
    """Yield one result for each binding that matches all selectors."""
    company, moment = call.world.company, time.monotonic() - call.world.asset_lag
    for attached in attachment_points(company, scope, query):
        for binding in attached.policy_as_of(moment)["bindings"]:
            identities = expansion.identities(binding.get("members") or [])
            accesses = query.accesses(str(binding.get("role", "")))
            if identities and accesses:
                yield {
                    "attachedResourceFullName": attached.full_name,
                    "iamBinding": binding,
                    "accessControlLists": [
                        access_list(company, query, attached, binding, accesses)
                    ],
                    "identityList": identity_list(query, expansion, binding, identities),
                    "fullyExplored": True,
                }


def attachment_points(company: Company, scope: Resource, query: AnalysisQuery) -> list[Resource]:
    """Return where bindings may be set: from the selected resource upward, or anywhere in the scope."""
    if query.resource is not None:
        chain = company.ancestry(query.resource)
        upward = chain[: chain.index(scope) + 1]
        below = descendants(company, query.resource) if query.expand_resources else []
        return [*upward, *below]
    return [scope, *descendants(company, scope)]


def descendants(company: Company, top: Resource) -> list[Resource]:
    """Return everything below a resource, by name."""
    found = [
        resource
        for resource in company.resources.values()
        if resource is not top and resource.visible and top in company.ancestry(resource)
    ]
    return sorted(found, key=lambda each: each.full_name)


def access_list(
    company: Company,
    query: AnalysisQuery,
    attached: Resource,
    binding: Json,
    accesses: list[Json],
) -> Json:
    """Return what a binding gives, on which resources, and how its condition was evaluated."""
    resources = [query.resource or attached]
    if query.resource is None and query.expand_resources:
        resources += descendants(company, attached)[:MOST_EXPANDED]
    found: Json = {
        "resources": [
            {"fullResourceName": each.full_name, "analysisState": {"code": "OK"}}
            for each in resources
        ],
        "accesses": accesses,
    }
    if condition := binding.get("condition"):
        value = evaluation(str(condition.get("expression") or ""), query.access_time)
        found["conditionEvaluation"] = {"evaluationValue": value}
    return found


def identity_list(
    query: AnalysisQuery, expansion: Expansion, binding: Json, identities: list[str]
) -> Json:
    """Return the matching identities and, when requested, the groups that lead to them."""
    found: Json = {"identities": [{"name": name} for name in identities]}
    if query.output_group_edges:
        edges = expansion.edges(binding.get("members") or [])
        found["groupEdges"] = [
            {"sourceNode": group, "targetNode": member} for group, member in edges
        ]
    return found


def routes() -> list[GoogleRoute]:
    """Return the methods of this service."""
    return google_api("cloudasset.v1", {"analyzeIamPolicy": analyze_iam_policy})
