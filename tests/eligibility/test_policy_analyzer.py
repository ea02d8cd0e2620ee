"""The policy analyzer as a catalog: what it costs, what is authoritative, and what stays unknown."""

import logging
from datetime import timedelta

import pytest

from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.group_members import GroupMembers
from eligibility.groups import GroupGraph
from eligibility.judgement import (
    NotEligible,
    Undetermined,
    check_eligible,
    entitlements_of,
    peers_of,
)
from eligibility.policy_analyzer import INCOMPLETE, PolicyAnalyzerCatalog, facts_from
from eligibility.validity import Period
from googlecloud.cloud import Cloud
from googlecloud.errors import DailyQuotaExceeded, Denied, GoogleCloudError, NotFound, TimedOut
from simulator import Simulator
from tests.eligibility.cases import (
    JIT,
    MPA,
    NOON,
)

ALICE = "alice@example.com"
WHO = {"user": ALICE, "project_id": "playground"}
BROWSER = ProjectRole("playground", "roles/browser")
ANALYZE = "cloudasset.analyzeIamPolicy"


@pytest.fixture
def analyzer(sim: Simulator, cloud: Cloud, graph: GroupGraph) -> PolicyAnalyzerCatalog:
    sim.company.add_folder("99", parent="organizations/7")
    sim.company.add_project("playground", parent="folders/99")
    return PolicyAnalyzerCatalog(cloud, scope=sim.company.organization, groups=graph)


def roles(facts: Facts) -> list[str]:
    found = entitlements_of(facts, wanted=Period.of(NOON, timedelta(hours=1))).available
    return [holding.project_role.role for holding in found if "support" not in holding.via[-1]]


def check(facts: Facts, role: ProjectRole = BROWSER) -> None:
    check_eligible(facts, [role], ActivationType.JIT, wanted=None)


