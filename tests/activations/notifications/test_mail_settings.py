"""Valid values of SMTP_* and NOTIFICATION_*; at the start, errors name the variable."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from activations.notifications.address_mapping import AddressMapping, MappingFailed
from activations.notifications.mail_server import MailServer
from jitaccess.environment import Environment
from jitaccess.mail_settings import (
    log_mail_settings,
    mail_server,
    notification_topic,
    notification_zone,
)

SENDER = {"SMTP_SENDER_ADDRESS": "jit@example.com"}


def server(**variables: str) -> MailServer:
    found = mail_server(Environment(SENDER | variables))
    assert found is not None
    return found


def test_defaults_are_the_originals_except_unsafe_ones() -> None:
    found = server()
    assert (found.host, found.port, found.security) == ("smtp.gmail.com", 587, "STARTTLS")
    assert (found.sender_name, found.timeout, found.authenticates) == ("JIT Access", 20, False)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("mail.smtp.ssl.enable=true", {"security": "TLS"}),
        ("mail.smtp.starttls.enable=false", {"security": "none"}),
        (
            "mail.smtp.starttls.enable=false,mail.smtp.starttls.required=true",
            {"security": "STARTTLS"},
        ),
        ("mail.smtp.timeout=3000", {"timeout": 3.0}),
        ("mail.smtp.connectiontimeout=3000,mail.smtp.writetimeout=4000", {"timeout": 4.0}),
        ("mail.smtp.timeout=0", {"timeout": 20.0}),
        ("mail.smtp.timeout=99999999", {"timeout": 120.0}),
        ("mail.smtp.localhost=app.example.com", {"local_hostname": "app.example.com"}),
        ("mail.smtp.from=bounce@example.com", {"envelope_sender": "bounce@example.com"}),
        ("mail.smtp.host=h,mail.smtp.port=465", {"host": "h", "port": 465}),
        ("mail.smtp.auth=false", {"authenticates": False}),
        ("mail.smtp.auth=true", {"authenticates": True}),
        (" mail.smtp.host = h , ", {"host": "h", "ignored_options": ()}),
        ("mail.smtp.ssl.checkserveridentity=true", {"ignored_options": ()}),
    ],
)
def test_supported_javamail_properties(options: str, expected: dict[str, object]) -> None:
    found = server(SMTP_OPTIONS=options, SMTP_USERNAME="u", SMTP_PASSWORD="p")
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("mail.smtp.ssl.trust=*", "mail.smtp.ssl.trust: certificates are always verified"),
        ("mail.smtp.ssl.checkserveridentity=false", "host names are always verified"),
        ("mail.smtp.ssl.protocols=TLSv1", "TLS 1.2"),
        ("mail.debug=true", "mail.debug: not known here"),
        ("mail.smtp.socks.host=x", "mail.smtp.socks.host: not known here"),
        ("mail.smtp.host", "mail.smtp.host: not of the form name=value"),
        ("mail.smtp.host=", "mail.smtp.host: not of the form name=value"),
        ("mail.smtp.from=a=b", "mail.smtp.from: not of the form name=value"),
    ],
)
def test_other_properties_are_named_in_the_log(
    options: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        log_mail_settings(server(SMTP_OPTIONS=options))
    (message,) = caplog.messages
    assert line in message


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SMTP_PORT": "25"}, "SMTP_PORT: SMTP on port 25 is not allowed on Google Cloud"),
        ({"SMTP_OPTIONS": "mail.smtp.port=25"}, "port 25"),
        ({"SMTP_PORT": "smtp"}, "SMTP_PORT"),
        ({"SMTP_ENABLE_STARTTLS": "maybe"}, "SMTP_ENABLE_STARTTLS"),
        ({"SMTP_OPTIONS": "mail.smtp.timeout=soon"}, "SMTP_OPTIONS: mail.smtp.timeout"),
        ({"SMTP_OPTIONS": "mail.smtp.auth=maybe"}, "SMTP_OPTIONS: mail.smtp.auth"),
        ({"SMTP_OPTIONS": "mail.smtp.from=nobody"}, "SMTP_OPTIONS: mail.smtp.from"),
        ({"SMTP_SENDER_ADDRESS": "nobody"}, "SMTP_SENDER_ADDRESS"),
        ({"SMTP_SENDER_ADDRESS": "a@b\r\nBcc: c@d"}, "SMTP_SENDER_ADDRESS"),
        ({"SMTP_SENDER_NAME": "a\r\nBcc: c@d"}, "SMTP_SENDER_NAME"),
        ({"SMTP_SECRET": "password"}, "SMTP_SECRET"),
        ({"SMTP_ADDRESS_MAPPING": "user.email.extract("}, "SMTP_ADDRESS_MAPPING"),
        ({"SMTP_ADDRESS_MAPPING": "usr.email"}, "undeclared reference to 'usr'"),
        ({"SMTP_ADDRESS_MAPPING": "user.email.strip()"}, "undeclared reference to 'strip'"),
    ],
)
def test_invalid_values_stop_the_start(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named.replace(".", r"\.").replace("(", r"\(")):
        server(**variables)


def test_a_password_where_the_name_of_its_secret_belongs_is_not_shown() -> None:
    with pytest.raises(ImproperlyConfigured, match="SMTP_SECRET must be the name") as refusal:
        server(SMTP_SECRET="hunter2")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        *(("Z", 0), ("UTC", 0), ("GMT+2", 2), ("UTC+01:00", 1), ("+02:00", 2), ("+2", 2)),
        *(("-0330", -3.5), ("UT-3", -3), ("Europe/Berlin", 1), ("+18", 18)),
    ],
)
def test_time_zones_have_the_names_of_java(text: str, hours: float) -> None:
    zone = notification_zone(Environment({"NOTIFICATION_TIMEZONE": text}))
    assert datetime(2026, 1, 5, tzinfo=UTC).astimezone(zone).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["Mars", "europe/berlin", "+19", "+02:60", "America", "../etc/passwd", "/etc/passwd"]
)
def test_unknown_time_zones_stop_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="NOTIFICATION_TIMEZONE"):
        notification_zone(Environment({"NOTIFICATION_TIMEZONE": text}))


def test_a_topic_is_named_without_its_path() -> None:
    assert notification_topic(Environment({"NOTIFICATION_TOPIC": " jit "})) == "jit"
    with pytest.raises(ImproperlyConfigured, match="NOTIFICATION_TOPIC"):
        notification_topic(Environment({"NOTIFICATION_TOPIC": "projects/p/topics/jit"}))


def test_the_log_says_when_no_mail_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    log_mail_settings(None)
    assert "SMTP_SENDER_ADDRESS is not set" in caplog.text
    assert [record.__dict__["event"] for record in caplog.records] == ["runtime.startup"]


def test_the_log_warns_of_a_password_without_encryption(caplog: pytest.LogCaptureFixture) -> None:
    log_mail_settings(
        server(SMTP_ENABLE_STARTTLS="false", SMTP_USERNAME="u", SMTP_PASSWORD="secret-word")
    )
    assert "without encryption" in caplog.text
    assert "secret-word" not in caplog.text


SECRET = "projects/p/secrets/s/versions/1"


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({"SMTP_USERNAME": "u"}, "SMTP_PASSWORD or SMTP_SECRET"),
        ({"SMTP_PASSWORD": "secret-word"}, "SMTP_USERNAME"),
        ({"SMTP_SECRET": SECRET}, "SMTP_USERNAME"),
        ({"SMTP_USERNAME": "u", "SMTP_SECRET": SECRET}, ""),
        ({"SMTP_USERNAME": "u", "SMTP_OPTIONS": "mail.smtp.auth=false"}, ""),
        ({"SMTP_PASSWORD": "secret-word", "SMTP_OPTIONS": "mail.smtp.auth=false"}, ""),
        ({}, ""),
    ],
)
def test_the_log_warns_of_a_login_of_which_one_half_is_missing(
    variables: dict[str, str], missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    log_mail_settings(server(**variables))
    expected = f"Mails are sent to smtp.gmail.com without signing in, because {missing} is not set"
    assert caplog.messages == ([expected] if missing else [])


@pytest.mark.parametrize(
    ("expression", "ending"),
    [
        ("1 == 1", ": Result is of type 'bool' instead of a string"),
        ("null", ": Result is null"),
        ("user.name", "valid email address"),
        ("user.email.extract(1)", "valid email address"),
    ],
)
def test_a_mapping_that_returns_no_text_names_the_person(expression: str, ending: str) -> None:
    with pytest.raises(MappingFailed) as caught:
        AddressMapping(expression)("Alice@example.com")
    assert str(caught.value).startswith(
        "The email mapping expression failed to transform the user ID 'alice@example.com'"
    )
    assert str(caught.value).endswith(ending)
