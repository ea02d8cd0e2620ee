"""The roles that can be granted on a project."""

import pytest

from googlecloud.calls import Deadline
from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Invalid, TimedOut, Unavailable
from simulator import Simulator
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, saying


def test_roles_of_projects_only(cloud: Cloud, sim: Simulator) -> None:
    roles = cloud.iam_roles.grantable("shop-prod")
    assert {"roles/compute.admin", "roles/browser", "roles/owner"} <= roles
    assert "roles/billing.admin" not in roles
    (call,) = sim.calls.google
    assert call.body["fullResourceName"] == (
        "//cloudresourcemanager.googleapis.com/projects/shop-prod"
    )


def test_custom_roles_are_among_them(cloud: Cloud, sim: Simulator) -> None:
    own, foreign = "projects/shop-prod/roles/deployer", "projects/payroll/roles/clerk"
    sim.company.bind("shop-prod", own, "user:alice@example.com")
    sim.company.bind("payroll", foreign, "user:alice@example.com")
    roles = cloud.iam_roles.grantable("shop-prod")
    assert own in roles
    assert foreign not in roles


def test_short_and_empty_pages_are_no_end(cloud: Cloud, sim: Simulator) -> None:
    at_once = cloud.iam_roles.grantable("shop-prod")
    sim.page_size, sim.empty_pages = 7, True
    assert cloud.iam_roles.grantable("shop-prod") == at_once


def test_one_page_is_enough_for_all_of_googles_roles(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"roles": [{"name": "roles/x"}, {"title": "no name"}]}))
    assert odd_cloud.iam_roles.grantable("p1") == {"roles/x"}
    assert b'"pageSize": 3000' in odd.asked[0][3]
    odd.say(saying({}))
    assert odd_cloud.iam_roles.grantable("p1") == frozenset()


def test_refusals_name_the_project(cloud: Cloud) -> None:
    with pytest.raises(Denied, match=r"^Denied access to the roles of project 'nope': Permission"):
        cloud.iam_roles.grantable("nope")
    with pytest.raises(Invalid, match="is not a project ID"):
        cloud.iam_roles.grantable("shop/../x")


def test_nobody_waits_longer_than_the_deadline(cloud: Cloud, sim: Simulator, clock: Clock) -> None:
    sim.faults.add("iam.*", status=503, times=None)
    before = clock.now
    with pytest.raises(Unavailable) as caught:
        cloud.iam_roles.grantable("shop-prod", deadline=Deadline(3, clock))
    assert caught.value.status == 503
    assert clock.now - before < 3
    with pytest.raises(TimedOut):
        cloud.iam_roles.grantable("shop-prod", deadline=Deadline(0, clock))
