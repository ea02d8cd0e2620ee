"""Calls with an arbitrary assertion."""

from __future__ import annotations

from typing import Any

from django.test import Client

API = "/api/policy"
PAGE = "/activity"


def call(token: str | None, path: str = API, **headers: str) -> Any:
    """Return the server's answer, errors included, to a call with this assertion."""
    carried = {"X-JITACCESS": "1"} | headers
    if token is not None:
        carried["X-Goog-IAP-JWT-Assertion"] = token
    return Client(raise_request_exception=False).get(path, headers=carried)
