"""Groups of a person: nested, circular, many, and unreadable ones."""

import pytest

from eligibility.groups import DEEPEST_NESTING, GroupGraph
from googlecloud.errors import Denied, QuotaExceeded, TimedOut, Unavailable
from simulator import Simulator
from simulator.calls import Call
from tests.eligibility.conftest import Clock

ALICE = "user:alice@example.com"
GROUPS_OF = "directory.groups.list"


@pytest.fixture(autouse=True)
def without_seeded_groups(sim: Simulator) -> None:
    for group in list(sim.company.groups):
        sim.company.remove_group(group)


def nest(sim: Simulator, *emails: str, inside: str = "alice@example.com") -> None:
    """Add a member to the first group, that group to the second one, and so on."""
    for email in emails:
        sim.company.add_group(email, members=[inside])
        inside = email


def test_nested_groups_are_found_with_their_path(sim: Simulator, graph: GroupGraph) -> None:
    nest(sim, "a@example.com", "b@example.com", "C@example.com")
    found = graph.principals(user="Alice@example.com")
    assert found.user == "alice@example.com"
    assert found.ways == {
        ALICE: (ALICE,),
        "group:a@example.com": (ALICE, "group:a@example.com"),
        "group:b@example.com": (ALICE, "group:a@example.com", "group:b@example.com"),
        "group:c@example.com": (
            ALICE,
            "group:a@example.com",
            "group:b@example.com",
            "group:c@example.com",
        ),
    }
    assert found.warnings == ()


def test_a_group_with_two_paths_keeps_the_shorter_one(sim: Simulator, graph: GroupGraph) -> None:
    nest(sim, "a@example.com", "b@example.com", "top@example.com")
    sim.company.join("top@example.com", "a@example.com")
    found = graph.principals(user="alice@example.com")
    assert found.ways["group:top@example.com"] == (
        ALICE,
        "group:a@example.com",
        "group:top@example.com",
    )


def test_circular_groups_end_the_search(sim: Simulator, graph: GroupGraph) -> None:
    nest(sim, "a@example.com", "b@example.com")
    sim.company.join("a@example.com", "b@example.com")
    assert len(graph.principals(user="alice@example.com").ways) == 3


def test_very_deep_nesting_is_cut_with_a_warning(sim: Simulator, graph: GroupGraph) -> None:
    nest(sim, *(f"g{n}@example.com" for n in range(DEEPEST_NESTING + 1)))
    found = graph.principals(user="alice@example.com")
    assert f"group:g{DEEPEST_NESTING - 1}@example.com" in found.ways
    assert f"group:g{DEEPEST_NESTING}@example.com" not in found.ways
    assert found.warnings == ("Groups nested deeper than 20 levels are ignored.",)


def test_all_pages_of_groups_count_even_after_empty_ones(sim: Simulator, graph: GroupGraph) -> None:
    sim.page_size, sim.empty_pages = 100, True
    for n in range(201):
        sim.company.add_group(f"g{n}@example.com", members=["alice@example.com"])
    found = graph.principals(user="alice@example.com")
    assert "group:g200@example.com" in found.ways
    assert len(found.ways) == 202


def test_one_call_is_enough_once_the_nesting_is_known(sim: Simulator, graph: GroupGraph) -> None:
    nest(sim, "a@example.com", "b@example.com")
    first = graph.principals(user="alice@example.com")
    sim.calls.clear()
    assert graph.principals(user="alice@example.com") == first
    assert len(sim.calls.google) == 1


def test_the_groups_of_one_level_are_read_concurrently(sim: Simulator, graph: GroupGraph) -> None:
    for n in range(4):
        nest(sim, f"a{n}@example.com", f"b{n}@example.com")
    sim.latency = 0.3
    graph.principals(user="alice@example.com")
    assert (len(sim.calls.google), sim.calls.google.depth()) == (9, 3)


