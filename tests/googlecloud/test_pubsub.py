"""A message is published once."""

import base64
import json

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import GoogleCloudError, Invalid, NotAuthenticated, NotFound, Unavailable
from tests.googlecloud.odd_server import OddServer, saying


def publish(cloud: Cloud, topic: str = "jit") -> str:
    return cloud.pubsub.publish(project_id="p1", topic=topic, data="é".encode())


def test_a_message(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"messageIds": ["17"]}))
    assert publish(odd_cloud) == "17"
    method, path, _, body = odd.asked[0]
    assert (method, path) == ("POST", "/v1/projects/p1/topics/jit:publish?alt=json")
    (message,) = json.loads(body)["messages"]
    assert base64.b64decode(message["data"]).decode() == "é"
    assert list(message) == ["data"]


def test_attributes_are_sent(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"messageIds": ["17"]}))
    odd_cloud.pubsub.publish(project_id="p1", topic="jit", data=b"", attributes={"event_id": "e1"})
    (message,) = json.loads(odd.asked[0][3])["messages"]
    assert message["attributes"] == {"event_id": "e1"}


def test_an_answer_without_id_is_still_a_confirmation(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({}))
    assert publish(odd_cloud) == ""


def test_a_failure_is_left_to_the_sender(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({"error": {"message": "Down."}}, 503))
    with pytest.raises(Unavailable):
        publish(odd_cloud)
    assert len(odd.asked) == 1


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (401, NotAuthenticated)])
def test_refusals(
    odd: OddServer, odd_cloud: Cloud, status: int, kind: type[GoogleCloudError]
) -> None:
    odd.say(saying({"error": {"message": "Why."}}, status))
    with pytest.raises(kind) as caught:
        publish(odd_cloud)
    assert str(caught.value) in {
        "Pub/Sub topic 'projects/p1/topics/jit' cannot be accessed or does not exist: Why.",
        "Not authenticated: Why.",
    }


@pytest.mark.parametrize("topic", ["", "a/b", "ab", "x:publish", "topic?x"])
def test_what_is_no_topic(odd_cloud: Cloud, topic: str) -> None:
    with pytest.raises(Invalid, match="is not a topic"):
        publish(odd_cloud, topic)
