"""Bob names a deputy for an absence: who decides, who is recorded, and when it ends."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from activations.models import Absence, Event
from tests.activations.pages.reading import Page
from tests.moments import now

PAGE = "/admin/deputy/"
DAN = "dan@example.com"
DAY = timedelta(days=1)


def seconds(moment):
    return int(moment.timestamp())


def name(who, deputy=DAN, **times):
    body = {"deputy": deputy, "endTime": seconds(now() + DAY)} | times
    return who.api_post("/api/absence", body)


def test_a_reviewer_names_a_deputy_over_the_api(bob):
    end = seconds(now() + DAY)
    answer = name(bob, endTime=end)
    assert answer.status_code == 200, answer.content
    assert bob.api_get("/api/absence").json() == answer.json()
    assert answer.json()["deputy"] == DAN
    assert answer.json()["endTime"] == end
    event = Event.objects.get(kind="absence.named")
    assert (event.actor_email, event.details["deputy"]) == ("bob@example.com", DAN)


def test_naming_the_same_deputy_again_changes_nothing(bob):
    end = seconds(now() + DAY)
    name(bob, endTime=end)
    assert name(bob, endTime=end).status_code == 200
    assert Absence.objects.count() == 1
    assert Event.objects.filter(kind="absence.named").count() == 1


def test_another_deputy_replaces_the_first(bob):
    name(bob)
    name(bob, "carol@example.com")
    assert bob.api_get("/api/absence").json()["deputy"] == "carol@example.com"
    assert Event.objects.filter(kind="absence.ended").count() == 1


def test_an_absence_can_be_ended_early(bob):
    name(bob)
    answer = bob.delete("/api/absence", headers={"X-JITACCESS": "1"})
    assert answer.status_code == 200, answer.content
    assert bob.api_get("/api/absence").status_code == 404


@pytest.mark.parametrize(
    ("deputy", "message"),
    [
        ("bob@example.com", "You cannot be your own deputy. Name another person"),
        ("", "Enter the e-mail address of one person"),
        ("robot@p.iam.gserviceaccount.com", "is a service account"),
    ],
)
def test_a_deputy_is_another_person(bob, deputy, message):
    answer = name(bob, deputy)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (None, -DAY, "The end must be in the future"),
        (2 * DAY, DAY, "The end must be later than the start"),
        (None, 91 * DAY, "at most as long"),
        (91 * DAY, 92 * DAY, "starts within 90 days"),
    ],
)
def test_the_time_of_an_absence_is_limited(bob, start, end, message):
    times = {"endTime": seconds(now() + end)}
    times |= {"startTime": seconds(now() + start)} if start else {}
    answer = name(bob, **times)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_the_end_is_required(bob):
    answer = bob.api_post("/api/absence", {"deputy": DAN})
    assert answer.status_code == 400
    assert "endTime is required" in answer.json()["message"]


def test_the_page_names_and_ends(olga):
    assert Page(olga.get("/admin/")).links()["Deputy"] == PAGE
    end = (now() + DAY).astimezone(UTC)
    sent = {"deputy": DAN, "start": "", "end": f"{end:%Y-%m-%dT%H:%M}"}
    assert olga.post(PAGE, sent).status_code == 302
    text = olga.get(PAGE).content.decode()
    assert f"until {end:%Y-%m-%d %H:%M} UTC" in " ".join(text.split())
    assert olga.post(PAGE, {"action": "end"}).status_code == 302
    assert "Your absence" not in olga.get(PAGE).content.decode()


def test_a_mistake_on_the_page_keeps_what_was_typed(olga):
    answer = olga.post(PAGE, {"deputy": DAN, "start": "soon", "end": ""})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "Enter the start as date and time in UTC" in text
    assert DAN in text
