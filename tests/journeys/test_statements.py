"""Pages, API and mails agree with IAM after any sequence of actions.

`STATEMENT_SEQUENCES` sets the number of random sequences; the gate runs a few.
"""

from __future__ import annotations

import os
import random
import re
import uuid
from datetime import UTC, datetime

import pytest

from activations.models import Grant, OutboxMessage, Request
from activations.notifications.mail_texts import mail_texts
from tests.activations.pages.reading import Page
from tests.journeys.random_actions import ROLE, RandomActions, held_until
from tests.journeys.shop import COMPUTE, ROLES

pytestmark = pytest.mark.one_database

SEQUENCES = int(os.environ.get("STATEMENT_SEQUENCES", "6"))
STEPS = 9
ENDED = ("Your access to shop-prod has ended",)
HELD = ("You have access to shop-prod", "you still have access", "was extended")


@pytest.fixture(autouse=True)
def queued_messages(settings):
    """Let the application queue messages without delivering them."""
    settings.NOTIFICATION_TOPIC = "news"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20, *range(SEQUENCES)] if SEQUENCES < 20 else range(SEQUENCES))
def test_every_statement_agrees_with_iam_after_random_actions(alice, olga, simulated, seed):
    chance, actions = random.Random(seed), RandomActions(alice, olga, simulated)
    for _ in range(STEPS):
        step = chance.choice(actions.steps)
        said_before = set(OutboxMessage.objects.values_list("pk", flat=True))
        step(chance)
        check(actions, f"{seed}: after {step.__name__}", said_before)


def check(actions: RandomActions, when: str, said_before: set[uuid.UUID]) -> None:
    until = held_until(actions.simulated, actions.alice.email)
    check_lists(actions, until, when)
    check_pages(actions, until, when)
    for message in OutboxMessage.objects.exclude(pk__in=said_before):
        check_message(message, until, when)


def check_lists(actions: RandomActions, until: datetime | None, when: str) -> None:
    """Check that each grant, each request and the list of roles in the API show the end in IAM."""
    wanted = int(until.timestamp()) if until else None
    grants = actions.alice.api_get("/api/grants").json()["grants"]
    requests = actions.alice.api_get("/api/requests").json()["requests"]
    said = [grant["accessEndTime"] for grant in grants]
    said += [role["accessEndTime"] for row in requests for role in row["entitlements"]]
    assert set(said) <= {wanted}, when
    rows = actions.alice.api_get(ROLES).json()["entitlements"]
    row = next(row for row in rows if row["id"] == COMPUTE)
    assert (row["status"], row["validUntil"]) == ("ACTIVE" if wanted else "INACTIVE", wanted), when


def check_pages(actions: RandomActions, until: datetime | None, when: str) -> None:
    """Check that the page of each request shows whether access is held and offers to end it."""
    for request in Request.objects.filter(beneficiary_email=actions.alice.email, grants__role=ROLE):
        answer = actions.alice.get(f"/requests/{request.pk}")
        assert answer.status_code == 200, (when, answer.content)
        page = Page(answer)
        row = " ".join(page.row(ROLE).split())
        if until is None:
            assert not any(words in page.heading for words in HELD), when
            assert "still hold" not in row, when
            assert "End access" not in row, when
        else:
            assert page.heading not in ENDED, when
            assert f"{until:%-d %b %Y, %H:%M} UTC" in row, when
            assert "End access" in row, when
    activity = Page(actions.alice.get("/activity")).text
    assert ("End all access" in activity) == (until is not None), when


def check_message(message: OutboxMessage, until: datetime | None, when: str) -> None:
    said = message.payload["properties"]
    if "access_end_time" in said:
        told = said["access_end_time"]
        assert (datetime.fromisoformat(told) if told else None) == until, when


