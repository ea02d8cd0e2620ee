"""The policies that apply to a project."""

from typing import Any

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, NotFound, QuotaExceeded
from googlecloud.policy import AttachedPolicy
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, saying


def names(found: list[AttachedPolicy]) -> list[str]:
    return [policy.attached_resource.partition("googleapis.com/")[2] for policy in found]


def test_policies_come_from_the_project_upward(cloud: Cloud, sim: Simulator) -> None:
    found = cloud.asset.effective_policies(scope="organizations/7", project_id="shop-prod")
    assert names(found)[0] == "projects/shop-prod"
    assert names(found)[-1] == "organizations/7"
    assert found[0].policy["bindings"] == sim.company.policy("shop-prod")["bindings"]
    assert len(sim.calls.google) == 1


def test_a_narrow_scope_hides_what_is_above(cloud: Cloud) -> None:
    found = cloud.asset.effective_policies(scope="projects/shop-prod", project_id="shop-prod")
    assert names(found) == ["projects/shop-prod"]


def test_an_unknown_project(cloud: Cloud) -> None:
    with pytest.raises(NotFound, match=r"^The project 'nope' does not exist: ") as caught:
        cloud.asset.effective_policies(scope="organizations/7", project_id="nope")
    assert caught.value.status == 404


def test_a_scope_that_is_not_ours(cloud: Cloud) -> None:
    with pytest.raises(Denied, match=r"^Denied access to scope 'organizations/8': Permission"):
        cloud.asset.effective_policies(scope="organizations/8", project_id="shop-prod")


def test_the_quota_names_the_api_and_what_to_do(cloud: Cloud, sim: Simulator) -> None:
    sim.faults.add("cloudasset.*", status=429, message="Slow down.", times=None)
    with pytest.raises(QuotaExceeded, match=r"BatchGetEffectiveIamPolicies.*quota: Slow down\."):
        cloud.asset.effective_policies(scope="organizations/7", project_id="shop-prod")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({}, []),
        ({"policyResults": []}, []),
        ({"policyResults": [{"fullResourceName": "x"}]}, []),
        ({"policyResults": [{"policies": [{}]}]}, [AttachedPolicy("", {})]),
        (
            {"policyResults": [{"policies": [{"attachedResource": "a", "policy": {}}]}]},
            [AttachedPolicy("a", {})],
        ),
    ],
)
def test_missing_lists_are_empty_lists(
    odd: OddServer, odd_cloud: Cloud, answer: dict[str, Any], found: list[AttachedPolicy]
) -> None:
    odd.say(saying(answer))
    assert odd_cloud.asset.effective_policies(scope="organizations/7", project_id="p1") == found
