"""The list of messages in the admin: recipients, dead letters, and how to send them again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from activations.domain.states import Channel, DeliveryState
from activations.models import Event, OutboxMessage, Request
from tests.activations.admin import history
from tests.activations.admin.queue import choose, lines
from tests.activations.admin.reading import text
from tests.moments import now

MESSAGES = "/admin/activations/outboxmessage/"
AGAIN = "send_again"
YES = {"confirmed": "yes"}


@pytest.fixture(autouse=True)
def without_background_delivery(settings: Any) -> None:
    settings.NOTIFICATION_BACKGROUND_DELIVERY = False


def message(state: DeliveryState = DeliveryState.DEAD, **facts: Any) -> OutboxMessage:
    request: Request = facts.pop("request", None) or history.request()
    return OutboxMessage.objects.create(
        request=request,
        state=state,
        next_attempt_at=now() + timedelta(hours=1) if state == DeliveryState.WAITING else None,
        **{
            "kind": "RequestDeclined",
            "channel": Channel.MAIL,
            "recipients": {"to": ["alice@example.com"], "cc": ["bob@example.com"]},
            "payload": {"subject": "Declined", "properties": {"JUSTIFICATION": "<b>CASE-9</b>"}},
            "created_at": now(),
            "attempts": 8,
            "last_error": "550 no such <user>",
        }
        | facts,
    )


def listed(client: Any, **filters: str) -> set[str]:
    response = client.get(MESSAGES, filters)
    assert response.status_code == 200
    parts = text(response).split("/outboxmessage/")[1:]
    return {part.partition("/")[0] for part in parts if "/change/" in part[:48]}


@pytest.mark.parametrize("who", ["olga", "audrey"])
def test_administrators_and_auditors_read_messages(request: Any, who: str) -> None:
    client = request.getfixturevalue(who)
    row = message()
    page = " ".join(text(client.get(MESSAGES)).split())
    for words in (
        *("RequestDeclined", "Mail", "alice@example.com; copy to bob@example.com"),
        *("Delivery failed", "550 no such &lt;user&gt;"),
    ):
        assert words in page
    record = text(client.get(f"{MESSAGES}{row.pk}/change/"))
    assert "&lt;b&gt;CASE-9" in record
    assert f"/admin/activations/request/{row.request_id}/change/" in record


def test_others_cannot_read_messages(bob: Any, charlie: Any) -> None:
    row = message()
    for client in (bob, charlie):
        assert client.get(MESSAGES).status_code == 403
        assert client.get(f"{MESSAGES}{row.pk}/change/").status_code == 403


def test_messages_are_found_by_state_kind_channel_and_person(audrey: Any) -> None:
    dead = str(message().pk)
    late = str(message(DeliveryState.WAITING, kind="AccessEnded").pk)
    topic = message(DeliveryState.DELIVERED, channel=Channel.PUBSUB, recipients={})
    assert listed(audrey) == {dead, late, str(topic.pk)}
    assert listed(audrey, state="dead") == {dead}
    assert listed(audrey, kind="AccessEnded") == {late}
    assert listed(audrey, channel="pubsub") == {str(topic.pk)}
    assert listed(audrey, state="dead", channel="pubsub") == set()
    assert listed(audrey, state="nonsense") == set()
    assert listed(audrey, q=str(topic.request_id)) == {str(topic.pk)}
    assert listed(audrey, q="nobody@example.com") == set()


def test_the_overview_counts_dead_letters(audrey: Any) -> None:
    message()
    message(DeliveryState.WAITING)
    page = " ".join(text(audrey.get("/admin/")).split())
    assert '<span class="tile-number">1</span> <span class="tile-label">Failed deliveries' in page
    assert f'href="{MESSAGES}?state=dead"' in page


def test_an_administrator_sends_dead_letters_again_after_confirmation(olga: Any) -> None:
    dead, late = message(), message(DeliveryState.WAITING)
    done = message(DeliveryState.DELIVERED)
    question = choose(olga, AGAIN, dead, late, done, address=MESSAGES)
    assert "Send these messages again?" in text(question)
    assert ["Will be refused" in line for line in lines(question)] == [False, True, True]
    dead.refresh_from_db()
    assert dead.state == DeliveryState.DEAD
    results = lines(choose(olga, AGAIN, dead, late, done, address=MESSAGES, **YES))
    assert [line.split()[0] for line in results] == ["Sent", "Refused", "Refused"]
    assert "was delivered already" in results[2]
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (DeliveryState.WAITING, 0)
    step = Event.objects.get(kind="message.resent")
    assert (step.actor_email, step.details["message"]) == ("olga@example.com", str(dead.pk))
    late.refresh_from_db()
    assert late.attempts == 8


def test_an_unknown_message_is_reported(olga: Any) -> None:
    dead = message()
    answer = choose(olga, AGAIN, uuid.uuid4(), dead, address=MESSAGES, **YES)
    assert [line.split()[0] for line in lines(answer)] == ["Refused", "Sent"]


def test_the_page_of_a_dead_letter_has_the_button_for_administrators(
    olga: Any, audrey: Any
) -> None:
    dead = f"{MESSAGES}{message().pk}/change/"
    late = f"{MESSAGES}{message(DeliveryState.WAITING).pk}/change/"
    assert "Send again…" in text(olga.get(dead))
    assert AGAIN not in text(olga.get(late))
    assert AGAIN not in text(audrey.get(dead))


def test_only_administrators_send_messages_again(audrey: Any, bob: Any) -> None:
    dead = message()
    assert AGAIN not in text(audrey.get(MESSAGES))
    for client in (audrey, bob):
        assert choose(client, AGAIN, dead, address=MESSAGES, **YES).status_code == 403
    dead.refresh_from_db()
    assert dead.state == DeliveryState.DEAD


def test_nobody_edits_messages(olga: Any) -> None:
    row = message()
    for page in (f"{MESSAGES}add/", f"{MESSAGES}{row.pk}/change/", f"{MESSAGES}{row.pk}/delete/"):
        assert olga.post(page, {"state": "delivered", "post": "yes"}).status_code == 403
    assert olga.post(MESSAGES, {"action": "delete_selected"}).status_code == 403
