"""A secret that arrives damaged is refused."""

import base64

import pytest

from googlecloud.checksum import crc32c
from googlecloud.cloud import Cloud
from googlecloud.errors import Unavailable
from tests.googlecloud.odd_server import OddServer, saying

NAME = "projects/p1/secrets/smtp/versions/1"


def answer(data: bytes, checksum: str) -> dict[str, object]:
    return {"payload": {"data": base64.b64encode(data).decode(), "dataCrc32c": checksum}}


def test_the_published_check_value_of_the_algorithm() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(b"") == 0


def test_a_secret_with_its_checksum_is_returned(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying(answer(b"123456789", str(0xE3069283))))
    assert odd_cloud.secret_manager.access(name=NAME) == b"123456789"


def test_a_secret_with_another_checksum_is_refused(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying(answer(b"123456780", str(0xE3069283))))
    with pytest.raises(Unavailable, match="damaged"):
        odd_cloud.secret_manager.access(name=NAME)
