"""Forms of the pages to request approval and review."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.activations.pages.reading import Page
from tests.activations.pages.shop import NEEDS_APPROVAL
from tests.conftest import PersonClient

BOB, CAROL = "bob@example.com", "carol@example.com"


def ask_url(role: str = NEEDS_APPROVAL) -> str:
    return f"/ask?{urlencode({'role': role})}"


def ask_page(person: PersonClient, role: str = NEEDS_APPROVAL) -> Page:
    return Page(person.get(ask_url(role)))


def ask(person: PersonClient, *reviewers: str, role: str = NEEDS_APPROVAL, **values: str) -> Any:
    """Fill in and send the form of `/ask`."""
    page = ask_page(person, role)
    typed = {"justification": "CASE-9"} | values
    fields = {name: [value] for name, value in typed.items()}
    return person.post(
        "/ask", {**page.forms["/ask"].fields, "reviewer": list(reviewers or (BOB, CAROL)), **fields}
    )


def pending_request_url(person: PersonClient, *reviewers: str, **values: str) -> str:
    """Request approval; return the URL of the request."""
    answer = ask(person, *reviewers, **values)
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def press(person: PersonClient, address: str, button: str, comment: str = "") -> Any:
    """Press a button on the page of a request."""
    return person.post(f"{address}/{button}", {"comment": comment})


def alert(page: Page) -> str:
    """Return the error message of the page."""
    [words] = [item.text for item in page.elements if item.attributes.get("role") == "alert"]
    return " ".join(words.split())
