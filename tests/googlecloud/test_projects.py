"""Listing projects."""

import itertools

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, NotFound
from googlecloud.resource_manager import Project
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, saying


def test_projects_of_all_pages(cloud: Cloud, sim: Simulator) -> None:
    in_one_page = list(cloud.resource_manager.search_projects(query=""))
    sim.page_size, sim.empty_pages = 2, True
    assert list(cloud.resource_manager.search_projects(query="")) == in_one_page
    assert Project("shop-prod", "200000000001", "Shop (production)", "ACTIVE") in in_one_page
    assert any(project.project_id == "example.com:legacy-crm" for project in in_one_page)


def test_only_the_pages_that_are_looked_at_are_fetched(cloud: Cloud, sim: Simulator) -> None:
    sim.page_size = 2
    list(itertools.islice(cloud.resource_manager.search_projects(query="state:ACTIVE"), 1))
    assert len(sim.calls.google) == 1


def test_denied_while_listing(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add("*.search", status=403, message="No.")
    with pytest.raises(Denied, match="Denied access to the list of projects: No"):
        list(cloud.resource_manager.search_projects(query=""))


def test_projects_with_missing_fields(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"projects": [{"projectId": "p1"}]}))
    assert list(odd_cloud.resource_manager.search_projects(query="")) == [Project("p1", "", "", "")]
    odd.say(saying({}))
    assert list(odd_cloud.resource_manager.search_projects(query="")) == []


def test_the_live_policy_is_read_at_version_3(cloud: Cloud, sim: Simulator) -> None:
    policy = cloud.resource_manager.get_policy(project_id="shop-prod")
    assert policy["bindings"] == sim.company.policy("shop-prod")["bindings"]
    assert sim.calls.google[0].body == {"options": {"requestedPolicyVersion": 3}}


def test_a_project_that_is_hidden_or_gone(cloud: Cloud, sim: Simulator) -> None:
    with pytest.raises(Denied, match=r"^Denied access to project 'nope': Permission"):
        cloud.resource_manager.get_policy(project_id="nope")
    sim.faults.add("*.getIamPolicy", status=404, message="Gone.")
    with pytest.raises(NotFound, match=r"^The project 'gone' does not exist: Gone"):
        cloud.resource_manager.get_policy(project_id="gone")
