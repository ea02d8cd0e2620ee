"""Whether a role can change IAM policies: read from IAM once an hour, and said to be unknown without an answer."""

import pytest

from eligibility import role_permissions
from eligibility.role_permissions import RolePermissions
from googlecloud.cloud import Cloud
from simulator import Simulator
from tests.eligibility.conftest import Clock

SECURITY, BUCKETS, BROWSER = "roles/iam.securityAdmin", "roles/storage.admin", "roles/browser"


@pytest.fixture
def roles(cloud: Cloud, clock: Clock) -> RolePermissions:
    return RolePermissions(cloud, clock)


def calls(sim: Simulator) -> int:
    return len(sim.calls.of("iam.*.get"))


def test_only_permissions_that_change_iam_policies_count(roles: RolePermissions) -> None:
    assert roles.changing_iam(SECURITY) == ("resourcemanager.projects.setIamPolicy",)
    assert roles.changing_iam(BUCKETS) == ("storage.buckets.setIamPolicy",)
    assert roles.changing_iam(BROWSER) == ()


def test_custom_roles_are_read_where_they_are_defined(
    sim: Simulator, roles: RolePermissions
) -> None:
    own = "projects/shop-prod/roles/iamDeployer"
    sim.company.bind("shop-prod", own, "user:alice@example.com")
    assert roles.changing_iam(own) == ("resourcemanager.projects.setIamPolicy",)


def test_a_role_is_read_once_an_hour(sim: Simulator, roles: RolePermissions, clock: Clock) -> None:
    for _ in range(3):
        roles.changing_iam(BROWSER)
    assert calls(sim) == 1
    clock.now += role_permissions.KEPT_SECONDS + 1
    roles.changing_iam(BROWSER)
    assert calls(sim) == 2


@pytest.mark.parametrize("role", ["roles/no.such.role", "no role at all", "roles/a/../b"])
def test_a_role_without_an_answer_is_unknown_for_a_minute(
    sim: Simulator, roles: RolePermissions, clock: Clock, role: str
) -> None:
    assert roles.changing_iam(role) is None
    before = calls(sim)
    assert roles.changing_iam(role) is None
    assert calls(sim) == before
    clock.now += role_permissions.UNKNOWN_KEPT_SECONDS + 1
    assert roles.changing_iam(role) is None
