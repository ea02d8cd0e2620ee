"""Lists from the index agree with decisions for every binding."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from eligibility.facts import Facts, Principals
from eligibility.index.lists import personal_projects, project_facts
from eligibility.judgement import entitlements_of
from eligibility.membership import Holding
from eligibility.models import IndexedProject, Refresh
from eligibility.validity import Period
from simulator.company import Company
from tests.eligibility.cases import JIT, MPA, NOON, Attached
from tests.eligibility.indexed_world import index_of

HOUR = Period.of(NOON, timedelta(hours=1))
LATER = f'{JIT} && request.time > timestamp("2031-01-01T00:00:00Z")'
EARLIER = f'{MPA} && request.time < timestamp("2029-01-01T00:00:00Z")'
BUCKET = f'{JIT} && resource.name.startsWith("projects/_/buckets/logs")'
CONDITIONS = (JIT, MPA, BUCKET, LATER, EARLIER, f"{JIT} || false", "has({}.jitAccesConstraint)")
PEOPLE = ("user:alice@example.com", "user:bob@example.com", "user:Charlie@example.com")
GROUPS = tuple(f"group:g{number}@example.com" for number in range(3))
NODES = ("organizations/7", "folders/1", "folders/2", "folders/3", "p1", "p2", "p3")

bindings = st.tuples(
    st.sampled_from(NODES),
    st.sampled_from(["roles/viewer", "roles/editor"]),
    st.lists(st.sampled_from(PEOPLE + GROUPS), min_size=1, max_size=3),
    st.sampled_from(CONDITIONS),
)
worlds = st.lists(bindings, max_size=12)
memberships = st.sets(st.sampled_from(GROUPS))


def company_of(world: list[tuple[str, str, list[str], str]]) -> Company:
    """Create a company with nested and sibling folders and a project in each."""
    company = Company()
    for number, parent in (("1", "organizations/7"), ("2", "folders/1"), ("3", "organizations/7")):
        company.add_folder(number, parent=parent)
    for name, parent in (("p1", "folders/2"), ("p2", "folders/3"), ("p3", "organizations/7")):
        company.add_project(name, parent=parent, display_name=name.upper())
    for node, role, members, condition in world:
        company.bind(node, role, members, condition)
    return company


def live_facts(company: Company, project_id: str, principals: Principals) -> Facts:
    """Return the facts that decisions use: complete policies."""
    chain = company.ancestry(company.resource(project_id))
    policies = tuple(Attached(node.full_name, node.policy) for node in chain)
    return Facts(principals.user, project_id, principals, policies)


def summary(holdings: tuple[Holding, ...]) -> list[tuple[str, str, int]]:
    """Return role, activation type and the length of the path to the binding, for each role."""
    return [(one.project_role.id, one.activation_type, len(one.via)) for one in holdings]


@pytest.mark.django_db
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds, groups=memberships, person=st.sampled_from(["alice", "Charlie"]))
def test_the_index_lists_what_decisions_allow(
    world: list[tuple[str, str, list[str], str]], groups: set[str], person: str
) -> None:
    company = company_of(world)
    names = [group.removeprefix("group:") for group in sorted(groups)]
    principals = Principals.of(f"{person}@example.com", names)
    Refresh.objects.all().delete()
    refresh = index_of(company, NOON)
    listed = {
        project.project_id: project
        for project in personal_projects(refresh, principals=principals, wanted=HOUR)
    }
    for project_id in ("p1", "p2", "p3"):
        allowed = entitlements_of(live_facts(company, project_id, principals), wanted=HOUR)
        found = listed.get(project_id)
        assert summary(found.holdings if found else ()) == summary(allowed.available)
        facts = project_facts(refresh, principals=principals, project_id=project_id)
        assert facts
        from_index = entitlements_of(facts, wanted=HOUR)
        assert summary(from_index.available) == summary(allowed.available)
        assert sorted(from_index.warnings) == sorted(allowed.warnings)


@pytest.mark.django_db
def test_projects_that_are_not_offered_are_not_listed_but_known() -> None:
    company = company_of([("p1", "roles/viewer", [PEOPLE[0]], JIT)])
    refresh = index_of(company, NOON)
    alice = Principals.of("alice@example.com")
    assert personal_projects(refresh, principals=alice, wanted=HOUR)[0].name == "P1"
    IndexedProject.objects.update(is_offered=False)
    assert personal_projects(refresh, principals=alice, wanted=HOUR) == ()
    assert project_facts(refresh, principals=alice, project_id="p1") is not None
    assert project_facts(refresh, principals=alice, project_id="p9") is None


@pytest.mark.django_db
def test_rows_of_another_refresh_are_not_listed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    index_of(company_of([("p1", "roles/editor", [PEOPLE[0]], JIT)]), NOON - timedelta(hours=1))
    refresh = index_of(company_of([("p2", "roles/viewer", [PEOPLE[0]], JIT)]), NOON)
    with django_assert_num_queries(2):
        found = personal_projects(
            refresh, principals=Principals.of("alice@example.com"), wanted=HOUR
        )
    assert [project.project_id for project in found] == ["p2"]
