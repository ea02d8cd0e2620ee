"""The page that extends access."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from activations.models import Grant, Request
from simulator import Simulator
from tests.activations.admin.queue import choose
from tests.activations.admin.reading import GRANTS
from tests.activations.pages.approvals import BOB, CAROL, alert, pending_request_url, press
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, WRITE, requested, roles_page
from tests.conftest import PersonClient
from tests.rewriting import rewrite


def extend_url(grant: Grant) -> str:
    return f"/grants/{grant.id}/extend"


def form_of(person: PersonClient, grant: Grant) -> dict[str, Any]:
    return Page(person.get(extend_url(grant))).forms[extend_url(grant)].fields


def test_the_form_has_the_earlier_values_and_a_longer_duration(
    alice: PersonClient,
) -> None:
    address = requested(alice, COMPUTE, minutes="50", justification="CASE-40")
    grant = Grant.objects.get()
    for path in ("/activity", address):
        assert Page(alice.get(path)).links()["Extend compute.admin"] == extend_url(grant)
    assert roles_page(alice).links()["Extend compute.admin"] == extend_url(grant)
    fields = form_of(alice, grant)
    assert fields["justification"] == ["CASE-40"]
    assert int(fields["minutes"][0]) > 60


def test_a_self_approved_role_is_extended_immediately_and_both_requests_are_linked(
    alice: PersonClient,
) -> None:
    address = requested(alice, COMPUTE, minutes="10")
    grant = Grant.objects.get()
    answer = alice.post(extend_url(grant), form_of(alice, grant) | {"minutes": ["100"]})
    assert answer.status_code == 303
    later, earlier = Page(alice.get(answer["Location"])), Page(alice.get(address))
    assert "1 h 39 min left" in later.text or "1 h 40 min left" in later.text
    assert later.links()["an earlier request"] == address
    assert earlier.links()["a later request"] == answer["Location"]
    assert "Extended by a later request" in earlier.row("roles/compute.admin")


@pytest.mark.parametrize(
    ("minutes", "words"), [("5", "lasts for another"), ("121", "no longer than 120")]
)
def test_a_refused_form_keeps_the_typed_values(
    alice: PersonClient, minutes: str, words: str
) -> None:
    requested(alice, COMPUTE, minutes="60")
    grant = Grant.objects.get()
    typed = {"minutes": [minutes], "justification": ["CASE-41"]}
    answer = alice.post(extend_url(grant), form_of(alice, grant) | typed)
    page = Page(answer)
    assert answer.status_code == 400
    assert words in alert(page)
    assert page.forms[extend_url(grant)].fields["justification"] == ["CASE-41"]
    assert page.forms[extend_url(grant)].fields["minutes"] == [minutes]


def test_sending_the_form_twice_extends_once(alice: PersonClient, simulated: Simulator) -> None:
    requested(alice, COMPUTE, minutes="10")
    grant = Grant.objects.get()
    fields = form_of(alice, grant)
    answers = [alice.post(extend_url(grant), fields) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Request.objects.count() == 2
    assert len(simulated.calls.of(WRITE)) == 2


def test_a_role_that_needs_approval_asks_the_same_reviewers_again(
    alice: PersonClient, bob: PersonClient
) -> None:
    press(bob, pending_request_url(alice, BOB, minutes="10"), "approve")
    grant = Grant.objects.get()
    fields = form_of(alice, grant)
    assert fields["reviewer"] == [BOB]
    answer = alice.post(extend_url(grant), fields | {"reviewer": [BOB, CAROL]})
    page = Page(alice.get(answer["Location"]))
    assert page.heading == "Waiting for approval of iam.securityAdmin on shop-prod"
    assert CAROL in page.text
    press(bob, answer["Location"], "approve")
    assert Page(alice.get(answer["Location"])).heading == "You have access to shop-prod"


def test_the_page_names_reviewers_who_can_no_longer_review(
    alice: PersonClient, bob: PersonClient, simulated: Simulator
) -> None:
    press(bob, pending_request_url(alice, BOB, CAROL, minutes="10"), "approve")
    policy = simulated.company.policy("shop-prod")
    for binding in policy["bindings"]:
        if (
            binding["role"] == "roles/iam.securityAdmin"
            and "user:carol@example.com" in binding["members"]
        ):
            binding["members"].remove("user:carol@example.com")
    simulated.company.put_policy("shop-prod", policy)
    page = Page(alice.get(extend_url(Grant.objects.get())))
    assert f"No longer able to review: {CAROL}" in page.text


def test_access_that_is_being_ended_cannot_be_extended(
    alice: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    address = requested(alice, COMPUTE, minutes="10")
    grant = Grant.objects.get()
    fields = form_of(alice, grant) | {"minutes": ["100"]}
    simulated.faults.add(WRITE, status=403, times=1)
    sent = {"confirmed": "yes", "comment": "left the team"}
    choose(olga, "take_access_away", grant, address=GRANTS, **sent)
    for page in (Page(alice.get(address)), Page(alice.get("/activity")), roles_page(alice)):
        assert extend_url(grant) not in page.links().values()
        assert f"/grants/{grant.id}/end" in page.links().values()
    assert alice.get(extend_url(grant))["Location"] == address
    late = alice.post(extend_url(grant), fields)
    assert late.status_code == 409
    assert "It cannot be extended" in alert(Page(late))
    assert Request.objects.count() == 1


def test_an_extension_approved_after_a_revocation_does_not_hide_the_revocation(
    alice: PersonClient, bob: PersonClient, olga: PersonClient, simulated: Simulator
) -> None:
    press(bob, pending_request_url(alice, BOB, minutes="10"), "approve")
    grant = Grant.objects.get()
    longer = alice.post(extend_url(grant), form_of(alice, grant))["Location"]
    simulated.faults.add(WRITE, status=403, times=1)
    sent = {"confirmed": "yes", "comment": "left the team"}
    choose(olga, "take_access_away", grant, address=GRANTS, **sent)
    press(bob, longer, "approve")
    grant.refresh_from_db()
    assert (grant.state, grant.ending_reason) == ("active", "revoked")
    choose(olga, "take_access_away", grant, address=GRANTS, **sent)
    grant.refresh_from_db()
    assert grant.end_reason == "revoked"
    assert Page(alice.get(longer)).heading == "Your access to shop-prod has ended"


def test_ended_access_leads_to_its_request(alice: PersonClient) -> None:
    address = requested(alice, COMPUTE)
    grant = Grant.objects.get()
    fields = form_of(alice, grant)
    long_ago = timedelta(hours=3)
    rewrite(
        Grant.objects,
        start_time=F("start_time") - long_ago,
        end_time=F("end_time") - long_ago,
        binding_end=F("binding_end") - long_ago,
    )
    assert alice.get(extend_url(grant))["Location"] == address
    late = alice.post(extend_url(grant), fields)
    assert late.status_code == 409
    assert "Request it again" in alert(Page(late))


def test_another_persons_access_is_not_found(alice: PersonClient, bob: PersonClient) -> None:
    requested(alice, COMPUTE)
    url = extend_url(Grant.objects.get())
    assert (bob.get(url).status_code, bob.post(url).status_code) == (404, 404)
