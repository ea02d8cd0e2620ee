"""How people ask, review and look on the pages."""

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
    """The form of `/ask`, filled in and sent."""
    page = ask_page(person, role)
    typed = {"justification": "CASE-9"} | values
    fields = {name: [value] for name, value in typed.items()}
    return person.post(
        "/ask", {**page.forms["/ask"].fields, "reviewer": list(reviewers or (BOB, CAROL)), **fields}
    )


def asked(person: PersonClient, *reviewers: str, **values: str) -> str:
    """The address of the request that was made."""
    answer = ask(person, *reviewers, **values)
    assert answer.status_code == 303, answer.content
    return str(answer["Location"])


def press(person: PersonClient, address: str, button: str, comment: str = "") -> Any:
    """One of the buttons on the page of a request."""
    return person.post(f"{address}/{button}", {"comment": comment})


def alert(page: Page) -> str:
    """What the page complains of."""
    [words] = [item.text for item in page.elements if item.attributes.get("role") == "alert"]
    return " ".join(words.split())
