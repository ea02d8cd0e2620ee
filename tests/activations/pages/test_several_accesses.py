"""Several accesses are extended or ended with one form, and the page says the new end before it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import Settings

from activations.models import Grant, Request
from simulator import Simulator
from tests.activations.pages.approvals import BOB, pending_request_url, press
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import COMPUTE, DNS, WRITE, requested
from tests.conftest import PersonClient
from tests.moments import now
from tests.rewriting import rewrite

EXTEND, END = "/access/extend", "/access/end/chosen"


def grants(*roles: str) -> list[Grant]:
    return [Grant.objects.get(state="active", role=role.partition(":")[2]) for role in roles]


def chosen(*rows: Grant) -> dict[str, list[str]]:
    return {"grant": [str(row.pk) for row in rows]}


def extension_form(person: PersonClient, *rows: Grant) -> dict[str, Any]:
    return Page(person.get(EXTEND, chosen(*rows))).forms[EXTEND].fields


def make_older(minutes: int) -> None:
    """Let the access have begun earlier, so that it ends earlier."""
    ago = timedelta(minutes=minutes)
    rewrite(
        Grant.objects,
        start_time=F("start_time") - ago,
        end_time=F("end_time") - ago,
        binding_end=F("binding_end") - ago,
    )


def said_ends(page: Page) -> list[datetime]:
    """Return the times of the page's sentence about the new end, and of its buttons."""
    times = [one["datetime"] for one in page.all("time")]
    return [datetime.fromisoformat(text) for text in times]


def test_my_access_offers_to_extend_and_end_what_is_selected(alice: PersonClient) -> None:
    requested(alice, COMPUTE, DNS, minutes="20")
    page = Page(alice.get("/"))
    boxes = [one for one in page.all("input") if one.attributes.get("form") == "chosen-access"]
    assert {box["value"] for box in boxes} == {str(row.pk) for row in grants(COMPUTE, DNS)}
    assert page.forms[EXTEND].action == EXTEND
    assert END in [one.attributes.get("formaction") for one in page.all("button")]


def test_two_roles_are_extended_together_and_each_result_is_told(
    alice: PersonClient, simulated: Simulator
) -> None:
    requested(alice, COMPUTE, DNS, minutes="20", justification="CASE-70")
    both = grants(COMPUTE, DNS)
    page = Page(alice.get(EXTEND, chosen(*both)))
    assert page.heading == "Extend your access to 2 roles"
    fields = page.forms[EXTEND].fields
    assert fields["justification"] == ["CASE-70"]
    expected = now() + timedelta(minutes=int(fields["minutes"][0]))
    assert any(abs(end - expected) < timedelta(seconds=30) for end in said_ends(page))
    done = Page(alice.post(EXTEND, fields))
    assert done.heading == "All 2 extensions succeeded"
    assert [row.end_reason for row in Grant.objects.filter(pk__in=[g.pk for g in both])] == [
        "extended"
    ] * 2
    ends = {row.end_time for row in grants(COMPUTE, DNS)}
    assert all(abs(end - expected) < timedelta(seconds=30) for end in ends)


def test_a_second_click_extends_nothing_again(alice: PersonClient, simulated: Simulator) -> None:
    requested(alice, COMPUTE, DNS, minutes="20")
    fields = extension_form(alice, *grants(COMPUTE, DNS))
    alice.post(EXTEND, fields)
    writes = len(simulated.calls.of(WRITE))
    again = Page(alice.post(EXTEND, fields))
    assert again.heading == "All 2 extensions succeeded"
    assert len(simulated.calls.of(WRITE)) == writes
    assert Request.objects.count() == 3


def test_one_that_fails_does_not_stop_the_other(alice: PersonClient, simulated: Simulator) -> None:
    requested(alice, COMPUTE, DNS, minutes="20")
    compute, dns = grants(COMPUTE, DNS)
    fields = extension_form(alice, compute, dns)
    simulated.faults.add(WRITE, status=403, message="not this time", times=1)
    page = Page(alice.post(EXTEND, fields))
    assert page.heading == "1 of 2 extensions succeeded"
    assert "not this time" in page.text
    assert page.links()["Extend the others"] == f"{EXTEND}?grant={compute.pk}"


def test_a_role_that_needs_approval_asks_the_earlier_reviewers(
    alice: PersonClient, bob: PersonClient
) -> None:
    press(bob, pending_request_url(alice, BOB, minutes="20"), "approve")
    requested(alice, DNS, minutes="20")
    rows = [*Grant.objects.filter(state="active").order_by("role")]
    fields = extension_form(alice, *rows)
    # The two were activated for different reasons, so a reason for both is asked for.
    assert fields["justification"] == [""]
    page = Page(alice.post(EXTEND, fields | {"justification": ["CASE-72"]}))
    assert page.heading == "All 2 extensions succeeded"
    assert "Waiting for approval by bob@example.com" in page.text


def test_the_form_offers_only_durations_that_the_server_accepts(alice: PersonClient) -> None:
    requested(alice, COMPUTE, minutes="90")
    (grant,) = grants(COMPUTE)
    page = Page(alice.get(f"/grants/{grant.pk}/extend"))
    minutes = next(one for one in page.all("input") if one.attributes.get("name") == "minutes")
    assert (int(minutes["min"]) in (90, 91), minutes["max"]) == (True, "120")
    fields = page.forms[f"/grants/{grant.pk}/extend"].fields | {"minutes": [minutes["min"]]}
    assert alice.post(f"/grants/{grant.pk}/extend", fields).status_code == 303


