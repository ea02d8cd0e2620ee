"""Searching all projects, folders and organizations, and the titles of roles."""

from __future__ import annotations

import pytest

from simulator import Simulator
from tests.simulator.client import Google, message

CRM = "//cloudresourcemanager.googleapis.com"
ADDRESS = "/v1/organizations/7:searchAllResources"
PROJECT = "cloudresourcemanager.googleapis.com/Project"


def test_a_project_comes_with_number_ancestors_and_state(google: Google) -> None:
    _, body = google.get(ADDRESS, assetTypes=PROJECT)
    (found,) = (each for each in body["results"] if each["name"] == f"{CRM}/projects/shop-prod")
    assert found == {
        "name": f"{CRM}/projects/shop-prod",
        "assetType": PROJECT,
        "project": "projects/200000000001",
        "folders": ["folders/12", "folders/11", "folders/10"],
        "organization": "organizations/7",
        "displayName": "Shop (production)",
        "state": "ACTIVE",
        "additionalAttributes": {"projectId": "shop-prod"},
        "parentFullResourceName": f"{CRM}/folders/12",
        "parentAssetType": "cloudresourcemanager.googleapis.com/Folder",
    }
    states = {each["displayName"]: each["state"] for each in body["results"]}
    assert states["Old blog"] == "DELETE_REQUESTED"


def test_the_scope_and_the_types_limit_the_search(google: Google, sim: Simulator) -> None:
    _, body = google.get("/v1/folders/20:searchAllResources")
    names = {each["name"].removeprefix(f"{CRM}/") for each in body["results"]}
    assert names == {"folders/20", "projects/billing-prod", "projects/payroll"}
    sim.company.resource("payroll").visible = False
    _, body = google.get("/v1/folders/20:searchAllResources", assetTypes=".*Project")
    assert [each["displayName"] for each in body["results"]] == ["Billing"]


def test_words_cannot_be_searched_for(google: Google) -> None:
    answer = google.get(ADDRESS, query="name:shop")
    assert answer[0] == 400
    assert "by type and scope only" in message(answer)


@pytest.mark.parametrize("path", [ADDRESS, "/v1/organizations/7:searchAllIamPolicies"])
def test_page_tokens_expire_when_told(google: Google, sim: Simulator, path: str) -> None:
    _, body = google.get(path, pageSize=2)
    token = body["nextPageToken"]
    assert google.get(path, pageSize=2, pageToken=token)[0] == 200
    sim.page_token_age += 1
    answer = google.get(path, pageSize=2, pageToken=token)
    assert answer[0] == 400
    assert "expired" in message(answer)


def test_predefined_roles_are_listed_with_titles(google: Google, sim: Simulator) -> None:
    sim.company.role_titles["roles/run.admin"] = "Run Boss"
    _, body = google.get("/v1/roles", pageSize=1000, view="BASIC")
    titles = {role["name"]: role["title"] for role in body["roles"]}
    assert titles["roles/run.admin"] == "Run Boss"
    assert titles["roles/owner"] == "Owner"
    assert all(name.startswith("roles/") for name in titles)
    assert google.get("/v1/roles", pageSize=1001)[0] == 400


def test_a_custom_role_is_found_by_its_name(google: Google, sim: Simulator) -> None:
    name = "projects/payroll/roles/payer"
    assert google.get(f"/v1/{name}")[0] == 404
    sim.company.bind("payroll", name, "user:erin@example.com")
    _, role = google.get(f"/v1/{name}")
    assert (role["name"], role["title"]) == (name, "Payer")
