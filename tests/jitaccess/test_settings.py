"""Settings have the operator's values, or the start fails and names the variable."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from jitaccess.runtime import Platform
from tests.conftest import PersonClient
from tests.jitaccess.start import Starter

pytestmark = pytest.mark.one_database


RUBBISH = [
    ("SECRET_KEY", " "),
    ("SECRET_KEY", "short"),
    ("RESOURCE_SCOPE", "organizations/example.com"),
    ("RESOURCE_SCOPE", "projects/"),
    ("RESOURCE_SCOPE", "folders/x"),
    ("RESOURCE_SCOPE", "organizations/7/projects/p"),
    ("RESOURCE_SCOPE", ""),
    ("RESOURCE_CATALOG", "PolicyAnalyser"),
    ("ANALYSES_PER_DAY", "-1"),
    ("ANALYSES_PER_DAY", "many"),
    ("RESOURCE_CATALOG", "Both"),
    ("RESOURCE_CUSTOMER_ID", ""),
    ("RESOURCE_CUSTOMER_ID", "my_customer"),
    ("RESOURCE_CUSTOMER_ID", "C"),
    ("RESOURCE_CUSTOMER_ID", "C1' or '1"),
    ("RESOURCE_CUSTOMER_ID", "CUSTOMER_ID"),
    ("IAP_BACKEND_SERVICE_ID", "IAP_BACKEND_SERVICE_NUMBER"),
    ("IAP_BACKEND_SERVICE_ID", "jitaccess-backend"),
    ("IAP_BACKEND_SERVICE_ID", "\u0664\u0662"),
    ("BACKEND_CONNECT_TIMEOUT", "soon"),
    ("BACKEND_READ_TIMEOUT", "-1"),
    ("BACKEND_WRITE_TIMEOUT", "5s"),
    ("ACTIVATION_TIMEOUT", "0"),
    ("ACTIVATION_TIMEOUT", "2h"),
    ("ACTIVATION_TIMEOUT", "99999999999999999999"),
    ("ELEVATION_DURATION", "two"),
    ("ACTIVATION_REQUEST_TIMEOUT", "0"),
    ("ACTIVATION_REQUEST_TIMEOUT", "an hour"),
    ("ACTIVATION_REQUEST_TIMEOUT", "99999999999999999999"),
    ("ACTIVATION_REQUEST_MAX_ROLES", "0"),
    ("ACTIVATION_REQUEST_MAX_ROLES", "many"),
    ("ACTIVATION_REQUEST_MIN_REVIEWERS", "0"),
    ("ACTIVATION_REQUEST_MIN_REVIEWERS", "11"),
    ("ACTIVATION_REQUEST_MAX_REVIEWERS", "0"),
    ("ACTIVATION_REQUEST_MAX_REVIEWERS", "x"),
    ("JUSTIFICATION_PATTERN", "("),
    ("JUSTIFICATION_PATTERN", r"(?=a)b"),
    ("JUSTIFICATION_PATTERN", r"(a)\1"),
    ("JUSTIFICATION_PATTERN", r"\p{Alpha}+"),
    ("ADMINISTRATORS", "olga@example.com"),
    ("AUDITORS", "group:auditors"),
    ("REVIEWERS", "everybody"),
    ("IAP_VERIFY_AUDIENCE", "false"),
    ("IAP_VERIFY_AUDIENCE", "maybe"),
    ("IAP_KEYS_URL", "not an address"),
    ("IAP_KEYS_URL", "http://keys.example.com/"),
    ("GOOGLE_API_ENDPOINT", "restricted.googleapis.com"),
    ("GOOGLE_API_ENDPOINT", "http://proxy.example.com"),
    ("BASE_URL", "jit.example.com"),
    ("BASE_URL", "http://jit.example.com"),
    ("BASE_URL", "ftp://jit.example.com"),
    ("BASE_URL", "https://"),
    ("BASE_URL", "https://jit.example.com/app"),
    ("BASE_URL", "https://jit.example.com?x"),
    ("BASE_URL", "https://jit.example.com#x"),
    ("BASE_URL", "https://[half"),
    ("BASE_URL", "https://jit.example.com:port"),
    ("BASE_URL", "https://olga:secret@jit.example.com"),
    ("BASE_URL", "https://@jit.example.com"),
    ("BASE_URL", "https://jit.example.com?"),
    ("BASE_URL", "https://jit.example.com#"),
    ("BASE_URL", "https://jit example.com"),
    ("BASE_URL", "https://jit.\nexample.com"),
    ("BASE_URL", "https://*"),
    ("BASE_URL", "https://*.example.com"),
    ("BASE_URL", "https://.example.com"),
    ("BASE_URL", "https://jit..example.com"),
    ("BASE_URL", "https://jit.exämple.com"),
    ("BASE_URL", "https://jit.example.com,b.example.com"),
    ("DATABASE_URL", "mysql://u@h/n"),
    ("DATABASE_URL", "rubbish"),
    ("ALLOW_SQLITE", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), RUBBISH)
def test_an_invalid_value_stops_the_start_and_is_named(
    name: str, value: str, start: Starter
) -> None:
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        start(**{name: value})
    assert "olga:secret" not in str(refusal.value)


def test_little_is_needed_to_start(start: Starter) -> None:
    settings = start()
    assert settings["RESOURCE_CATALOG"] == "AssetInventory"
    assert settings["AVAILABLE_PROJECTS_QUERY"] == "state:ACTIVE"
    assert settings["ALLOWED_HOSTS"] == ["*"]
    assert settings["PLATFORM"] is Platform.MACHINE
    assert settings["DEBUG"] is False
    assert settings["SECURE_PROXY_SSL_HEADER"] is None


def test_without_a_key_there_is_no_start(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_SECRET"):
        start(SECRET_KEY="")


def test_on_app_engine_the_scope_is_the_own_project(start: Starter) -> None:
    assert start(RESOURCE_SCOPE="", GOOGLE_CLOUD_PROJECT="p-1")["RESOURCE_SCOPE"] == "projects/p-1"


@pytest.mark.parametrize("scope", ["projects/example.com:p1", "folders/42", "organizations/7"])
def test_scopes(scope: str, start: Starter) -> None:
    assert start(RESOURCE_SCOPE=scope)["RESOURCE_SCOPE"] == scope


@pytest.mark.parametrize(
    ("variable", "platform"),
    [
        ("GAE_SERVICE", Platform.APP_ENGINE),
        ("GAE_ENV", Platform.APP_ENGINE),
        ("K_SERVICE", Platform.CLOUD_RUN),
        ("CLOUD_RUN_JOB", Platform.CLOUD_RUN),
    ],
)
def test_sqlite_is_refused_on_ephemeral_disks(
    variable: str, platform: Platform, start: Starter
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"SQLite on {platform.value}.*DATABASE_URL"):
        start(**{variable: "x"})
    assert start(**{variable: "x"}, ALLOW_SQLITE="true")["PLATFORM"] is platform
    settings = start(**{variable: "x"}, DATABASE_URL="postgres://u:p@//cloudsql/p:r:i/jit")
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_sqlite_may_be_refused_on_a_machine_too(start: Starter) -> None:
    with pytest.raises(ImproperlyConfigured, match="SQLite on one machine"):
        start(ALLOW_SQLITE="no")


def test_the_deprecated_name_of_the_duration_wins(start: Starter) -> None:
    both = start(ELEVATION_DURATION="30", ACTIVATION_TIMEOUT="60")
    assert both["ACTIVATION_TIMEOUT"] == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("url", "base", "hosts"),
    [
        ("https://jit.example.com/", "https://jit.example.com", ["jit.example.com"]),
        ("https://jit.example.com:8443", "https://jit.example.com:8443", ["jit.example.com"]),
        ("http://localhost:8080", "http://localhost:8080", ["localhost", "127.0.0.1", "[::1]"]),
        ("HTTPS://JIT.example.com", "https://jit.example.com", ["jit.example.com"]),
        ("https://jit.example.com:443/", "https://jit.example.com", ["jit.example.com"]),
        ("https://jit.example.com:", "https://jit.example.com", ["jit.example.com"]),
        ("https://[FD00:0::1]:8443", "https://[fd00::1]:8443", ["[fd00::1]"]),
        ("http://localhost:80", "http://localhost", ["localhost", "127.0.0.1", "[::1]"]),
        ("https://10.1.2.3", "https://10.1.2.3", ["10.1.2.3"]),
        ("http://[::1]:8080", "http://[::1]:8080", ["localhost", "127.0.0.1", "[::1]"]),
    ],
)
def test_public_addresses(url: str, base: str, hosts: list[str], start: Starter) -> None:
    settings = start(BASE_URL=url)
    assert settings["BASE_URL"] == base
    assert settings["ALLOWED_HOSTS"] == hosts
    assert settings["CSRF_TRUSTED_ORIGINS"] == [base]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["[fd00::1]", "[fd00::1]:8443", "[FD00::1]"], ids=["bare", "with port", "in capitals"]
)
def test_an_ipv6_address_is_served(
    host: str, start: Starter, settings: Settings, alice: PersonClient
) -> None:
    settings.ALLOWED_HOSTS = start(BASE_URL="https://[fd00::1]:8443")["ALLOWED_HOSTS"]
    assert alice.get("/activity", headers={"Host": host}).status_code == 200
    assert alice.get("/activity", headers={"Host": "[fd00::2]"}).status_code == 400


@pytest.mark.parametrize(
    "variables", [{"SMTP_SENDER_ADDRESS": "jit@example.com"}, {"NOTIFICATION_TOPIC": "jit-access"}]
)
def test_messages_need_an_address_for_their_links(
    variables: dict[str, str], start: Starter
) -> None:
    """Otherwise a caller's Host header would be in the company's mails."""
    with pytest.raises(ImproperlyConfigured, match=r"BASE_URL"):
        start(**variables)
    start(**variables, BASE_URL="https://jit.example.com")


@pytest.mark.parametrize("url", ["http://localhost:9000", "http://127.0.0.1:9000/keys"])
def test_a_laptops_own_google_may_speak_plain_http(url: str, start: Starter) -> None:
    settings = start(IAP_KEYS_URL=url, GOOGLE_API_ENDPOINT=url)
    assert settings["IAP_KEYS_URL"] == settings["GOOGLE_API_ENDPOINT"] == url
