"""Alice uses break glass for a role that needs approval; Maria reviews it afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from activations.models import OutboxMessage
from activations.notifications.mail_server import MailServer
from tests.conftest import PersonClient
from tests.journeys.approvals import SECURITY
from tests.journeys.shop import ACTIVATE, activation_body

EMERGENCY = "The shop is down in Europe, nobody answers"
BREAK_GLASS = (
    "break_glass: {who: ['group:platform-oncall@example.com'],"
    " review_by: ['group:jit-reviewers@example.com'], review_within: 3d}"
)
RULE = f"name: night, when: {{projects: [shop-prod]}}, {BREAK_GLASS}"
MAIL = MailServer(
    host="127.0.0.1",
    port=2525,
    sender_address="jit@example.com",
    sender_name="JIT Access",
    timeout=5,
    local_hostname="app.example.com",
)


@pytest.fixture
def mails(settings: Settings) -> None:
    """Write mails to the outbox and to a topic, without a server."""
    settings.NOTIFICATION_BACKGROUND_DELIVERY = False
    settings.MAIL_SERVER = MAIL
    settings.NOTIFICATION_TOPIC = "news"


def break_glass(
    person: PersonClient, *role_ids: str, minutes: int = 30, key: str = "", **changes: Any
) -> Any:
    body = activation_body(*(role_ids or (SECURITY,)), minutes=minutes, justification=EMERGENCY)
    headers = {"Idempotency-Key": key} if key else {}
    return person.api_post(ACTIVATE, body | {"breakGlass": True} | changes, **headers)


def used_glass(person: PersonClient, *role_ids: str) -> str:
    """Use break glass and return the id of the request."""
    answer = break_glass(person, *role_ids)
    assert answer.status_code == 200, answer.content
    request_id: str = answer.json()["requestId"]
    return request_id


def judge(
    person: PersonClient, request_id: str, verdict: str = "justified", comment: str = "It was down"
) -> Any:
    body = {"verdict": verdict, "comment": comment}
    return person.api_post(f"/api/requests/{request_id}/after-review", body)


def sent(kind: str, channel: str = "mail") -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=kind, channel=channel).order_by("created_at"))


def received(kind: str) -> set[str]:
    """Return the addresses that got mails of this kind."""
    return {
        address
        for message in sent(kind)
        for addresses in message.recipients.values()
        for address in addresses
    }
