"""Pub/Sub, Secret Manager and the list of grantable roles."""

import base64
from typing import Any

import pytest

from simulator import Simulator
from simulator.secret_manager import crc32c
from tests.simulator.client import Google, message

TOPIC = "projects/jit-access-host/topics/jit-access"
SECRET = "projects/jit-access-host/secrets/smtp-password"
SHOP = "//cloudresourcemanager.googleapis.com/projects/shop-prod"


def publish(google: Google, *messages: dict[str, Any], topic: str = TOPIC) -> tuple[int, Any]:
    return google.post(f"/v1/{topic}:publish", {"messages": list(messages)})


def test_messages_are_published_in_order(sim: Simulator, google: Google) -> None:
    data = base64.b64encode(b"hello").decode()
    status, body = publish(
        google,
        {"data": data, "orderingKey": "k"},
        {"attributes": {"type": "activation"}, "orderingKey": "k"},
    )
    assert (status, len(body["messageIds"])) == (200, 2)
    first, second = sim.company.topics.messages(TOPIC)
    assert (first.data, first.ordering_key) == (b"hello", "k")
    assert (second.data, second.attributes) == (b"", {"type": "activation"})
    assert sim.calls[0].api == "pubsub.projects.topics.publish"


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{}],
        [{"data": "="}],
        [{"attributes": {"a": "1"}, "orderingKey": "x"}, {"attributes": {"a": "1"}}],
        [{"attributes": {str(number): "1" for number in range(101)}}],
        [{"attributes": {"a": "1"}}] * 1001,
        [{"data": base64.b64encode(b"x" * 10_000_001).decode()}],
        [{"attributes": {"a": 1}}],
    ],
)
def test_what_pubsub_does_not_take_is_400_and_publishes_nothing(
    sim: Simulator, google: Google, messages: list[dict[str, Any]]
) -> None:
    assert publish(google, *messages)[0] == 400
    assert sim.company.topics.messages(TOPIC) == []


def test_a_missing_topic_is_404(sim: Simulator, google: Google) -> None:
    sim.company.topics.remove(TOPIC)
    answer = publish(google, {"attributes": {"a": "1"}})
    assert answer[0] == 404
    assert message(answer) == "Resource not found (resource=jit-access)."


def access(google: Google, version: str, secret: str = SECRET) -> tuple[int, Any]:
    return google.get(f"/v1/{secret}/versions/{version}:access")


def test_the_latest_version_of_a_secret_is_read_with_its_checksum(
    sim: Simulator, google: Google
) -> None:
    assert sim.company.secrets.put(SECRET, b"123456789") == 2
    status, body = access(google, "latest")
    assert status == 200
    assert body["name"] == "projects/100000000001/secrets/smtp-password/versions/2"
    assert base64.b64decode(body["payload"]["data"]) == b"123456789"
    assert body["payload"]["dataCrc32c"] == str(0xE3069283)
    assert crc32c(b"") == 0


def test_versions_are_read_by_number_and_projects_too(google: Google) -> None:
    by_number = SECRET.replace("jit-access-host", "100000000001")
    assert access(google, "1", by_number) == access(google, "latest")


@pytest.mark.parametrize(
    ("secret", "version", "status"),
    [
        (SECRET, "7", 404),
        (SECRET, "0", 404),
        (SECRET, "newest", 400),
        ("projects/jit-access-host/secrets/none", "1", 404),
        ("projects/mars/secrets/none", "1", 403),
    ],
)
def test_what_is_not_there_is_refused(
    google: Google, secret: str, version: str, status: int
) -> None:
    assert access(google, version, secret)[0] == status


def test_a_disabled_version_is_a_failed_precondition(sim: Simulator, google: Google) -> None:
    sim.company.secrets.set_state(SECRET, 1, "DISABLED")
    status, body = access(google, "1")
    assert (status, body["error"]["status"]) == (400, "FAILED_PRECONDITION")


def grantable(google: Google, resource: str = SHOP, **more: Any) -> tuple[int, Any]:
    body = {"fullResourceName": resource, **more}
    return google.post("/v1/roles:queryGrantableRoles", body)


def test_grantable_roles_are_those_a_write_would_accept(google: Google) -> None:
    _, body = grantable(google)
    names = [role["name"] for role in body["roles"]]
    assert {"roles/compute.admin", "roles/owner", "roles/browser"} <= set(names)
    assert "roles/resourcemanager.folderAdmin" not in names
    assert {"name", "title", "description", "stage"} == set(body["roles"][0])
    _, body = grantable(google, "//cloudresourcemanager.googleapis.com/folders/10")
    assert "roles/resourcemanager.folderAdmin" in [role["name"] for role in body["roles"]]


def test_grantable_roles_come_in_pages(google: Google) -> None:
    _, first = grantable(google, pageSize=2)
    _, second = grantable(google, pageSize=2, pageToken=first["nextPageToken"])
    assert [len(first["roles"]), len(second["roles"])] == [2, 2]
    assert first["roles"] != second["roles"]


@pytest.mark.parametrize(
    ("resource", "more", "status"),
    [
        ("projects/shop-prod", {}, 400),
        (SHOP, {"pageSize": 3001}, 400),
        (SHOP.replace("shop-prod", "mars"), {}, 403),
    ],
)
def test_questions_about_grantable_roles_are_checked(
    google: Google, resource: str, more: dict[str, Any], status: int
) -> None:
    assert grantable(google, resource, **more)[0] == status
