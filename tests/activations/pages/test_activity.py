"""The list of your own requests."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from activations.models import Grant, Request, User
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, WRITE, requested, send
from tests.conftest import PersonClient
from tests.rewriting import rewrite


def activity(person: PersonClient, address: str = "/activity") -> Page:
    return Page(person.get(address))


def titles(page: Page) -> list[str]:
    return [text for text, href in page.links().items() if href.startswith("/requests/")]


def test_the_list_shows_my_requests_newest_first_with_roles_and_justification(
    alice: PersonClient,
) -> None:
    requested(alice, DNS, justification="CASE-20 first")
    rewrite(Request.objects, requested_at=F("requested_at") - timedelta(minutes=5))
    requested(alice, COMPUTE, justification="CASE-21 second")
    page = activity(alice)
    assert titles(page) == ["compute.admin", "dns.admin"]
    assert page.text.index("CASE-21 second") < page.text.index("CASE-20 first")


def test_the_list_shows_no_requests_of_others(alice: PersonClient, bob: PersonClient) -> None:
    requested(alice)
    page = activity(bob)
    assert titles(page) == []
    assert "You have not requested anything yet" in page.text


def test_the_list_can_be_filtered_by_status(alice: PersonClient, simulated: Simulator) -> None:
    requested(alice, DNS)
    rewrite(Request.objects, requested_at=F("requested_at") - timedelta(minutes=5))
    simulated.faults.add(WRITE, status=403, message="no")
    assert send(alice, COMPUTE).status_code == 403
    filters = activity(alice).links()
    assert titles(activity(alice, filters["Active"])) == ["dns.admin"]
    assert titles(activity(alice, filters["Failed"])) == ["compute.admin"]
    ended = activity(alice, filters["Ended"])
    assert titles(ended) == []
    assert "None of your requests is in this state" in ended.text
    assert titles(activity(alice, "/activity?status=nonsense")) == ["compute.admin", "dns.admin"]


def test_pages_of_the_list_have_no_gaps(alice: PersonClient) -> None:
    requested(alice)
    person = User.objects.get(email="alice@example.com")
    now = timezone.now()
    for number in range(60):
        request = Request.objects.create(
            state="approved",
            activation_type="JIT",
            beneficiary=person,
            beneficiary_email=person.email,
            project_id="shop-prod",
            minutes=1,
            justification=f"old {number}",
            requested_at=now - timedelta(days=1 + number // 7),
            channel="web",
            fingerprint="",
        )
        Grant.objects.create(
            request=request,
            state="active",
            project_id="shop-prod",
            role=f"roles/r{number}",
            beneficiary_email=person.email,
            start_time=now - timedelta(days=3),
            end_time=now - timedelta(days=2),
        )
    page, seen = activity(alice), []
    seen += titles(page)
    while older := page.links().get("Older"):
        page = activity(alice, older)
        seen += titles(page)
        assert page.links()["Newest"] == "/activity"
    assert len(seen) == len(set(seen)) == 61


def test_an_invalid_page_token_is_a_bad_request(alice: PersonClient) -> None:
    assert alice.get("/activity", {"page": "rubbish"}).status_code == 400