def test_an_extended_request_links_to_the_active_one(alice):
    from tests.journeys.shop import activate

    activate(alice, minutes=10)
    first = Grant.objects.get()
    body = {"activationTimeout": 100, "justification": "more"}
    made = alice.api_post(f"/api/grants/{first.pk}/extend", body).json()
    page = Page(alice.get(f"/requests/{first.request_id}"))
    assert page.heading == "Your access to shop-prod was extended"
    assert "Extended until" in page.row(ROLE)
    assert f"/requests/{made['requestId']}" in page.links().values()


def test_the_answer_to_ending_one_grant_says_until_when_access_continues(alice, simulated):
    from tests.journeys.shop import activate

    for minutes in (10, 100):
        activate(alice, minutes=minutes)
    longer, shorter = Grant.objects.order_by("-end_time")
    told = alice.api_post(f"/api/grants/{longer.pk}/end", {"reason": ""}).json()
    assert told["status"] == "ENDED"
    assert told["accessEndTime"] == int(shorter.end_time.timestamp())
    assert held_until(simulated, alice.email) == shorter.end_time
    told = alice.api_post(f"/api/grants/{shorter.pk}/end", {"reason": ""}).json()
    assert told["accessEndTime"] is None


def test_end_access_on_the_page_ends_all_grants_of_the_access_in_one_write(alice, simulated):
    from tests.journeys.shop import activate

    for minutes in (10, 100, 50):
        activate(alice, minutes=minutes)
    method = "cloudresourcemanager.projects.setIamPolicy"
    writes = len(simulated.calls.of(method))
    grant = Grant.objects.order_by("end_time")[0]
    assert alice.post(f"/grants/{grant.pk}/end", {"comment": ""}).status_code == 303
    assert held_until(simulated, alice.email) is None
    assert len(simulated.calls.of(method)) == writes + 1
    assert {grant.end_reason for grant in Grant.objects.all()} == {"ended by holder"}


def test_the_mail_of_an_ended_grant_says_until_when_the_role_is_held(alice, settings):
    from tests.journeys.shop import activate

    for minutes in (10, 100):
        activate(alice, minutes=minutes)
    longer, shorter = Grant.objects.order_by("-end_time")
    for grant, words in (
        (longer, "still holds the role until"),
        (shorter, "no longer contains a binding for it"),
    ):
        alice.api_post(f"/api/grants/{grant.pk}/end", {"reason": ""})
        message = OutboxMessage.objects.filter(kind="AccessEnded").latest("created_at")
        message.payload["properties"] |= {"base_url": "", "duration": ""}
        texts = mail_texts(message, UTC)
        assert words in re.sub(r"\s+", " ", texts.html)
        assert words in texts.text


def test_end_all_access_shows_each_result_and_names_failures(alice, simulated):
    from tests.journeys.shop import activate

    activate(alice, COMPUTE, "shop-prod:roles/dns.admin")
    method = "cloudresourcemanager.projects.setIamPolicy"
    simulated.faults.add(method, status=403, message="revocation is constrained", times=1)
    page = Page(alice.post("/access/end", {"comment": "done"}))
    assert page.heading == "1 of 2 could not be ended"
    assert "revocation is constrained" in page.text
    assert page.text.count("Ended") == 1
    assert Page(alice.post("/access/end", {"comment": ""})).heading == "All your access has ended"
    assert Page(alice.get("/access/end")).heading == "You hold no access"


def test_lists_need_one_query_for_the_related_grants(alice, django_assert_max_num_queries):
    from tests.journeys.shop import TEN_ROLES, activate

    def queries(path: str) -> int:
        with django_assert_max_num_queries(40) as counted:
            alice.api_get(path)
        return len(counted)

    activate(alice, TEN_ROLES[0])
    paths = ("/api/grants", "/api/requests", "/activity")
    few = [queries(path) for path in paths]
    for role in TEN_ROLES[1:4]:
        activate(alice, role)
        activate(alice, role, minutes=90)
    assert [queries(path) for path in paths] == few
