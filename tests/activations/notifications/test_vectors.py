"""The original's cases on mails, messages, address mapping and their configuration.

Cases that are omitted or have a deliberately better result, with the reason:

* `derived_collections_not_escaped`, `derived_placeholder_in_value`: weaknesses of the original; see `text_better`.
* `derived_request_activation_envelope`: its content type (one text/html part in multipart/mixed, without
  charset) lost all non-ASCII text; ours is multipart/alternative in UTF-8.
* `known_template_sends`: "missing placeholders stay in the text" of a mail without properties; ours has
  all its properties or is not sent.
* `invalid_expression`: ours is refused at the start instead of at the first mail.
* `derived_unmatched_domain`: the mapping returns the invalid address, and the mail refuses it.
* `smtp_set`: the original accepts port 25 and fails later; ours is refused at the start.
* `smtp_auth_test_artifact_password`: its malformed variables have no meaning.
* `derived_request_activation`: nanoseconds; ours have at most microseconds. The link is that of a request.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from activations.domain.states import Decision
from activations.models import OutboxMessage
from activations.notifications.address_mapping import (
    AddressMapping,
    MappingFailed,
    UnusableMapping,
    extract,
)
from activations.notifications.addresses import NoAddress, mailbox
from activations.notifications.announce import announce
from activations.notifications.delivery import deliver_due
from activations.notifications.instants import for_people, iso
from activations.notifications.kinds import Announcement
from activations.notifications.mail_server import MailServer
from activations.notifications.mail_texts import context, templates
from jitaccess.environment import Environment
from jitaccess.mail_settings import mail_server, notification_zone
from tests.activations.notifications.rows import NOW, Clock, mpa_request, review
from tests.activations.notifications.smtp_server import SmtpServer

pytestmark = pytest.mark.one_database


FOLDER = Path(__file__).resolve().parents[2] / "vectors"


def vectors(name: str, *starts: str) -> list[Any]:
    cases = json.loads((FOLDER / f"{name}.json").read_text())
    chosen = [case for case in cases if not starts or case["name"].startswith(starts)]
    assert chosen
    return [pytest.param(case, id=case["name"]) for case in chosen]


def vector(file: str, name: str) -> Any:
    cases = json.loads((FOLDER / f"{file}.json").read_text())
    return next(case for case in cases if case["name"] == name)


@pytest.mark.parametrize("case", vectors("extract_function"))
def test_extract(case: Any) -> None:
    assert extract(case["input"]["value"], case["input"]["template"]) == case["expected"]["result"]


def test_extract_without_the_text_before() -> None:
    assert extract("abc", "x{y}") == ""


@pytest.mark.parametrize("case", vectors("email_mapping"))
def test_mapping(case: Any) -> None:
    expression, user = case["input"]["expression"], case["input"]["user"]
    if case["name"] == "invalid_expression":
        with pytest.raises(UnusableMapping):
            AddressMapping(expression)
    elif "error" in case["expected"]:
        with pytest.raises(MappingFailed, match=f"the user ID '{user}' into a valid email address"):
            AddressMapping(expression)(user)
    else:
        assert AddressMapping(expression or "")(user) == case["expected"]["email"]


def test_the_invalid_address_of_an_unmatched_domain_is_refused() -> None:
    with pytest.raises(NoAddress):
        mailbox(vector("email_mapping", "derived_unmatched_domain")["expected"]["email"])


@pytest.mark.parametrize("case", vectors("mail_notifications", "timezone", "derived_time"))
def test_times(case: Any) -> None:
    zone = notification_zone(Environment({"NOTIFICATION_TIMEZONE": case["input"]["timezone"]}))
    (instant,) = case["input"]["properties"].values()
    moment = datetime.fromtimestamp(instant["$instant_epoch"], tz=UTC)
    assert for_people(moment, zone) == case["expected"]["text"].partition("=")[2] or (
        for_people(moment, zone) == case["expected"]["text"]
    )


def test_lists_are_escaped() -> None:
    case = vector("mail_notifications", "derived_collections_not_escaped")
    assert (
        rendered("{{ reviewers }}", reviewers=case["input"]["properties"]["REVIEWERS"])
        == (case["expected"]["text_better"])
    )


def test_placeholders_in_values_are_not_replaced() -> None:
    case = vector("mail_notifications", "derived_placeholder_in_value")
    properties = case["input"]["properties"]
    assert case["expected"]["text_better"] == rendered(
        "J={{ justification }} P={{ project_id }}",
        justification=properties["JUSTIFICATION"],
        project_id=properties["PROJECT_ID"],
    )


def rendered(template: str, **properties: object) -> str:
    from django.template import Context

    shown = context(properties, UTC)
    return str(templates().from_string(template).render(Context(shown)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("derived_request_activation_envelope", Announcement.REQUESTED),
        ("derived_activation_approved_envelope", Announcement.APPROVED),
    ],
)
def test_envelopes(name: str, kind: Announcement, smtp: SmtpServer, clock: Clock) -> None:
    case = vector("mail_notifications", name)
    request = mpa_request(
        beneficiary=case["input"]["beneficiary"],
        project_id=case["input"]["project_id"],
        reviewers=tuple(case["input"]["reviewers"]),
    )
    said = review(request, Decision.APPROVED) if kind is Announcement.APPROVED else None
    announce(kind, request=request, now=NOW, review=said)
    deliver_due(clock=clock)
    (mail,) = smtp.mails
    for header in ("To", "Cc"):
        addresses = [address.addr_spec for address in mail[header].addresses]
        assert addresses == case["expected"][header.lower()]
        assert [address.display_name for address in mail[header].addresses] == addresses
    assert mail["Subject"] == case["expected"]["subject"]
    assert mail["Precedence"] == case["expected"]["headers"]["Precedence"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", vectors("pubsub_notifications"))
def test_the_keys_of_messages(case: Any, settings: Settings) -> None:
    settings.NOTIFICATION_TOPIC = "t"
    kind = Announcement(case["input"]["type"])
    request = mpa_request(case["input"]["properties"]["JUSTIFICATION"])
    said = review(request, Decision.APPROVED) if kind is Announcement.APPROVED else None
    announce(kind, request=request, now=NOW, review=said)
    attributes = OutboxMessage.objects.get().payload["properties"]
    expected = case["expected"]["decoded"]["attributes"]
    assert {key: type(value) for key, value in attributes.items()} == {
        key: type(value) for key, value in expected.items()
    }
    assert attributes["justification"] == expected["justification"]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "2026-03-02T09:30:00Z"),
        (NOW.replace(microsecond=120_000), "2026-03-02T09:30:00.120Z"),
        (NOW.replace(microsecond=120_001), "2026-03-02T09:30:00.120001Z"),
    ],
)
def test_times_have_no_three_or_six_digits_of_a_second(moment: datetime, text: str) -> None:
    assert iso(moment) == text


@pytest.mark.parametrize("case", vectors("configuration", "derived_timezone"))
def test_zones(case: Any) -> None:
    zone = notification_zone(Environment(case["input"]["env"]))
    assert NOW.astimezone(zone) == NOW


def server_of(case: Any) -> MailServer | None:
    return mail_server(Environment(case["input"]["env"]))


def test_all_smtp_variables_are_read() -> None:
    case = vector("configuration", "smtp_set")
    with pytest.raises(ImproperlyConfigured, match="SMTP on port 25 is not allowed"):
        server_of(case)
    expected = case["expected"]
    case["input"]["env"]["SMTP_PORT"] = " 26 "
    server = server_of(case)
    assert server is not None
    assert (server.host, server.port) == (expected["SMTP_HOST"], 26)
    assert (server.security == "STARTTLS") == expected["SMTP_ENABLE_STARTTLS"]
    assert server.sender_name == expected["SMTP_SENDER_NAME"]
    assert server.sender_address == expected["SMTP_SENDER_ADDRESS"]
    assert (server.username, server.password) == ("user", expected["SMTP_PASSWORD"])


@pytest.mark.parametrize("case", vectors("configuration", "derived_smtp_auth"))
def test_mail_is_authenticated_if_configured(case: Any) -> None:
    environment = case["input"]["env"] | {"SMTP_SENDER_ADDRESS": "a@example.com"}
    if "SMTP_SECRET" in environment:
        environment["SMTP_SECRET"] = "projects/p/secrets/s/versions/1"
    server = mail_server(Environment(environment))
    assert server is not None
    assert server.authenticates == case["expected"]["smtp_auth_configured"]


@pytest.mark.parametrize(
    "case", vectors("configuration", "derived_smtp_configured", "derived_smtp_not_configured")
)
def test_mail_is_sent_if_configured(case: Any) -> None:
    assert (server_of(case) is not None) == case["expected"]["smtp_configured"]
