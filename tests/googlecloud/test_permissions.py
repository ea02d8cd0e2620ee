"""Reads the application's permissions and Google's time without changing anything."""

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Invalid, Unavailable
from googlecloud.server_time import server_time
from simulator import Simulator
from tests.moments import now

WRITE = "resourcemanager.projects.setIamPolicy"
READ = "resourcemanager.projects.getIamPolicy"
HOST = "jit-access-host"


@pytest.mark.parametrize("resource", ["organizations/7", "folders/20", "projects/shop-prod"])
def test_permissions_that_are_held(sim: Simulator, cloud: Cloud, resource: str) -> None:
    sim.withheld_permissions = frozenset({WRITE})
    assert cloud.permissions.held(resource=resource, permissions={WRITE, READ}) == {READ}


def test_none_is_held(sim: Simulator, cloud: Cloud) -> None:
    sim.withheld_permissions = frozenset({WRITE})
    assert cloud.permissions.held(resource="organizations/7", permissions=[WRITE]) == frozenset()


def test_what_is_hidden_is_denied(cloud: Cloud) -> None:
    with pytest.raises(Denied):
        cloud.permissions.held(resource="organizations/8", permissions=[READ])


@pytest.mark.parametrize("resource", ["buckets/x", "projects/a/b", "projects", ""])
def test_only_resources_with_a_policy_of_ours(cloud: Cloud, resource: str) -> None:
    with pytest.raises(Invalid):
        cloud.permissions.held(resource=resource, permissions=[READ])


def test_a_topic_that_takes_our_messages(sim: Simulator, cloud: Cloud) -> None:
    name = f"projects/{HOST}/topics/news"
    assert not cloud.pubsub.may_publish(project_id=HOST, topic="news")
    sim.company.topics.add(name)
    assert cloud.pubsub.may_publish(project_id=HOST, topic="news")
    assert sim.company.topics.messages(name) == []
    sim.withheld_permissions = frozenset({"pubsub.topics.publish"})
    assert not cloud.pubsub.may_publish(project_id=HOST, topic="news")


def test_a_topic_that_pubsub_calls_unknown(sim: Simulator, cloud: Cloud) -> None:
    sim.faults.add("pubsub.*", status=404)
    assert not cloud.pubsub.may_publish(project_id=HOST, topic="news")


def test_one_group_proves_that_groups_are_read(sim: Simulator, cloud: Cloud) -> None:
    assert cloud.directory.any_group(customer_id="C0example1").endswith("@example.com")
    (call,) = sim.calls.of("directory.*")
    assert call.params["maxResults"] in ("1", ["1"])
    with pytest.raises(Invalid):
        cloud.directory.any_group(customer_id="C0other")


def test_one_role_proves_that_iam_answers(cloud: Cloud) -> None:
    assert cloud.iam_roles.answers("shop-prod")


def test_the_time_comes_with_any_answer(sim: Simulator) -> None:
    assert abs((server_time(f"{sim.url}/no/such/path") - now()).total_seconds()) < 10


def test_no_answer_no_time() -> None:
    with pytest.raises(Unavailable):
        server_time("http://127.0.0.1:9/")


def test_the_time_is_read_from_safe_addresses_only() -> None:
    with pytest.raises(ValueError, match="https"):
        server_time("http://time.example.com/")
