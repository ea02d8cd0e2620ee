"""Free ports for servers that tests start as processes of their own."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

# Below those that Linux gives to outgoing connections: such a connection can take a port before the server does.
LOWEST, HIGHEST = 10_000, 32_000
TRIES = 1000


def free_port() -> int:
    """Return a free port of loopback."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return free ports of loopback that follow one another, at random, so that processes do not choose the same."""
    for _ in range(TRIES):
        first = LOWEST + secrets.randbelow(HIGHEST - LOWEST - count)
        ports = list(range(first, first + count))
        if _are_free(ports):
            return ports
    raise AssertionError(f"{count} free ports in a row were not found in {TRIES} tries")


def _are_free(ports: list[int]) -> bool:
    with ExitStack() as stack:
        try:
            for port in ports:
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
