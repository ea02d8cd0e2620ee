"""Pages show placeholders for characters that hide or reorder text; records keep the typed text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from activations.domain.text import PLACEHOLDER
from activations.models import Grant, Request
from eligibility.entitlements import ProjectRole
from tests.activations.admin.queue import QUEUE, choose, record_of
from tests.activations.admin.reading import EVENTS, GRANTS, REQUESTS, csv_rows, json_rows
from tests.conftest import PersonClient
from tests.journeys.approvals import pending_request
from tests.journeys.shop import PROJECT

pytestmark = pytest.mark.one_database


ROLE = "roles/spanner.admin"
marks = pytest.mark.parametrize(
    "mark",
    ["\u202e", "\u2066", "\u200f", "\u200b", "\U000e0041"],
    ids=lambda mark: f"U+{ord(mark):04X}",
)
# Parts that a browser does not show: URLs, and hidden fields of forms.
UNSEEN = re.compile(r'\s(?:href|value|action|id|name|for|data-[a-z-]+)="[^"]*"')


def visible_text(answer: Any) -> str:
    assert answer.status_code == 200, answer.content
    return UNSEEN.sub("", answer.content.decode())


def check_placeholders(mark: str, *answers: Any, typed: str) -> None:
    """Check that each page shows the typed text without the mark."""
    for answer in answers:
        page = visible_text(answer)
        assert typed.replace(mark, PLACEHOLDER) in page, answer.request["PATH_INFO"]
        assert mark not in page, answer.request["PATH_INFO"]


def make_eligible(simulated: Any, marker: str, clause: str) -> str:
    policy = simulated.company.policy(PROJECT)
    expression = f"has({{}}.{marker}) && {clause}"
    policy["bindings"].append(
        {
            "role": ROLE,
            "members": ["user:alice@example.com", "user:bob@example.com"],
            "condition": {"title": "eligible", "expression": expression},
        }
    )
    simulated.company.put_policy(PROJECT, policy)
    return ProjectRole(PROJECT, ROLE, clause).id


@marks
def test_every_page_shows_a_justification_with_placeholders(
    alice: PersonClient, bob: PersonClient, olga: PersonClient, mark: str
) -> None:
    typed = f"CASE-9 a{mark}b"
    key = pending_request(alice, justification=typed)
    row = Request.objects.get()
    assert row.justification == typed
    check_placeholders(
        mark,
        *(who.get(f"/requests/{key}") for who in (alice, bob)),
        *(bob.get("/reviews"), alice.get("/activity"), bob.get(QUEUE), bob.get(record_of(row))),
        choose(bob, "approve_selected", row.pk),
        *(olga.get(REQUESTS), olga.get(f"{REQUESTS}{row.pk}/change/")),
        typed=typed,
    )


@marks
def test_a_comment_is_shown_with_placeholders(
    alice: PersonClient, bob: PersonClient, olga: PersonClient, mark: str
) -> None:
    typed = f"not a{mark}b"
    key = pending_request(alice)
    assert bob.api_post(f"/api/requests/{key}/decline", {"comment": typed}).status_code == 200
    check_placeholders(
        mark,
        *(alice.get(f"/requests/{key}"), bob.get("/reviews"), olga.get(EVENTS)),
        *(olga.get(f"{REQUESTS}{key}/change/"), bob.get(record_of(key))),
        typed=typed,
    )


@marks
@pytest.mark.parametrize(
    "clause", ['resource.name == "a{}b"', 'api.x("a{}b")'], ids=["usual", "unusual"]
)
def test_no_page_shows_the_mark_of_a_condition(
    alice: PersonClient,
    bob: PersonClient,
    olga: PersonClient,
    simulated: Any,
    mark: str,
    clause: str,
) -> None:
    role = make_eligible(simulated, "multiPartyApprovalConstraint", clause.format(mark))
    key = pending_request(alice, "bob@example.com", entitlementId=role)
    pages = [alice.get(f"/projects/{PROJECT}"), alice.get(f"/requests/{key}")]
    pages += [bob.get(address) for address in (f"/requests/{key}", QUEUE, record_of(key))]
    pages += [choose(bob, "approve_selected", key)]
    assert bob.api_post(f"/api/requests/{key}/approve", {}).status_code == 200
    grant = Grant.objects.get()
    pages += [olga.get(address) for address in (GRANTS, f"{GRANTS}{grant.pk}/change/")]
    pages += [olga.get(f"{REQUESTS}{key}/change/"), alice.get("/access/end")]
    pages += [choose(olga, "take_access_away", grant.pk, address=GRANTS)]
    for page in pages:
        assert "a" + PLACEHOLDER + "b" in visible_text(page), page.request["PATH_INFO"]
        assert mark not in visible_text(page), page.request["PATH_INFO"]


@marks
def test_the_reason_of_a_stop_is_shown_with_placeholders(
    alice: PersonClient, olga: PersonClient, mark: str
) -> None:
    typed = f"stolen a{mark}b"
    alice.get("/")
    told = olga.post("/admin/stop-person/", {"email": "alice@example.com", "reason": typed})
    check_placeholders(mark, told, typed=typed)
    refused = alice.get("/")
    assert refused.status_code == 403
    assert f"stolen a{PLACEHOLDER}b" in refused.content.decode()
    assert mark not in refused.content.decode()


@marks
def test_exports_contain_the_typed_text(alice: PersonClient, audrey: Client, mark: str) -> None:
    typed = f"CASE-9 a{mark}b"
    pending_request(alice, justification=typed)
    for read, form in ((csv_rows, "csv"), (json_rows, "jsonl")):
        rows = read(audrey.post(f"{REQUESTS}export/", {"format": form}))
        assert [row["justification"] for row in rows] == [typed]
