"""The page that ends access early."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from activations.models import Grant
from simulator import Simulator
from tests.activations.admin.queue import choose
from tests.activations.admin.reading import GRANTS
from tests.activations.pages.approvals import BOB, pending_request_url, press
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, WRITE, requested, roles_page
from tests.conftest import PersonClient
from tests.rewriting import rewrite


def end_url(grant: Grant) -> str:
    return f"/grants/{grant.id}/end"


def end(person: PersonClient, grant: Grant, reason: str = "") -> Any:
    """Confirm the end on its page."""
    page = Page(person.get(end_url(grant)))
    return person.post(end_url(grant), page.forms[end_url(grant)].fields | {"comment": [reason]})


def test_every_page_with_an_active_grant_links_to_ending_it(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE)
    url = end_url(Grant.objects.get())
    assert roles_page(alice).links()["End access to compute.admin"] == url
    for path in (address, "/activity"):
        assert Page(alice.get(path)).links()["End access to compute.admin"] == url


def test_ending_needs_a_confirmation_and_ends_only_that_access(
    alice: PersonClient, simulated: Simulator
) -> None:
    address = requested(alice, COMPUTE, DNS)
    grant = Grant.objects.get(role="roles/compute.admin")
    asks = Page(alice.get(end_url(grant)))
    assert asks.heading == "End your access to compute.admin on shop-prod?"
    assert len(simulated.calls.of(WRITE)) == 1
    answer = end(alice, grant, "done early")
    assert (answer.status_code, answer["Location"]) == (303, address)
    page = Page(alice.get(address))
    assert "Ended by its holder" in page.row("roles/compute.admin")
    assert "Active" in page.row("roles/dns.admin")
    assert "done early" in page.text
    assert "Available" in roles_page(alice).row("roles/compute.admin")


def test_sending_the_form_twice_ends_access_once(alice: PersonClient, simulated: Simulator) -> None:
    address = requested(alice, COMPUTE)
    grant = Grant.objects.get()
    answers = [alice.post(end_url(grant)) for _ in range(2)]
    assert [(one.status_code, one["Location"]) for one in answers] == [(303, address)] * 2
    assert len(simulated.calls.of(WRITE)) == 2
    assert alice.get(end_url(grant))["Location"] == address


def test_when_google_refuses_access_continues_and_the_page_gives_the_reason(
    alice: PersonClient, simulated: Simulator
) -> None:
    address = requested(alice, COMPUTE)
    grant = Grant.objects.get()
    simulated.faults.add(WRITE, status=403, message="revocation is constrained", times=1)
    assert end(alice, grant)["Location"] == address
    page = Page(alice.get(address))
    assert page.heading == "You have access to shop-prod"
    for words in (
        "Google has not confirmed it",
        "revocation is constrained",
        "tries again automatically",
    ):
        assert words in page.text
    assert "The end was requested" in roles_page(alice).row("roles/compute.admin")
    end(alice, grant)
    assert "Google has not confirmed it" not in Page(alice.get(address)).text


def test_pages_name_who_requested_an_end_that_is_in_progress(
    alice: PersonClient, bob: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    address = pending_request_url(alice, BOB)
    press(bob, address, "approve")
    grant = Grant.objects.get()
    simulated.faults.add(WRITE, status=403, times=2)
    end(alice, grant)
    assert "You asked to end iam.securityAdmin" in Page(alice.get(address)).text
    assert "alice@example.com asked to end iam.securityAdmin" in Page(bob.get(address)).text
    sent = {"confirmed": "yes", "comment": "left the team"}
    choose(olga, "take_access_away", grant, address=GRANTS, **sent)
    for reader in (alice, bob):
        page = Page(reader.get(address))
        assert "olga@example.com asked to end iam.securityAdmin" in page.text
        assert "You asked" not in page.text


def test_the_page_says_when_the_binding_was_found_to_be_gone(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE)
    end(alice, Grant.objects.get())
    assert "removed from IAM" not in Page(alice.get(address)).text
    seen = datetime(2040, 1, 2, 3, 4, tzinfo=UTC)
    rewrite(Grant.objects, removed_at=seen)
    row = Page(alice.get(address)).row("roles/compute.admin")
    assert "binding found removed from IAM at 2 Jan 2040, 03:04 UTC" in " ".join(row.split())


def test_extended_access_is_not_reported_as_gone(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE)
    seen = datetime(2040, 1, 2, 3, 4, tzinfo=UTC)
    rewrite(Grant.objects, state="ended", end_reason="extended", ended_at=seen, removed_at=seen)
    assert "removed from IAM" not in Page(alice.get(address)).text


def test_the_page_says_when_another_grant_gives_the_role(alice: PersonClient) -> None:
    requested(alice, COMPUTE, minutes="10")
    requested(alice, COMPUTE, minutes="100")
    shorter = Grant.objects.order_by("end_time")[0]
    assert (
        "You hold this role through 2 requests. All of them end."
        in Page(alice.get(end_url(shorter))).text
    )


def test_a_reason_that_is_too_long_is_refused_and_kept(alice: PersonClient) -> None:
    requested(alice, COMPUTE)
    grant = Grant.objects.get()
    answer = end(alice, grant, "x" * 1001)
    assert answer.status_code == 400
    assert Page(answer).forms[end_url(grant)].fields["comment"] == ["x" * 1001]


def test_another_persons_access_is_not_found(alice: PersonClient, bob: PersonClient) -> None:
    requested(alice, COMPUTE)
    url = end_url(Grant.objects.get())
    assert (bob.get(url).status_code, bob.post(url).status_code) == (404, 404)


def test_inactive_access_cannot_be_ended(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE)
    grant = Grant.objects.get()
    rewrite(Grant.objects, state="provisioning")
    answer = alice.post(end_url(grant))
    assert answer.status_code == 409
    assert "not active" in Page(answer).text
    assert alice.get(end_url(grant))["Location"] == address


def test_the_page_says_who_else_ended_access(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE)
    grant = Grant.objects.get()
    for reason, words in (
        ("revoked", "Revoked by an administrator"),
        ("drifted", "Binding removed or changed in Google Cloud"),
        ("expired", "Expired"),
    ):
        rewrite(Grant.objects, state="ended", end_reason=reason, ended_at=grant.start_time)
        assert words in Page(alice.get(address)).row("roles/compute.admin")
