"""Both catalogs give the same answers about the same cloud, wherever an analysis is complete."""

import random
from datetime import timedelta
from typing import Any

import pytest

from eligibility.asset_inventory import AssetInventoryCatalog
from eligibility.catalog import Catalog
from eligibility.entitlements import ActivationType, ProjectRole
from eligibility.facts import Facts
from eligibility.group_members import GroupMembers
from eligibility.groups import GroupGraph
from eligibility.judgement import entitlements_of, peers_of
from eligibility.membership import EntitlementSet, Holding
from eligibility.policy_analyzer import PolicyAnalyzerCatalog
from eligibility.validity import Period
from googlecloud.cloud import Cloud
from simulator import Simulator
from simulator.seed_bindings import window
from tests.eligibility.cases import JIT, MPA, NOON

# An external group is bound on data-lake, which Google cannot expand: see the test of that.
PROJECTS = ("shop-prod", "shop-staging", "billing-prod", "payroll", "example.com:legacy-crm")
PLACES = ("folders/98", "folders/99", "playground", "organizations/7")
PEOPLE = ("alice", "bob", "carol")
GROUPS = ("inner", "middle", "outer")
CONDITIONS = (
    *(JIT, MPA, f'{JIT} && resource.name == "x"', f"{JIT} && {MPA}", f"{JIT} || true", None),
    f'{MPA} && request.time < timestamp("2030-01-01T12:30:00Z")',
    f'{JIT} && request.time < timestamp("2029-01-01T00:00:00Z")',
    "has({}.jitAccesConstraint)",
)
WINDOWS = ((-600, 600), (-7200, -3600), (3600, 7200))
WANTED = Period.of(NOON, timedelta(hours=1))


@pytest.fixture
def analyzer(sim: Simulator, cloud: Cloud, graph: GroupGraph) -> PolicyAnalyzerCatalog:
    return PolicyAnalyzerCatalog(cloud, scope=sim.company.organization, groups=graph)


def told(catalog: Catalog[Any], email: str, project_id: str) -> list[EntitlementSet]:
    facts = catalog.facts(user=email, project_id=project_id)
    decided = catalog.decision_facts(user=email, project_id=project_id)
    assert facts.is_complete
    assert decided.is_complete
    return [comparable(entitlements_of(each, wanted=WANTED)) for each in (facts, decided)]


def comparable(found: EntitlementSet) -> EntitlementSet:
    """The order of warnings follows the policies, which may come in any order."""
    return EntitlementSet(
        found.available, found.current, found.expired, tuple(sorted(found.warnings))
    )


@pytest.mark.parametrize("project_id", PROJECTS)
def test_the_seeded_company(
    sim: Simulator, catalog: AssetInventoryCatalog, analyzer: PolicyAnalyzerCatalog, project_id: str
) -> None:
    for user in list(sim.company.users.values()):
        assert told(analyzer, user.email, project_id) == told(catalog, user.email, project_id)


def scatter(sim: Simulator, seed: int) -> None:
    """Some groups in groups, and bindings of every kind at every level."""
    chance = random.Random(seed)
    sim.company.add_folder("98", parent="organizations/7")
    sim.company.add_folder("99", parent="folders/98")
    sim.company.add_project("playground", parent="folders/99")
    inside: list[str] = []
    for group in GROUPS:
        people = [f"{name}@example.com" for name in chance.sample(PEOPLE, chance.randint(0, 2))]
        sim.company.add_group(f"{group}@example.com", members=[*people, *inside])
        inside = [f"{group}@example.com"] * chance.randint(0, 1)
    members = [
        *(f"user:{name}@example.com" for name in PEOPLE),
        *(f"group:{name}@example.com" for name in GROUPS),
        *("domain:example.com", "user:Alice@Example.com"),
    ]
    for number in range(14):
        chosen = chance.sample(members, chance.randint(1, 3))
        place, role = chance.choice(PLACES), f"roles/r{chance.randint(1, 4)}"
        sim.company.bind(place, role, chosen, chance.choice(CONDITIONS), title=f"No. {number}")
        start, end = chance.choice(WINDOWS)
        when = window(NOON.timestamp() + start, NOON.timestamp() + end)
        sim.company.bind(place, role, chosen[0], when, title="JIT access activation")


@pytest.mark.parametrize("seed", range(12))
def test_a_company_made_at_random(
    sim: Simulator,
    cloud: Cloud,
    catalog: AssetInventoryCatalog,
    analyzer: PolicyAnalyzerCatalog,
    seed: int,
) -> None:
    scatter(sim, seed)
    emails = [f"{name}@example.com" for name in PEOPLE]
    for email in emails:
        assert told(analyzer, email, "playground") == told(catalog, email, "playground")
    people = GroupMembers(cloud.directory).people
    for role in (ProjectRole("playground", f"roles/r{number}") for number in range(1, 5)):
        asked: dict[str, Any] = {"users": emails, "project_id": "playground", "role": role.role}
        theirs, ours = catalog.decision_facts_of(**asked), analyzer.decision_facts_of(**asked)
        for email in emails:
            assert peers_of(ours[email], role, people) == peers_of(theirs[email], role, people)
            assert held(ours[email], role) == held(theirs[email], role)


def held(facts: Facts, role: ProjectRole) -> list[Holding]:
    found = entitlements_of(facts, wanted=WANTED, types=[ActivationType.MPA]).available
    return [one for one in found if one.project_role.role == role.role]


def test_a_group_that_google_cannot_expand_makes_the_answer_incomplete(
    analyzer: PolicyAnalyzerCatalog,
) -> None:
    assert not analyzer.facts(user="charlie@example.com", project_id="data-lake").is_complete
