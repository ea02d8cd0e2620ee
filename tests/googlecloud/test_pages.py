"""Lists that are read one page at a time."""

from collections.abc import Callable
from typing import Any

import pytest

from googlecloud.calls import Page, page_of
from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Invalid, NotFound, Unavailable
from simulator import Simulator

WHOLE = "organizations/7"
LISTS: dict[str, Callable[[Cloud, str], Page[Any]]] = {
    "resources": lambda cloud, token: cloud.resource_search.page(scope=WHOLE, token=token),
    "policies": lambda cloud, token: cloud.policy_search.page(scope=WHOLE, token=token),
    "projects": lambda cloud, token: cloud.resource_manager.projects_page(query="", token=token),
    "members": lambda cloud, token: cloud.directory.members_page(
        group="platform-oncall@example.com", token=token
    ),
    "roles": lambda cloud, token: cloud.iam_roles.predefined_page(token=token),
}


def all_of(cloud: Cloud, name: str) -> list[Any]:
    page = LISTS[name](cloud, "")
    items = list(page.items)
    while page.next_token:
        page = LISTS[name](cloud, page.next_token)
        items += page.items
    return items


@pytest.mark.parametrize("name", LISTS)
def test_all_pages_together_are_the_list(cloud: Cloud, sim: Simulator, name: str) -> None:
    at_once = all_of(cloud, name)
    assert at_once
    sim.page_size, sim.empty_pages = 2, True
    assert all_of(cloud, name) == at_once


@pytest.mark.parametrize("name", LISTS)
def test_an_expired_token_is_invalid(cloud: Cloud, sim: Simulator, name: str) -> None:
    sim.page_size = 1
    token = LISTS[name](cloud, "").next_token
    sim.page_token_age += 1
    with pytest.raises(Invalid):
        LISTS[name](cloud, token)


def test_a_repeated_token_is_a_failure_of_google() -> None:
    with pytest.raises(Unavailable, match="repeated a page"):
        page_of({"nextPageToken": "x"}, "items", str, token="x")


def test_resources_have_ids_numbers_and_ancestors(cloud: Cloud) -> None:
    found = {each.project_id: each for each in all_of(cloud, "resources")}
    crm = found["example.com:legacy-crm"]
    assert crm.name == "//cloudresourcemanager.googleapis.com/projects/example.com:legacy-crm"
    assert (crm.project_number, crm.display_name) == ("200000000006", "Legacy CRM")
    assert (crm.state, crm.ancestors) == ("ACTIVE", ("organizations/7",))


def test_effective_policies_of_several_projects_come_in_their_order(cloud: Cloud) -> None:
    ids = ["payroll", "shop-prod", "jit-access-host"]
    found = cloud.asset.effective_policies_of(scope=WHOLE, project_ids=ids)
    alone = [cloud.asset.effective_policies(scope=WHOLE, project_id=each) for each in ids]
    assert found == alone


def test_one_unknown_project_fails_the_call_and_is_among_those_named(cloud: Cloud) -> None:
    with pytest.raises(NotFound, match="One of the projects payroll, gone does not exist"):
        cloud.asset.effective_policies_of(scope=WHOLE, project_ids=["payroll", "gone"])


@pytest.mark.parametrize("name", ["roles/owner", "projects/../roles/x", "folders/1/roles/x"])
def test_only_names_of_custom_roles_are_asked_for(cloud: Cloud, sim: Simulator, name: str) -> None:
    with pytest.raises(Invalid):
        cloud.iam_roles.custom(name)
    assert len(sim.calls.google) == 0


def test_a_custom_role_that_is_hidden_or_gone(cloud: Cloud, sim: Simulator) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        cloud.iam_roles.custom("projects/payroll/roles/gone")
    sim.faults.add("iam.projects.roles.get", status=403)
    with pytest.raises(Denied, match="Denied access to the role"):
        cloud.iam_roles.custom("projects/payroll/roles/hidden")
