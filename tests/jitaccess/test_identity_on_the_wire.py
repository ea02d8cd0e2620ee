"""Thousands of damaged assertions over HTTP: all are rejected, and the server keeps running."""

from __future__ import annotations

import random
import string

import pytest
from pytest_django.live_server_helper import LiveServer

from activations.models import User
from simulator import Simulator
from tests.jitaccess.wire import ASSERTION, wire

pytestmark = pytest.mark.one_database


MUTATIONS = 1_000
# Characters that a header can hold; http.client refuses line breaks, as every client does.
LETTERS = string.ascii_letters + string.digits + '-_.=+/,;: \t"\\\x01\x7f\xe9\xff'


@pytest.fixture
def server(simulated: Simulator, live_server: LiveServer) -> str:
    """The application behind a real socket."""
    return str(live_server.url)


def mutated(token: str, dice: random.Random) -> str:
    letters = list(token)
    for _ in range(dice.choice((1, 1, 1, 2, 5, 20))):
        place = dice.randrange(len(letters))
        match dice.randrange(5):
            case 0:
                letters[place] = dice.choice(LETTERS)
            case 1:
                letters.insert(place, dice.choice(LETTERS))
            case 2:
                del letters[place]
            case 3:
                other = dice.randrange(len(letters))
                letters[place], letters[other] = letters[other], letters[place]
            case _:
                del letters[dice.randrange(len(letters) // 2, len(letters)) :]
    return "".join(letters)


@pytest.mark.slow
@pytest.mark.one_database
def test_no_damaged_assertion_lets_anybody_in(server: str, simulated: Simulator) -> None:
    token = simulated.assertion("alice@example.com")
    dice = random.Random(20261123)
    sent = [
        other for _ in range(MUTATIONS) if (other := mutated(token, dice)).strip(" \t") != token
    ]
    assert len(sent) > 800
    with wire(server) as connection:
        statuses = {
            connection.get("/api/policy", [(ASSERTION, other.encode("latin-1"))])[0]
            for other in sent
        }
        assert statuses == {403}
        assert not User.objects.exists()
        assert connection.get("/api/policy", [(ASSERTION, token.encode())])[0] == 200


def test_a_header_sent_twice_is_refused(server: str, simulated: Simulator) -> None:
    good = (ASSERTION, simulated.assertion("alice@example.com").encode())
    bad = (ASSERTION, b"garbage")
    with wire(server) as connection:
        for headers in ([good, good], [good, bad], [bad, good]):
            status, body = connection.get("/api/policy", headers)
            assert status == 403
            assert b"Invalid IAP assertion" in body


def test_a_huge_header_is_refused(server: str) -> None:
    with wire(server) as connection:
        status, _ = connection.get("/api/policy", [(ASSERTION, b"a" * 60_000)])
    assert status == 403
