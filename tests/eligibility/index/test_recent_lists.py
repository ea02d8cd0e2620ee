"""Lists that are kept: as current as those read each time, for everybody, and in bounded memory."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from eligibility.facts import Principals
from eligibility.index.lists import personal_projects
from eligibility.index.recent_lists import RecentLists
from eligibility.models import Refresh
from eligibility.validity import Period
from simulator.company import Company
from tests.eligibility.cases import JIT, NOON
from tests.eligibility.indexed_world import index_of

HOUR = timedelta(hours=1)
NOW = Period.of(NOON, HOUR)
ALICE = Principals.of("alice@example.com")
BOB = Principals.of("bob@example.com")
CAROL = Principals.of("carol@example.com")
CHARLIE = Principals.of("charlie@example.com")


def shop(*more: str) -> Company:
    """Create a company in which Alice, Bob and Carol have a role on the organization."""
    company = Company()
    for name in more:
        company.add_project(name)
    people = [one.user for one in (ALICE, BOB, CAROL)]
    company.bind("organizations/7", "roles/viewer", [f"user:{one}" for one in people], JIT)
    return company


@pytest.fixture
def refresh(db: None) -> Refresh:
    return index_of(shop("p1", "p2"), NOON)


def ids(lists: RecentLists, refresh: Refresh, who: Principals, wanted: Period = NOW) -> list[str]:
    return [one.project_id for one in lists.projects(refresh, principals=who, wanted=wanted)]


def test_the_second_list_takes_no_query(
    refresh: Refresh, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lists = RecentLists()
    with django_assert_num_queries(2):
        first = lists.projects(refresh, principals=ALICE, wanted=NOW)
    with django_assert_num_queries(0):
        assert lists.projects(refresh, principals=ALICE, wanted=NOW) == first
    assert first == personal_projects(refresh, principals=ALICE, wanted=NOW)


def test_charlie_sees_nothing_of_the_lists_of_others(refresh: Refresh) -> None:
    lists = RecentLists()
    assert ids(lists, refresh, ALICE)
    assert ids(lists, refresh, CHARLIE) == []


def test_a_person_who_joined_a_group_gets_another_list(db: None) -> None:
    company = shop()
    company.add_project("p1")
    company.bind("p1", "roles/editor", ["group:team@example.com"], JIT)
    lists, refresh = RecentLists(), index_of(company, NOON)
    before = lists.projects(refresh, principals=ALICE, wanted=NOW)
    joined = Principals.of("alice@example.com", ["team@example.com"])
    after = lists.projects(refresh, principals=joined, wanted=NOW)
    assert [len(one.roles) for one in before] == [1, 1]
    assert [len(one.roles) for one in after] == [1, 2]
    assert lists.projects(refresh, principals=ALICE, wanted=NOW) == before


def test_the_next_refresh_replaces_all_lists(refresh: Refresh) -> None:
    lists = RecentLists()
    assert ids(lists, refresh, ALICE) == ["jit-access-host", "p1", "p2"]
    later = index_of(shop("p2"), NOON + HOUR)
    assert ids(lists, later, ALICE) == ["jit-access-host", "p2"]


def test_a_role_disappears_from_a_kept_list_when_its_time_ends(db: None) -> None:
    company = Company()
    company.add_project("p1")
    until = f'{JIT} && request.time < timestamp("2030-06-01T13:30:00Z")'
    company.bind("p1", "roles/viewer", ["user:alice@example.com"], until)
    lists, refresh = RecentLists(), index_of(company, NOON)
    assert ids(lists, refresh, ALICE) == ["p1"]
    assert ids(lists, refresh, ALICE, Period.of(NOON + 300 * 24 * HOUR, HOUR)) == []
    assert ids(lists, refresh, ALICE) == ["p1"]


def test_the_list_used_longest_ago_makes_room(
    refresh: Refresh, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lists = RecentLists(most_projects=6)  # two lists of three projects
    for who in (ALICE, BOB, ALICE, CAROL):
        assert len(ids(lists, refresh, who)) == 3
    with django_assert_num_queries(0):
        ids(lists, refresh, ALICE)
        ids(lists, refresh, CAROL)
    with django_assert_num_queries(2):
        ids(lists, refresh, BOB)


def test_a_list_that_leaves_no_room_for_others_is_not_kept(
    refresh: Refresh, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lists = RecentLists(most_projects=5)
    ids(lists, refresh, ALICE)
    with django_assert_num_queries(2):
        ids(lists, refresh, ALICE)