def test_leaving_a_group_counts_immediately_and_nesting_is_cached_for_ten_minutes(
    sim: Simulator, graph: GroupGraph, clock: Clock
) -> None:
    nest(sim, "a@example.com", "b@example.com")
    assert "group:b@example.com" in graph.principals(user="alice@example.com").ways
    sim.company.leave("b@example.com", "a@example.com")
    clock.sleep(599)
    assert "group:b@example.com" in graph.principals(user="alice@example.com").ways
    clock.sleep(1)
    assert "group:b@example.com" not in graph.principals(user="alice@example.com").ways
    sim.company.leave("a@example.com", "alice@example.com")
    assert list(graph.principals(user="alice@example.com").ways) == [ALICE]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_unreadable_group_hides_only_the_groups_above_it(
    sim: Simulator, graph: GroupGraph, clock: Clock, status: int
) -> None:
    nest(sim, "a@example.com", "above-a@example.com")
    nest(sim, "b@example.com", "above-b@example.com")
    sim.faults.add(GROUPS_OF, status=status, when=lambda call: asks_for(call, "a@example.com"))
    found = graph.principals(user="alice@example.com")
    assert set(found.ways) == {
        ALICE,
        *(f"group:{name}@example.com" for name in ("a", "b", "above-b")),
    }
    (warning,) = found.warnings
    assert warning.startswith("The groups that contain a@example.com cannot be read.")
    assert graph.principals(user="alice@example.com") == found
    clock.sleep(60)
    assert "group:above-a@example.com" in graph.principals(user="alice@example.com").ways


@pytest.mark.parametrize(
    ("status", "error"), [(503, Unavailable), (504, TimedOut), (429, QuotaExceeded)]
)
@pytest.mark.parametrize("member", ["alice@example.com", "a@example.com"])
def test_an_outage_is_never_taken_for_no_groups(
    sim: Simulator, graph: GroupGraph, member: str, status: int, error: type[Exception]
) -> None:
    nest(sim, "a@example.com")
    sim.faults.add(GROUPS_OF, status=status, times=None, when=lambda call: asks_for(call, member))
    with pytest.raises(error):
        graph.principals(user="alice@example.com")


@pytest.mark.parametrize("status", [400, 404])
def test_external_people_have_no_groups_but_match_by_address(
    sim: Simulator, graph: GroupGraph, status: int
) -> None:
    sim.faults.add(GROUPS_OF, status=status)
    found = graph.principals(user="consultant@partner.com")
    assert list(found.ways) == ["user:consultant@partner.com"]
    (warning,) = found.warnings
    assert warning.startswith("The groups of consultant@partner.com cannot be read.")


def test_a_missing_permission_of_the_application_is_an_error(
    sim: Simulator, graph: GroupGraph
) -> None:
    sim.faults.add(GROUPS_OF, status=403)
    with pytest.raises(Denied):
        graph.principals(user="alice@example.com")


@pytest.mark.parametrize(
    ("principals", "answer"),
    [
        ([], False),
        (["user:ALICE@example.com"], True),
        (["user:bob@example.com"], False),
        (["group:A@example.com"], True),
        (["user:bob@example.com", "group:above-a@example.com"], True),
        (["group:other@example.com"], False),
    ],
)
def test_a_person_matches_configured_principals_directly_or_by_group(
    sim: Simulator, graph: GroupGraph, principals: list[str], answer: bool
) -> None:
    nest(sim, "a@example.com", "above-a@example.com")
    assert graph.is_among("Alice@example.com", principals) is answer


def test_people_named_directly_need_no_call(sim: Simulator, graph: GroupGraph) -> None:
    graph.is_among("alice@example.com", ["user:alice@example.com", "group:a@example.com"])
    graph.is_among("alice@example.com", ["user:bob@example.com"])
    assert len(sim.calls.google) == 0


def asks_for(call: Call, member: str) -> bool:
    return f"memberKey={member}" in call.params["query"]
