"""The field for a later start, and what pages show about access that has not started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from activations.models import Grant, Request
from simulator import Simulator
from tests.activations.pages.reading import Page
from tests.activations.pages.shop import (
    COMPUTE,
    DNS,
    NEEDS_APPROVAL,
    WRITE,
    filled_in,
    roles_page,
    send,
)
from tests.conftest import PersonClient
from tests.journeys.approvals import decide, pending_request
from tests.journeys.schedules import HOUR, in_seconds, scheduled_request
from tests.moments import now

TOMORROW = (now() + timedelta(days=1)).replace(second=0, microsecond=0)


def typed(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def test_the_form_schedules_a_role_without_scripts(
    alice: PersonClient, simulated: Simulator
) -> None:
    answer = send(alice, COMPUTE, start_at=typed(TOMORROW))
    assert answer.status_code == 303
    assert Request.objects.get().start_at == TOMORROW
    assert len(simulated.calls.of(WRITE)) == 0
    page = Page(alice.get(answer["Location"]))
    assert page.heading == "Access to shop-prod is scheduled"
    assert "Scheduled" in page.row("roles/compute.admin")
    assert "IAM may need some minutes until it takes effect" in page.text
    assert f"{TOMORROW:%-d %b %Y, %H:%M} UTC" in page.text
    assert "starts in 23 h" in page.text or "starts in 1 d" in page.text


def test_the_field_is_in_the_zone_of_the_organization_and_says_so(
    alice: PersonClient, settings: Any
) -> None:
    settings.NOTIFICATION_TIMEZONE = ZoneInfo("Asia/Tokyo")
    page = alice.get("/projects/shop-prod")
    assert "Asia/Tokyo" in page.content.decode()
    send(alice, COMPUTE, start_at=typed(TOMORROW.astimezone(ZoneInfo("Asia/Tokyo"))))
    assert Request.objects.get().start_at == TOMORROW


def test_a_script_sends_utc(alice: PersonClient, settings: Any) -> None:
    settings.NOTIFICATION_TIMEZONE = ZoneInfo("Asia/Tokyo")
    send(alice, COMPUTE, start_at=f"{TOMORROW:%Y-%m-%dT%H:%M:%S.000Z}")
    assert Request.objects.get().start_at == TOMORROW


@pytest.mark.parametrize("text", ["", "  ", typed(datetime(2020, 1, 1, tzinfo=UTC))])
def test_an_empty_or_past_start_means_now(alice: PersonClient, text: str) -> None:
    assert send(alice, COMPUTE, start_at=text).status_code == 303
    assert Grant.objects.get().state == "active"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tomorrow", "Enter the start as a date and a time, or leave it empty"),
        ("2026-13-01T10:00", "Enter the start as a date and a time, or leave it empty"),
        ("9999-12-31T23:59", "The start must be within the next 7 days"),
        ("0001-01-01T00:00+14:00", ""),
    ],
)
def test_a_refused_start_is_shown_with_its_reason(
    alice: PersonClient, text: str, words: str
) -> None:
    answer = send(alice, COMPUTE, start_at=text)
    assert answer.status_code == (400 if words else 303)
    assert words in answer.content.decode()


def test_a_refused_form_keeps_the_start(alice: PersonClient) -> None:
    answer = send(alice, COMPUTE, start_at=typed(TOMORROW), justification="")
    content = answer.content.decode()
    assert f'value="{typed(TOMORROW)}"' in content
    assert f'data-start="{typed(TOMORROW)}Z"' in content


def test_a_form_for_approval_takes_a_start(alice: PersonClient) -> None:
    page = Page(alice.get("/ask", {"role": NEEDS_APPROVAL}))
    form = {
        **page.forms["/ask"].fields,
        "reviewer": ["bob@example.com"],
        "justification": ["CASE-1"],
        "start_at": [typed(TOMORROW)],
    }
    answer = alice.post("/ask", form)
    assert answer.status_code == 303
    page = Page(alice.get(answer["Location"]))
    assert "or at the approval, if it is later" in page.text
    assert Request.objects.get().start_at == TOMORROW


def test_the_list_of_roles_shows_the_start_and_offers_no_second_one(alice: PersonClient) -> None:
    request_id = scheduled_request(alice, COMPUTE)
    page = roles_page(alice)
    row = page.row("roles/compute.admin")
    assert "Scheduled" in row
    assert f"from {Grant.objects.get().start_time:%-d %b %Y, %H:%M} UTC" in " ".join(row.split())
    assert f"/requests/{request_id}#withdraw" in page.links().values()
    answer = alice.post("/activate", filled_in(page, COMPUTE, justification="CASE-2"))
    assert answer.status_code == 400
    refused = Page(answer)
    assert "is already scheduled" in refused.text
    assert refused.links()["Open the scheduled request"] == f"/requests/{request_id}"


def test_a_second_request_for_approval_links_the_scheduled_one(
    alice: PersonClient, bob: PersonClient
) -> None:
    sent_before = Page(alice.get("/ask", {"role": NEEDS_APPROVAL})).forms["/ask"].fields
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    form = {**sent_before, "reviewer": ["bob@example.com"], "justification": ["CASE-1"]}
    refused = Page(alice.post("/ask", form))
    assert refused.links()["Open the scheduled request"] == f"/requests/{request_id}"


def test_the_holder_withdraws_on_the_page(alice: PersonClient) -> None:
    url = f"/requests/{scheduled_request(alice, DNS)}"
    page = Page(alice.get(url))
    answer = alice.post(page.forms[f"{url}/withdraw"].action, {"comment": "not needed"})
    assert answer.status_code == 303
    page = Page(alice.get(url))
    assert page.heading == "You withdrew your request for shop-prod"
    assert "Withdrawn before the start" in page.row("roles/dns.admin")
    assert f"{url}/withdraw" not in page.forms


def test_a_reviewer_reads_when_access_would_start(alice: PersonClient, bob: PersonClient) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    text = " ".join(Page(bob.get(f"/requests/{request_id}")).text.split())
    start = Request.objects.get().start_at
    assert f"the role for 30 min, from {start:%-d %b %Y, %H:%M} UTC" in text
    assert "Access starts at the time below, or at the approval if it is later" in text
    assert "from now" not in text


def test_a_reviewer_sees_the_schedule_and_no_button(alice: PersonClient, bob: PersonClient) -> None:
    request_id = pending_request(alice, startTime=in_seconds(HOUR))
    decide(bob, request_id, "approve")
    page = Page(bob.get(f"/requests/{request_id}"))
    assert page.heading == "Access of alice@example.com to shop-prod is scheduled"
    assert f"/requests/{request_id}/withdraw" not in page.forms


def test_the_activity_filters_scheduled_requests_and_shows_their_start(alice: PersonClient) -> None:
    scheduled_request(alice, DNS)
    send(alice, COMPUTE)
    page = Page(alice.get("/activity", {"status": "SCHEDULED"}))
    assert (
        f"from {Grant.objects.get(state='scheduled').start_time:%-d %b %Y, %H:%M} UTC"
        in " ".join(page.text.split())
    )
    assert "compute.admin" not in page.text


def test_requesting_again_starts_at_once(alice: PersonClient) -> None:
    request_id = scheduled_request(alice, DNS)
    page = roles_page(alice, again=request_id)
    assert page.form.fields["start_at"] in ("", [""])


def test_the_form_of_an_extension_has_no_start(alice: PersonClient) -> None:
    send(alice, COMPUTE)
    url = f"/grants/{Grant.objects.get().pk}/extend"
    assert "start_at" not in Page(alice.get(url)).forms[url].fields


def test_a_revoked_schedule_says_who_withdrew_it(alice: PersonClient, olga: PersonClient) -> None:
    request_id = scheduled_request(alice, COMPUTE)
    form = {
        "action": "take_access_away",
        "_selected_action": [str(Grant.objects.get().pk)],
        "confirmed": "yes",
        "comment": "not needed",
    }
    olga.post("/admin/activations/grant/", form, follow=True)
    page = Page(alice.get(f"/requests/{request_id}"))
    assert page.heading == "Your scheduled access to shop-prod was withdrawn"
    assert "Revoked by an administrator" in page.row("roles/compute.admin")
