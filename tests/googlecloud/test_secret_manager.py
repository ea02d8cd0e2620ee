"""Secrets are returned exactly as they are stored."""

import base64

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, GoogleCloudError, Invalid, NotFound, Unavailable
from tests.googlecloud.odd_server import OddServer, saying

NAME = "projects/p1/secrets/smtp/versions/latest"


def test_the_payload_byte_for_byte(odd: OddServer, odd_cloud: Cloud) -> None:
    payload = "pässword\n".encode()
    odd.say(saying({"payload": {"data": base64.b64encode(payload).decode()}}))
    assert odd_cloud.secret_manager.access(name=NAME) == payload
    assert odd.asked[0][:2] == ("GET", f"/v1/{NAME}:access?alt=json")


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (403, Denied, f"Access to secret '{NAME}' was denied: Why."),
        (404, NotFound, f"The secret '{NAME}' does not exist: Why."),
    ],
)
def test_refusals(
    odd: OddServer, odd_cloud: Cloud, status: int, kind: type[GoogleCloudError], message: str
) -> None:
    odd.say(saying({"error": {"message": "Why."}}, status))
    with pytest.raises(kind) as caught:
        odd_cloud.secret_manager.access(name=NAME)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "answer", [{}, {"payload": None}, {"payload": {}}, {"payload": {"data": "?"}}]
)
def test_an_answer_without_a_secret_is_refused(
    odd: OddServer, odd_cloud: Cloud, answer: dict[str, object]
) -> None:
    odd.say(saying(answer))
    with pytest.raises(Unavailable, match="could not be read"):
        odd_cloud.secret_manager.access(name=NAME)


def test_the_checksum_is_compared(odd: OddServer, odd_cloud: Cloud) -> None:
    data = base64.b64encode(b"123456789").decode()
    odd.say(saying({"payload": {"data": data, "dataCrc32c": "3808858755"}}))
    assert odd_cloud.secret_manager.access(name=NAME) == b"123456789"
    odd.say(saying({"payload": {"data": data, "dataCrc32c": "3808858756"}}))
    with pytest.raises(Unavailable, match="arrived damaged"):
        odd_cloud.secret_manager.access(name=NAME)


@pytest.mark.parametrize(
    "name", ["", "smtp", "projects/p1/secrets/smtp", f"{NAME}/x", f"{NAME}?alt=x", f" {NAME}"]
)
def test_only_full_names_are_asked_for(odd_cloud: Cloud, name: str) -> None:
    with pytest.raises(Invalid, match="is not projects/PROJECT/secrets/SECRET/versions/VERSION"):
        odd_cloud.secret_manager.access(name=name)