def test_access_that_lasts_for_the_longest_time_says_why_it_cannot_be_extended_yet(
    alice: PersonClient, settings: Settings
) -> None:
    requested(alice, COMPUTE, minutes="120")
    settings.ACTIVATION_TIMEOUT = timedelta(minutes=60)
    (grant,) = grants(COMPUTE)
    url = f"/grants/{grant.pk}/extend"
    page = Page(alice.get(url))
    assert "an extension is for at most 1 h from now. Extend it later" in page.text
    assert url not in page.forms
    requested(alice, DNS, minutes="20")
    both = Page(alice.get(EXTEND, chosen(*grants(COMPUTE, DNS))))
    assert both.heading == "Extend your access to 1 role"
    assert "These roles are left out: compute.admin" in both.text


def test_two_roles_are_ended_together_after_a_confirmation(
    alice: PersonClient, simulated: Simulator
) -> None:
    requested(alice, COMPUTE, DNS)
    requested(alice, "shop-prod:roles/run.admin")
    both = grants(COMPUTE, DNS)
    asks = Page(alice.get(END, chosen(*both)))
    assert asks.heading == "End your access to 2 roles?"
    fields = asks.forms[END].fields | {"comment": ["done"]}
    for _ in range(2):
        done = Page(alice.post(END, fields))
        assert done.heading == "Your access to 2 roles has ended"
    assert [row.role for row in Grant.objects.filter(state="active")] == ["roles/run.admin"]
    assert len(simulated.calls.of(WRITE)) == 4


def test_a_choice_of_nothing_ends_and_extends_nothing(alice: PersonClient) -> None:
    requested(alice, COMPUTE)
    assert Page(alice.get(END)).heading == "Choose what to end"
    assert Page(alice.get(EXTEND)).heading == "Choose what to extend"
    alice.post(END)
    assert Grant.objects.get().state == "active"


def test_another_persons_access_can_be_neither_ended_nor_extended(
    alice: PersonClient, bob: PersonClient
) -> None:
    requested(alice, COMPUTE, DNS)
    rows = chosen(*grants(COMPUTE, DNS))
    assert Page(bob.get(END, rows)).heading == "Choose what to end"
    assert Page(bob.get(EXTEND, rows)).heading == "Choose what to extend"
    bob.post(END, rows)
    assert Grant.objects.filter(state="active").count() == 2


def test_a_reason_that_is_too_long_keeps_the_choice(alice: PersonClient) -> None:
    requested(alice, COMPUTE, DNS)
    rows = chosen(*grants(COMPUTE, DNS))
    answer = alice.post(END, rows | {"comment": "x" * 1001})
    assert answer.status_code == 400
    assert Page(answer).forms[END].fields["grant"] == rows["grant"]


def test_access_that_ends_soon_is_extended_with_one_click(alice: PersonClient) -> None:
    requested(alice, COMPUTE, minutes="60", justification="CASE-71")
    make_older(51)
    page = Page(alice.get("/"))
    assert "compute.admin on shop-prod ends soon: 9 min left" in page.text
    assert page.all("title")[0].text.split()[:3] == ["(1", "ends", "soon)"]
    fields = page.forms[EXTEND].fields
    expected = now() + timedelta(minutes=int(fields["minutes"][0]))
    assert any(abs(end - expected) < timedelta(seconds=30) for end in said_ends(page))
    assert Page(alice.post(EXTEND, fields)).heading == "The extension succeeded"
    (grant,) = grants(COMPUTE)
    assert abs(grant.end_time - expected) < timedelta(seconds=30)
    assert grant.request.justification == "CASE-71"
    assert "ends soon" not in Page(alice.get("/")).text


@pytest.mark.parametrize("path", ["/activity", "/projects/shop-prod", "/reviews"])
def test_every_page_says_what_ends_soon_and_leads_to_its_extension(
    alice: PersonClient, path: str
) -> None:
    requested(alice, COMPUTE, minutes="60")
    make_older(51)
    page = Page(alice.get(path))
    (grant,) = grants(COMPUTE)
    assert "ends soon: 9 min left" in page.text
    assert page.links()["Extend for compute.admin on shop-prod"] == f"/grants/{grant.pk}/extend"


def test_a_reviewer_reads_the_decision_before_what_ends_soon(
    alice: PersonClient, bob: PersonClient
) -> None:
    requested(bob, COMPUTE, minutes="60")
    make_older(51)
    page = Page(bob.get(pending_request_url(alice)))
    assert page.text.index("Decline …") < page.text.index("ends soon:")


def test_short_access_and_access_that_the_person_ends_is_not_announced(
    alice: PersonClient, simulated: Simulator
) -> None:
    requested(alice, DNS, minutes="10")
    requested(alice, COMPUTE, minutes="60")
    simulated.faults.add(WRITE, status=403, times=1)
    alice.post(END, chosen(*grants(COMPUTE)))
    make_older(1)
    rewrite(
        Grant.objects.filter(role="roles/compute.admin"), binding_end=now() + timedelta(minutes=5)
    )
    assert "ends soon" not in Page(alice.get("/")).text
