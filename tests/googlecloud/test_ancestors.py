"""Policies above the managed scope, as far as they can be read."""

from __future__ import annotations

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Invalid, Unavailable
from simulator import Simulator

GET = "cloudresourcemanager.{}.get"


def above(cloud: Cloud, scope: str, project_id: str = "shop-prod") -> list[str]:
    found = cloud.ancestors.policies_above(project_id=project_id, scope=scope)
    return [
        each.attached_resource.removeprefix("//cloudresourcemanager.googleapis.com/")
        for each in found
    ]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("projects/shop-prod", ["folders/12", "folders/11", "folders/10", "organizations/7"]),
        ("folders/11", ["folders/10", "organizations/7"]),
        ("organizations/7", []),
        ("folders/20", []),
    ],
)
def test_what_is_above_the_scope_is_read(cloud: Cloud, scope: str, expected: list[str]) -> None:
    assert above(cloud, scope) == expected


def test_conditions_are_read(cloud: Cloud, sim: Simulator) -> None:
    sim.company.bind("folders/10", "roles/run.admin", "user:alice@example.com", "has({}.x)")
    [folder, _] = cloud.ancestors.policies_above(project_id="shop-prod", scope="folders/11")
    assert folder.policy["bindings"][-1]["condition"]["expression"] == "has({}.x)"


def test_what_is_hidden_is_left_out(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add("cloudresourcemanager.folders.getIamPolicy", status=403, times=None)
    assert above(cloud, "folders/11") == ["organizations/7"]
    sim.faults.add(GET.format("folders"), status=403, times=None)
    assert above(cloud, "projects/shop-prod") == []
    sim.faults.add(GET.format("projects"), status=403, times=None)
    assert above(cloud, "projects/shop-prod") == []


def test_an_outage_is_not_an_empty_answer(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add(GET.format("projects"), status=503, times=None)
    with pytest.raises(Unavailable):
        above(cloud, "folders/11")


def test_all_folders_above_a_project_are_read(cloud: Cloud) -> None:
    shop = cloud.ancestors.folders_above(project_id="shop-prod")
    assert shop == {"folders/12", "folders/11", "folders/10"}
    assert cloud.ancestors.folders_above(project_id="example.com:legacy-crm") == frozenset()


def test_a_folder_that_is_hidden_makes_the_folders_unknown(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add(GET.format("folders"), status=403, after=1, times=None)
    with pytest.raises(Denied):
        cloud.ancestors.folders_above(project_id="shop-prod")


def test_odd_names_are_refused(cloud: Cloud) -> None:
    with pytest.raises(Invalid):
        above(cloud, "folders/11", "../x")
    with pytest.raises(Invalid):
        above(cloud, "everything/1")