def test_a_list_costs_one_analysis_and_the_groups(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    analyzer.facts(**WHO)
    sim.calls.clear()
    sim.latency = 0.3
    assert "roles/browser" in roles(analyzer.facts(**WHO))
    assert (len(sim.calls.google), sim.calls.google.depth()) == (2, 1)
    assert len(sim.calls.of(ANALYZE)) == 1


def test_a_decision_costs_three_calls_at_the_same_time(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.bind("playground", "roles/browser", f"user:{ALICE}", JIT)
    analyzer.facts(**WHO)
    sim.calls.clear()
    sim.latency = 0.3
    check(analyzer.decision_facts(**WHO))
    assert (len(sim.calls.google), sim.calls.google.depth()) == (3, 1)


def test_one_analysis_is_enough_for_many_people(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    people = [ALICE, "bob@example.com", "carol@example.com", "ALICE@example.com"]
    sim.company.bind("folders/99", "roles/browser", [f"user:{name}" for name in people[:2]], JIT)
    sim.company.bind("playground", "roles/browser", "user:carol@example.com", JIT)
    throttled: list[int] = []
    analyzer._throttle = lambda: throttled.append(1)
    found = analyzer.decision_facts_of(users=people, project_id="playground", role="roles/browser")
    assert list(found) == people[:3]
    for facts in found.values():
        check(facts)
        assert facts.live_policy
    assert (len(sim.calls.of(ANALYZE)), len(throttled)) == (1, 1)


def test_roles_come_from_all_levels_and_through_nested_groups(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.add_group("inner@example.com", members=[ALICE])
    sim.company.add_group("outer@example.com", members=["inner@example.com"])
    sim.company.bind("organizations/7", "roles/a", "group:outer@example.com", JIT)
    sim.company.bind("folders/99", "roles/b", "group:inner@example.com", MPA)
    sim.company.bind("playground", "roles/c", f"user:{ALICE}", f'{JIT} && resource.name == "x"')
    facts = analyzer.decision_facts(**WHO)
    assert set(roles(facts)) >= {"roles/a", "roles/b", "roles/c"}
    check(facts, ProjectRole("playground", "roles/c", 'resource.name == "x"'))


def test_what_became_or_stopped_being_eligible_on_the_project_counts_at_once(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.bind("playground", "roles/viewer", f"user:{ALICE}", JIT)
    sim.asset_lag = 3600
    eligible = {
        "role": "roles/browser",
        "members": [f"user:{ALICE}"],
        "condition": {"title": "Eligible", "expression": JIT},
    }
    sim.company.put_policy("playground", {"bindings": [eligible]}, settled=False)
    assert "roles/viewer" in roles(analyzer.facts(**WHO))
    check(analyzer.decision_facts(**WHO))
    with pytest.raises(NotEligible):
        check(analyzer.decision_facts(**WHO), ProjectRole("playground", "roles/viewer"))


def test_who_left_a_group_holds_nothing_whatever_the_analysis_says(
    cloud: Cloud, sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.add_group("team@example.com", members=[ALICE])
    sim.company.bind("folders/99", "roles/browser", "group:team@example.com", JIT)
    check(analyzer.decision_facts(**WHO))
    analysis = cloud.policy_analyzer.bindings_of(scope="organizations/7", **WHO)
    sim.company.leave("team@example.com", ALICE)
    graph = GroupGraph(cloud.directory, customer_id=sim.company.customer_id)
    with pytest.raises(NotEligible):
        check(facts_from(analysis, graph.principals(user=ALICE), "playground"))


def test_an_incomplete_analysis_never_says_that_somebody_is_not_eligible(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.unreadable_groups = frozenset({"secret@example.com"})
    sim.company.add_group("secret@example.com")
    sim.company.bind("folders/99", "roles/browser", "group:secret@example.com", JIT)
    sim.company.bind("playground", "roles/viewer", f"user:{ALICE}", JIT)
    facts = analyzer.decision_facts(**WHO)
    check(facts, ProjectRole("playground", "roles/viewer"))
    with pytest.raises(Undetermined, match="could not be determined") as unknown:
        check(facts)
    assert "secret" not in str(unknown.value)
    assert facts.warnings == ("The members of group:secret@example.com could not be read.",)


def test_outsiders_do_not_learn_which_groups_are_bound(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.unreadable_groups = frozenset({"secret@example.com"})
    sim.company.add_group("secret@example.com")
    sim.company.bind("playground", "roles/viewer", "group:secret@example.com", JIT)
    facts = analyzer.facts(user="charlie@partner.com", project_id="playground")
    assert facts.warnings == (INCOMPLETE,)


def test_operators_find_the_reasons_in_the_log(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog, caplog: pytest.LogCaptureFixture
) -> None:
    sim.analysis_seconds = 60
    with caplog.at_level(logging.WARNING):
        analyzer.facts(**WHO)
    assert "The analysis of playground is incomplete: The analysis was not fini" in caplog.text


def test_a_partial_analysis_is_told_in_the_list(
    sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.analysis_seconds = 60
    facts = analyzer.facts(**WHO)
    assert not facts.is_complete
    found = entitlements_of(facts, wanted=Period.of(NOON, timedelta(hours=1)))
    assert set(facts.warnings) <= set(found.warnings)


def test_peers_are_all_holders_wherever_the_role_is_bound(
    cloud: Cloud, sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.add_group("reviewers@example.com", members=["carol@example.com"])
    sim.company.bind("playground", "roles/browser", [f"user:{ALICE}", "user:bob@example.com"], MPA)
    sim.company.bind("folders/99", "roles/browser", "group:reviewers@example.com", MPA)
    found = analyzer.facts_of(users=[ALICE], project_id="playground", role="roles/browser")
    peers = peers_of(found[ALICE], BROWSER, GroupMembers(cloud.directory).people)
    assert (peers.emails, peers.warnings) == (("bob@example.com", "carol@example.com"), ())


def test_peers_of_an_incomplete_analysis_come_with_a_warning(
    cloud: Cloud, sim: Simulator, analyzer: PolicyAnalyzerCatalog
) -> None:
    sim.company.bind("playground", "roles/browser", [f"user:{ALICE}", "user:bob@example.com"], MPA)
    sim.company.bind("playground", "roles/browser", [f"user:{ALICE}"], MPA, title="Again")
    sim.analysis_seconds = 60
    found = analyzer.facts_of(users=[ALICE], project_id="playground", role="roles/browser")
    peers = peers_of(found[ALICE], BROWSER, GroupMembers(cloud.directory).people)
    assert peers.warnings == ("The analysis was not finished in time.",)


@pytest.mark.parametrize(
    "api", ["directory.groups.list", ANALYZE, "cloudresourcemanager.projects.getIamPolicy"]
)
@pytest.mark.parametrize(
    ("status", "error"), [(504, TimedOut), (403, Denied), (429, GoogleCloudError)]
)
def test_what_google_refuses_is_told_as_it_is(
    sim: Simulator,
    analyzer: PolicyAnalyzerCatalog,
    api: str,
    status: int,
    error: type[GoogleCloudError],
) -> None:
    sim.faults.add(api, status=status, times=None)
    with pytest.raises(error):
        analyzer.decision_facts(**WHO)


def test_a_limit_of_our_own_keeps_google_from_being_asked(
    sim: Simulator, cloud: Cloud, graph: GroupGraph
) -> None:
    def refuse() -> None:
        raise DailyQuotaExceeded("used up")

    full = PolicyAnalyzerCatalog(cloud, scope="organizations/7", groups=graph, throttle=refuse)
    for ask in (full.facts, full.decision_facts):
        with pytest.raises(DailyQuotaExceeded):
            ask(user=ALICE, project_id="shop-prod")
    for ask_many in (full.facts_of, full.decision_facts_of):
        with pytest.raises(DailyQuotaExceeded):
            ask_many(users=[ALICE], project_id="shop-prod", role="roles/viewer")
    assert not sim.calls.of(ANALYZE)


def test_unknown_projects_are_refused(analyzer: PolicyAnalyzerCatalog) -> None:
    with pytest.raises(NotFound):
        analyzer.facts(user=ALICE, project_id="nowhere-to-be-found")
