"""Whatever happens to an access: pages, API and mails say what IAM gives.

`STATEMENT_LIVES` sets how many random lives are lived; the gate lives a few.
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
from tests.journeys.lives import ROLE, Life, held_until
from tests.journeys.shop import COMPUTE, ROLES

LIVES = int(os.environ.get("STATEMENT_LIVES", "6"))
STEPS = 9
OVER = ("Your access to shop-prod has ended",)
HELD = ("You have access to shop-prod", "you still have access", "was extended")


@pytest.fixture(autouse=True)
def told(settings):
    """Mails and messages are written, and delivered to nobody."""
    settings.NOTIFICATION_TOPIC = "news"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20, *range(LIVES)] if LIVES < 20 else range(LIVES))
def test_every_statement_is_as_iam_in_a_random_life(alice, olga, simulated, seed):
    chance, life = random.Random(seed), Life(alice, olga, simulated)
    for _ in range(STEPS):
        step = chance.choice(life.steps)
        said_before = set(OutboxMessage.objects.values_list("pk", flat=True))
        step(chance)
        check(life, f"{seed}: after {step.__name__}", said_before)


def check(life: Life, when: str, said_before: set[uuid.UUID]) -> None:
    until = held_until(life.simulated, life.alice.email)
    check_lists(life, until, when)
    check_pages(life, until, when)
    for message in OutboxMessage.objects.exclude(pk__in=said_before):
        check_message(message, until, when)


def check_lists(life: Life, until: datetime | None, when: str) -> None:
    """The API: each grant, each request and the list of roles name the same end as IAM."""
    wanted = int(until.timestamp()) if until else None
    grants = life.alice.api_get("/api/grants").json()["grants"]
    requests = life.alice.api_get("/api/requests").json()["requests"]
    said = [grant["accessEndTime"] for grant in grants]
    said += [role["accessEndTime"] for row in requests for role in row["entitlements"]]
    assert set(said) <= {wanted}, when
    rows = life.alice.api_get(ROLES).json()["entitlements"]
    row = next(row for row in rows if row["id"] == COMPUTE)
    assert (row["status"], row["validUntil"]) == ("ACTIVE" if wanted else "INACTIVE", wanted), when


def check_pages(life: Life, until: datetime | None, when: str) -> None:
    """Each request's page says that access is held, or that it is not; and leads to what gives it."""
    for request in Request.objects.filter(beneficiary_email=life.alice.email, grants__role=ROLE):
        answer = life.alice.get(f"/requests/{request.pk}")
        assert answer.status_code == 200, (when, answer.content)
        page = Page(answer)
        row = " ".join(page.row(ROLE).split())
        if until is None:
            assert not any(words in page.heading for words in HELD), when
            assert "still hold" not in row, when
            assert "End access" not in row, when
        else:
            assert page.heading not in OVER, when
            assert f"{until:%-d %b %Y, %H:%M} UTC" in row, when
            assert "End access" in row, when
    activity = Page(life.alice.get("/activity")).text
    assert ("End all access" in activity) == (until is not None), when


def check_message(message: OutboxMessage, until: datetime | None, when: str) -> None:
    said = message.payload["properties"]
    if "access_end_time" in said:
        told = said["access_end_time"]
        assert (datetime.fromisoformat(told) if told else None) == until, when


def test_after_an_extension_the_first_request_leads_to_the_running_one(alice):
    from tests.journeys.shop import activate

    activate(alice, minutes=10)
    first = Grant.objects.get()
    body = {"activationTimeout": 100, "justification": "more"}
    made = alice.api_post(f"/api/grants/{first.pk}/extend", body).json()
    page = Page(alice.get(f"/requests/{first.request_id}"))
    assert page.heading == "Your access to shop-prod was extended"
    assert "Extended until" in page.row(ROLE)
    assert f"/requests/{made['requestId']}" in page.links().values()


def test_the_answer_to_one_ended_grant_says_until_when_access_stands(alice, simulated):
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


def test_end_access_on_the_page_ends_all_its_grants_in_one_write(alice, simulated):
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


def test_the_mail_of_an_ended_grant_says_what_is_still_held(alice, settings):
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


def test_end_all_access_tells_each_result_and_names_what_failed(alice, simulated):
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
