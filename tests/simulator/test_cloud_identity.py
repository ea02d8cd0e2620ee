"""Searches through nested groups."""

from typing import Any

import pytest

from simulator import Simulator
from tests.simulator.client import Google, message

ALICE = "alice@example.com"
LABEL = "'cloudidentity.googleapis.com/groups.discussion_forum' in labels"
CUSTOMER = "parent == 'customers/C0example1'"


@pytest.fixture(autouse=True)
def licensed(sim: Simulator) -> None:
    sim.searches_groups = True


def search(google: Google, *clauses: str, **params: str) -> tuple[int, Any]:
    query = " && ".join(clauses)
    return google.get("/v1/groups/-/memberships:searchTransitiveGroups", query=query, **params)


def relations(google: Google, member: str, *clauses: str) -> dict[str, str]:
    status, body = search(google, f"member_key_id == '{member}'", LABEL, *clauses)
    assert status == 200, body
    return {each["groupKey"]["id"]: each["relationType"] for each in body.get("memberships", [])}


def test_groups_come_with_their_relation(sim: Simulator, google: Google) -> None:
    sim.company.join("engineering@example.com", ALICE)
    assert relations(google, "Alice@Example.com", CUSTOMER) == {
        "platform-oncall@example.com": "DIRECT",
        "platform@example.com": "INDIRECT",
        "engineering@example.com": "DIRECT_AND_INDIRECT",
    }
    assert relations(google, "platform-oncall@example.com")["platform@example.com"] == "DIRECT"


def test_circles_end(sim: Simulator, google: Google) -> None:
    sim.company.join("platform-oncall@example.com", "engineering@example.com")
    found = relations(google, ALICE)
    assert found["platform-oncall@example.com"] == "DIRECT_AND_INDIRECT"


def test_without_licence_searches_are_refused_and_look_ups_are_not(
    sim: Simulator, google: Google
) -> None:
    sim.searches_groups = False
    status, name = google.get("/v1/groups:lookup", **{"groupKey.id": "platform@example.com"})
    assert status == 200
    for answer in (
        search(google, f"member_key_id == '{ALICE}'", LABEL),
        google.get(f"/v1/{name['name']}/memberships:searchTransitiveMemberships"),
    ):
        assert answer[0] == 403
        assert "Error(3005)" in message(answer)


def test_strangers_are_of_another_edition(google: Google) -> None:
    answer = search(google, "member_key_id == 'petra@partner.example'", LABEL)
    assert (answer[0], "Error(3006)" in message(answer)) == (403, True)


def test_a_hidden_group_refuses_the_search_unless_the_customer_is_named(
    sim: Simulator, google: Google
) -> None:
    sim.company.join("analysts@partner.example", ALICE)
    assert search(google, f"member_key_id == '{ALICE}'", LABEL)[0] == 403
    assert "analysts@partner.example" not in relations(google, ALICE, CUSTOMER)


@pytest.mark.parametrize(
    ("clauses", "status"),
    [
        ([f"member_key_id == '{ALICE}'"], 400),
        ([LABEL], 400),
        ([f"member_key_id == '{ALICE}'", "'other' in labels"], 400),
        ([f"member_key_id == '{ALICE}'", LABEL, "true"], 400),
        ([f"member_key_id == '{ALICE}' || {LABEL}"], 400),
        ([f"member_key_id == '{ALICE}'", LABEL, "parent == 'customers/C0other'"], 403),
        ([r"member_key_id == 'o\'brien@example.com'", LABEL], 403),
        ([r"member_key_id == 'a&&b@example.com'", LABEL], 400),
    ],
)
def test_queries_are_checked(google: Google, clauses: list[str], status: int) -> None:
    assert search(google, *clauses)[0] == status


@pytest.mark.parametrize(("size", "status"), [("0", 400), ("1000", 200), ("1001", 400)])
def test_the_size_of_pages_is_checked(google: Google, size: str, status: int) -> None:
    assert search(google, f"member_key_id == '{ALICE}'", LABEL, pageSize=size)[0] == status


def test_only_all_groups_can_be_searched(google: Google) -> None:
    query = f"member_key_id == '{ALICE}' && {LABEL}"
    assert google.get("/v1/groups/x/memberships:searchTransitiveGroups", query=query)[0] == 400


def test_members_come_with_neither_status_nor_kind(sim: Simulator, google: Google) -> None:
    sim.company.join("platform@example.com", "CUSTOMER")
    sim.company.join("platform@example.com", "elsewhere@other.example")
    _, name = google.get("/v1/groups:lookup", **{"groupKey.id": "Platform@example.com"})
    status, body = google.get(f"/v1/{name['name']}/memberships:searchTransitiveMemberships")
    assert status == 200
    found = {each["preferredMemberKey"][0]["id"]: each for each in body["memberships"]}
    assert found[ALICE]["relationType"] == "INDIRECT"
    assert found["gus@example.com"].keys() == found[ALICE].keys()
    assert found[ALICE].keys() == {"member", "preferredMemberKey", "relationType", "roles"}
    assert found["platform-oncall@example.com"]["member"].startswith("groups/")
    assert "CUSTOMER" not in found


@pytest.mark.parametrize("email", ["gone@example.com", "analysts@partner.example"])
def test_missing_and_foreign_groups_are_403(google: Google, email: str) -> None:
    answer = google.get("/v1/groups:lookup", **{"groupKey.id": email})
    assert (answer[0], "Error(2028)" in message(answer)) == (403, True)
    assert google.get("/v1/groups/gone/memberships:searchTransitiveMemberships")[0] == 403
