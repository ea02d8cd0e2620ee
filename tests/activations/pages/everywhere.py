"""The page with all eligible roles, and its forms."""

from __future__ import annotations

from typing import Any

from tests.activations.pages.reading import Form, Page
from tests.conftest import PersonClient

REQUEST = "/access/request"
BILLING = "billing-prod:roles/bigquery.dataViewer"


def my_access(person: PersonClient, **query: Any) -> Page:
    return Page(person.get("/", query))


def form_of(page: Page) -> Form:
    return page.forms[REQUEST]


def ids(page: Page) -> list[str]:
    """Return the ids of the listed roles, in order."""
    return [box["value"] for box in form_of(page).boxes] if REQUEST in page.forms else []


def values(page: Page, *roles: str, **typed: Any) -> dict[str, Any]:
    """Return what a browser sends with these roles chosen and these values typed."""
    chosen: dict[str, list[str]] = {}
    for role in roles:
        chosen.setdefault(form_of(page).box(role)["name"], []).append(role)
    return {**form_of(page).fields, "justification": "CASE-1"} | chosen | typed


def send(person: PersonClient, *roles: str, **typed: Any) -> Any:
    return person.post(REQUEST, values(my_access(person), *roles, **typed))
