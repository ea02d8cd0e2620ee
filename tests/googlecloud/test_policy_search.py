"""Searching all policies below a scope."""

import itertools

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Invalid, QuotaExceeded
from googlecloud.policy_search import FoundPolicy
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, saying

CRM = "//cloudresourcemanager.googleapis.com"
ALICE = "policy:alice@example.com"
WHOLE = "organizations/7"


def test_matches_come_with_resource_number_and_their_bindings(cloud: Cloud) -> None:
    query = 'policy:"request.time < timestamp" policy:bob@example.com'
    (found,) = cloud.policy_search.find(scope=WHOLE, query=query)
    assert (found.resource, found.project_number) == (f"{CRM}/projects/shop-prod", "200000000001")
    (binding,) = found.policy["bindings"]
    assert binding["members"] == ["user:bob@example.com"]
    assert binding["condition"]["title"] == "JIT access activation"


def test_short_and_empty_pages_are_no_end(cloud: Cloud, sim: Simulator) -> None:
    at_once = list(cloud.policy_search.find(scope=WHOLE, query=ALICE))
    assert len(at_once) == 4
    sim.page_size, sim.empty_pages = 1, True
    assert list(cloud.policy_search.find(scope=WHOLE, query=ALICE)) == at_once


def test_only_the_pages_that_are_looked_at_are_fetched(cloud: Cloud, sim: Simulator) -> None:
    sim.page_size = 1
    list(itertools.islice(cloud.policy_search.find(scope=WHOLE, query=ALICE), 1))
    assert len(sim.calls.google) == 1


def test_only_projects_are_searched_by_default(cloud: Cloud) -> None:
    query = "policy:grace@example.com"
    assert list(cloud.policy_search.find(scope=WHOLE, query=query)) == []
    (found,) = cloud.policy_search.find(scope=WHOLE, query=query, asset_types=[".*"])
    assert (found.resource, found.project_number) == (f"{CRM}/organizations/7", "")


def test_a_long_query_arrives_whole(cloud: Cloud, sim: Simulator) -> None:
    others = [f"{name}@{'x' * 200}.com" for name in "abcdefghi"]
    query = f"policy:({' OR '.join(others)} OR alice)"
    assert len(list(cloud.policy_search.find(scope=WHOLE, query=query))) == 4


def test_missing_fields_get_empty_values(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"results": [{}]}))
    found = list(odd_cloud.policy_search.find(scope=WHOLE, query=""))
    assert found == [FoundPolicy("", "", {})]
    odd.say(saying({}))
    assert list(odd_cloud.policy_search.find(scope=WHOLE, query="")) == []


def test_only_the_fields_in_use_are_requested(cloud: Cloud, sim: Simulator) -> None:
    list(cloud.policy_search.find(scope=WHOLE, query=ALICE))
    (call,) = sim.calls.google
    assert call.params["pageSize"] == ["500"]
    assert call.params["fields"] == ["results(resource,project,policy),nextPageToken"]


def test_refusals_say_what_was_refused(cloud: Cloud, sim: Simulator) -> None:
    with pytest.raises(Denied, match=r"^Denied access to scope 'organizations/8': Permission"):
        list(cloud.policy_search.find(scope="organizations/8", query=""))
    with pytest.raises(Invalid, match="is not an organization, a folder or a project"):
        list(cloud.policy_search.find(scope="organizations/7:x?y", query=""))
    sim.faults.add("cloudasset.*", status=429, message="Slow down.", times=None)
    with pytest.raises(QuotaExceeded, match=r"SearchAllIamPolicies.*quota: Slow down\."):
        list(cloud.policy_search.find(scope=WHOLE, query=""))
