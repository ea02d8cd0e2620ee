"""Answers calls in processes that kill themselves at a chosen step: `python -m tests.ledger.dying`.

Reads one call as JSON from each line of stdin and answers it in a fork. Prints the answer's status and how
many statements the database executed, or that the fork was killed, between the entries of the log.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django


def main() -> None:
    django.setup()
    from django.urls import get_resolver  # Django first

    # Imports everything once, for all forks.
    assert get_resolver().url_patterns
    for line in sys.stdin:
        child = os.fork()
        if not child:
            say(answer(json.loads(line)))
            os._exit(0)
        _, how = os.waitpid(child, 0)
        if os.WIFSIGNALED(how):
            say({"killed": True})


def say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"made": what}) + "\n")
    sys.stdout.flush()


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """Make the call, and kill this process before its n-th statement, if it has so many."""
    from django.db import connection  # Django first
    from django.test import Client  # Django first

    numbers = itertools.count(1)

    def count(execute: Callable[..., Any], *statement: Any) -> Any:
        if next(numbers) == call["step"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*statement)

    client = Client(SERVER_NAME="127.0.0.1", SERVER_PORT=str(call["port"]))
    headers = {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": call["assertion"]}
    with connection.execute_wrapper(count):
        found = client.post(
            call["path"], call["body"], content_type="application/json", headers=headers
        )
    return {"status": found.status_code, "statements": next(numbers) - 1}


if __name__ == "__main__":
    main()
