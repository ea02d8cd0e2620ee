"""A connection ends when its client sends or reads too slowly."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from jitaccess import http_worker
from jitaccess.http_worker import LimitedSocket

Pair = tuple[LimitedSocket, socket.socket]


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Our end with short limits, and the client's."""
    monkeypatch.setattr(http_worker, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(http_worker, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(http_worker, "ANSWER_SECONDS", 0.2)
    ours, theirs = socket.socketpair()
    limited = LimitedSocket(ours)
    limited.setblocking(True)
    limited.begin()
    with limited, theirs:
        yield limited, theirs


def test_what_arrives_in_time_is_read(pair: Pair) -> None:
    pair[1].sendall(b"in time")
    assert pair[0].recv(100) == b"in time"


def test_a_pause_ends_the_connection(pair: Pair) -> None:
    started = time.monotonic()
    with pytest.raises(ConnectionResetError, match="too slow"):
        pair[0].recv(100)
    assert time.monotonic() - started < 3


def test_the_whole_request_has_a_time_which_begins_again(pair: Pair) -> None:
    pair[1].sendall(b"one")
    time.sleep(0.6)
    with pytest.raises(ConnectionResetError, match="too slow"):
        pair[0].recv(100)
    pair[0].begin()
    assert pair[0].recv(100) == b"one"


def test_a_client_that_does_not_read_ends_the_connection(pair: Pair) -> None:
    with pytest.raises(ConnectionResetError, match="too slow"):
        pair[0].sendall(b"x" * 50_000_000)


def test_a_poll_does_not_wait(pair: Pair) -> None:
    pair[0].setblocking(False)
    with pytest.raises(BlockingIOError):
        pair[0].recv(100)
