"""Reads the pages and downloads of the admin."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

GRANTS = "/admin/activations/grant/"
REQUESTS = "/admin/activations/request/"
EVENTS = "/admin/activations/event/"


def listed(client: Any, address: str, **filters: str) -> set[str]:
    """Return the ids of the rows that a list shows."""
    response = client.get(address, filters, follow=True)
    assert response.status_code == 200, response.content
    return set(re.findall(r'href="[^"]*/(?:grant|request|event)/([^/"]+)/change/', text(response)))


def text(response: Any) -> str:
    return str(response.content.decode())


def body(response: Any) -> str:
    """Return the content of a download; check that it is streamed."""
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def csv_rows(response: Any) -> list[dict[str, str]]:
    content = body(response)
    assert content.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline="")))


def json_rows(response: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body(response).splitlines()]


def form(response: Any) -> dict[str, str]:
    """Return the hidden fields of the page of an export."""
    inputs = re.findall(r'<input type="hidden" name="(as_of|rows)" value="([^"]*)"', text(response))
    return dict(inputs)
