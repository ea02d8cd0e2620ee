"""All groups of a person are found with one call if Google allows it, else through the Directory API."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.asset_inventory import AssetInventoryCatalog
from eligibility.group_members import GroupMembers
from eligibility.groups import GroupGraph, GroupSearch
from googlecloud.cloud import Cloud
from googlecloud.errors import QuotaExceeded, TimedOut, Unavailable
from simulator import Simulator
from tests.eligibility.conftest import Clock
from tests.eligibility.test_groups import nest

ALICE, BOB, PETRA = "alice@example.com", "bob@example.com", "petra@partner.example"
ANY = "cloudidentity.*"
GROUPS = "cloudidentity.groups.memberships.searchTransitiveGroups"
MEMBERS = "cloudidentity.groups.memberships.searchTransitiveMemberships"
DIRECTORY = "directory.groups.list"
DAY = 86_400


@pytest.fixture
def search(sim: Simulator, cloud: Cloud, clock: Clock) -> GroupSearch:
    customer = sim.company.customer_id
    return GroupSearch(cloud.cloud_identity, customer_id=customer, clock=clock)


@pytest.fixture
def searching(sim: Simulator, cloud: Cloud, clock: Clock, search: GroupSearch) -> GroupGraph:
    customer = sim.company.customer_id
    return GroupGraph(cloud.directory, customer_id=customer, search=search, clock=clock)


@pytest.fixture
def licensed(sim: Simulator) -> Simulator:
    sim.searches_groups = True
    return sim


@pytest.fixture(autouse=True)
def without_seeded_groups(sim: Simulator) -> None:
    for group in list(sim.company.groups):
        sim.company.remove_group(group)
    nest(sim, "a@example.com", "b@example.com", "c@example.com")


def count_calls(sim: Simulator, pattern: str) -> int:
    """Return the number of matching calls since the previous `count_calls`."""
    count = len(sim.calls.of(pattern))
    sim.calls.clear()
    return count


def groups_of(graph: GroupGraph, person: str = ALICE) -> set[str]:
    found = graph.principals(user=person).ways
    return {name.removeprefix("group:") for name in found if name.startswith("group:")}


def test_all_groups_need_one_call_at_any_depth(licensed: Simulator, searching: GroupGraph) -> None:
    found = searching.principals(user="Alice@example.com")
    assert (len(licensed.calls.google), licensed.calls.google.depth()) == (1, 1)
    assert found.user == ALICE
    assert set(found.ways) == {
        f"user:{ALICE}",
        *(f"group:{name}@example.com" for name in ("a", "b", "c")),
    }
    assert found.warnings == ()


def test_a_search_names_person_and_bound_group_and_the_directory_also_groups_between(
    licensed: Simulator, searching: GroupGraph
) -> None:
    top = "group:c@example.com"
    assert searching.principals(user=ALICE).ways[top] == (f"user:{ALICE}", top)
    assert searching.walked(user=ALICE).ways[top] == (
        f"user:{ALICE}",
        "group:a@example.com",
        "group:b@example.com",
        top,
    )


def test_facts_of_a_licensed_organization_take_one_step(
    licensed: Simulator, cloud: Cloud, searching: GroupGraph
) -> None:
    catalog = AssetInventoryCatalog(cloud, scope=licensed.company.organization, groups=searching)
    catalog.facts(user=ALICE, project_id="shop-prod")
    licensed.calls.clear()
    licensed.latency = 0.3
    catalog.decision_facts(user=ALICE, project_id="shop-prod")
    assert (len(licensed.calls.google), licensed.calls.google.depth()) == (3, 1)
    assert count_calls(licensed, GROUPS) == 1


def test_every_change_of_groups_counts_immediately(
    licensed: Simulator, searching: GroupGraph
) -> None:
    assert groups_of(searching) == {"a@example.com", "b@example.com", "c@example.com"}
    licensed.company.leave("c@example.com", "b@example.com")
    assert groups_of(searching) == {"a@example.com", "b@example.com"}


def test_without_a_licence_the_directory_is_used_and_the_search_is_skipped_for_a_day(
    sim: Simulator, searching: GroupGraph, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="eligibility")
    assert groups_of(searching) == {"a@example.com", "b@example.com", "c@example.com"}
    assert count_calls(sim, ANY) == 1
    groups_of(searching)
    groups_of(searching, BOB)
    clock.sleep(DAY - 1)
    groups_of(searching)
    assert count_calls(sim, ANY) == 0
    (line,) = [each.getMessage() for each in caplog.records if each.name.startswith("eligibility")]
    assert line.startswith("Cloud Identity refuses searches. The Directory API is used")
    assert "Error(3005)" in line
    assert {each.__dict__.get("event") for each in caplog.records} >= {"groups.source"}
    clock.sleep(1)
    sim.searches_groups = True
    assert len(groups_of(searching)) == 3
    assert (len(sim.calls.of(GROUPS)), len(sim.calls.of(DIRECTORY))) == (1, 0)


@pytest.mark.parametrize("reason", ["SERVICE_DISABLED", "", "SECURITY_POLICY_VIOLATED"])
def test_a_disabled_or_denied_api_is_skipped_for_a_day(
    licensed: Simulator, searching: GroupGraph, clock: Clock, reason: str
) -> None:
    licensed.faults.add(GROUPS, status=403, reason=reason)
    assert len(groups_of(searching)) == 3
    groups_of(searching, BOB)
    assert count_calls(licensed, ANY) == 1
    clock.sleep(DAY)
    groups_of(searching)
    assert count_calls(licensed, ANY) == 1


def test_a_refusal_after_an_answer_applies_to_this_person_only(
    licensed: Simulator, searching: GroupGraph
) -> None:
    licensed.company.join("a@example.com", PETRA)
    groups_of(searching)
    licensed.calls.clear()
    for _ in range(2):
        assert groups_of(searching, PETRA) == {"a@example.com", "b@example.com", "c@example.com"}
    assert count_calls(licensed, ANY) == 1
    assert len(groups_of(searching)) == 3
    assert (len(licensed.calls.of(GROUPS)), len(licensed.calls.of(DIRECTORY))) == (1, 0)


def test_an_api_that_is_disabled_later_is_skipped_for_everybody(
    licensed: Simulator, searching: GroupGraph
) -> None:
    groups_of(searching)
    licensed.faults.add(GROUPS, status=403, reason="SERVICE_DISABLED")
    groups_of(searching, BOB)
    licensed.calls.clear()
    assert len(groups_of(searching)) == 3
    assert count_calls(licensed, ANY) == 0


@pytest.mark.parametrize("status", [400, 404])
def test_the_directory_is_used_for_people_unknown_to_the_search(
    licensed: Simulator, searching: GroupGraph, status: int
) -> None:
    licensed.faults.add(GROUPS, status=status)
    assert len(groups_of(searching)) == 3
    groups_of(searching, BOB)
    assert count_calls(licensed, GROUPS) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, QuotaExceeded), (500, Unavailable), (503, Unavailable), (504, TimedOut)],
)
def test_a_failure_of_google_is_reported_as_such_and_not_cached(
    licensed: Simulator, searching: GroupGraph, status: int, error: type[Exception]
) -> None:
    licensed.faults.add(GROUPS, status=status, times=None)
    with pytest.raises(error):
        searching.principals(user=ALICE)
    assert not licensed.calls.of(DIRECTORY)
    licensed.faults.clear()
    assert len(groups_of(searching)) == 3
    assert not licensed.calls.of(DIRECTORY)


def test_matching_configured_groups_needs_one_call(
    licensed: Simulator, searching: GroupGraph
) -> None:
    assert searching.is_among(ALICE, ["group:c@example.com"])
    assert [call.api for call in licensed.calls.google] == [GROUPS]


# Members of groups


@pytest.fixture
def members(cloud: Cloud, clock: Clock, search: GroupSearch) -> GroupMembers:
    return GroupMembers(cloud.directory, search=search, clock=clock)


def test_nested_members_are_read_in_three_steps_at_any_depth(
    licensed: Simulator, members: GroupMembers
) -> None:
    nest(licensed, *(f"g{number}@example.com" for number in range(8)))
    cold = members.people(["b@example.com"])  # fills the cache of tokens
    assert cold.of["b@example.com"] == {ALICE}
    licensed.calls.clear()
    licensed.latency = 0.2
    found = members.people(["g7@example.com"])
    assert found.of["g7@example.com"] == {ALICE}
    assert licensed.calls.google.depth() == 3
    licensed.calls.clear()
    members.people(["g7@example.com"])
    assert (licensed.calls.google.depth(), len(licensed.calls.of("cloudidentity.*"))) == (1, 0)


def test_the_directory_decides_which_found_members_may_review(
    licensed: Simulator, members: GroupMembers
) -> None:
    licensed.company.add_user("gus@example.com", suspended=True)
    for member in ("gus@example.com", PETRA, "robot@p.iam.gserviceaccount.com", "CUSTOMER"):
        licensed.company.join("a@example.com", member)
    found = members.people(["c@example.com"])
    assert found.of["c@example.com"] == {ALICE}
    assert {"gus@example.com", PETRA} <= found.refused


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_group_that_cannot_be_searched_is_read_from_the_directory(
    licensed: Simulator, members: GroupMembers, status: int
) -> None:
    licensed.faults.add(MEMBERS, status=status)
    found = members.people(["c@example.com"])
    assert found.of["c@example.com"] == {ALICE}
    assert found.warnings == ()


def test_a_group_of_another_organization_does_not_stop_the_search_for_people(
    licensed: Simulator, members: GroupMembers, searching: GroupGraph
) -> None:
    licensed.company.add_group("x@partner.example", [PETRA], external=True)
    found = members.people(["x@partner.example"])
    (warning,) = found.warnings
    assert warning.startswith("The members of x@partner.example cannot be read.")
    licensed.calls.clear()
    groups_of(searching)
    assert count_calls(licensed, GROUPS) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(429, QuotaExceeded), (503, Unavailable), (504, TimedOut)]
)
def test_a_failed_search_of_members_is_reported_as_such(
    licensed: Simulator, members: GroupMembers, status: int, error: type[Exception]
) -> None:
    licensed.faults.add(MEMBERS, status=status, times=None)
    with pytest.raises(error):
        members.people(["c@example.com"])


# Random graphs

NAMES = [f"n{number}@example.com" for number in range(7)]
EDGES = st.sets(st.tuples(st.sampled_from([ALICE, *NAMES]), st.sampled_from(NAMES)), max_size=18)


def build(sim: Simulator, edges: set[tuple[str, str]]) -> None:
    for name in list(sim.company.groups):
        sim.company.remove_group(name)
    for name in NAMES:
        sim.company.add_group(name, [member for member, group in edges if group == name])


def test_search_and_directory_find_the_same_in_random_graphs(
    licensed: Simulator, cloud: Cloud
) -> None:
    customer = licensed.company.customer_id

    @given(edges=EDGES)
    def same_result(edges: set[tuple[str, str]]) -> None:
        build(licensed, edges)
        search = GroupSearch(cloud.cloud_identity, customer_id=customer)
        graph = GroupGraph(cloud.directory, customer_id=customer, search=search)
        assert set(graph.principals(user=ALICE).ways) == set(graph.walked(user=ALICE).ways)
        downwards = GroupMembers(cloud.directory).people(NAMES)
        assert GroupMembers(cloud.directory, search=search).people(NAMES) == downwards
        containing = {group for group, people in downwards.of.items() if ALICE in people}
        assert containing == groups_of(graph)

    same_result()


def test_an_explanation_has_the_groups_on_the_way(
    licensed: Simulator, searching: GroupGraph
) -> None:
    names = ["user:alice@example.com", *(f"group:{name}@example.com" for name in "abc")]
    assert searching.principals(user=ALICE).ways[names[-1]] == (names[0], names[-1])
    assert searching.with_paths(user=ALICE).ways[names[-1]] == tuple(names)


def test_an_explanation_knows_the_same_groups_as_a_decision(
    licensed: Simulator, searching: GroupGraph
) -> None:
    licensed.faults.add(DIRECTORY, status=403, times=None)
    found = searching.with_paths(user=ALICE)
    assert found == searching.principals(user=ALICE)
    assert len(found.ways) == 4


def test_without_a_search_an_explanation_walks_once(sim: Simulator, searching: GroupGraph) -> None:
    searching.principals(user=ALICE)
    sim.calls.clear()
    assert searching.with_paths(user=ALICE) == searching.walked(user=ALICE)
    assert not sim.calls.of(ANY)
