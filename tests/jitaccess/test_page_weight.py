"""Pages are small: what a browser fetches before it paints, compressed, and without a second round trip."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.conftest import PersonClient

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
MOST_BYTES = 60_000
MOST_STYLESHEETS = 10
PAGES = {
    "alice": (
        "/",
        "/projects/shop-prod",
        "/activity",
        "/ask?role=shop-prod:roles/iam.securityAdmin",
    ),
    "olga": ("/admin/", "/admin/doctor/", "/admin/activations/queueditem/"),
    "audrey": ("/admin/activations/request/", "/admin/reports/activations/", "/admin/lint/"),
}


def static_file(path: str) -> bytes:
    found = finders.find(path)
    assert found, path
    return Path(str(found)).read_bytes()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_small_and_needs_one_round_trip_after_its_html(
    name: str, person: Callable[[str], PersonClient]
) -> None:
    visitor = person(f"{name}@example.com")
    for path in PAGES[name]:
        answer = visitor.get(path)
        assert answer.status_code == 200
        html = answer.content.decode()
        names = re.findall(r'<(?:script|link)\b[^>]*?(?:src|href)="/static/([^"]+)"', html)
        styles = [one for one in names if one.endswith(".css")]
        assert 0 < len(styles) <= MOST_STYLESHEETS, path
        # An imported style sheet is found only after the one that imports it.
        assert not [style for style in styles if b"@import" in static_file(style)], path
        # Scripts wait until the page is parsed.
        assert not re.findall(r"<script\b(?![^>]*\b(?:defer|type=\"module\"))[^>]*src=", html), path
        sizes = [len(gzip.compress(one)) for one in (answer.content, *map(static_file, names))]
        assert sum(sizes) <= MOST_BYTES, (path, sum(sizes))
