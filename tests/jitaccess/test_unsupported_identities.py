"""Only Google accounts of people come in; everything else is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from activations.models import User
from simulator import Simulator
from simulator.iap import assertion_claims
from simulator.people import User as Account
from tests.jitaccess.anybody import API, PAGE, call
from tests.jitaccess.log_lines import LogLines

pytestmark = pytest.mark.one_database


ALICE = "alice@example.com"

SERVICE_ACCOUNTS = (
    "bot@p.iam.gserviceaccount.com",
    "Bot@P.IAM.gserviceaccount.com",
    "accounts.google.com:bot@p.iam.gserviceaccount.com",
    "p@appspot.gserviceaccount.com",
    "123-compute@developer.gserviceaccount.com",
    "123@cloudservices.gserviceaccount.com",
    "service-123@gcp-sa-iap.iam.gserviceaccount.com",
    "x@gserviceaccount.com",
)
FOREIGN: dict[str, tuple[dict[str, Any], str]] = {
    "workforce subject": ({"sub": "sts.google.com:AAA"}, "sts.google.com"),
    "Identity Platform": ({"sub": "securetoken.google.com/p:1"}, "securetoken.google.com/p"),
    "gcip claim": ({"gcip": {"sub": "1"}}, "gcip"),
    "empty gcip claim": ({"gcip": ""}, "gcip"),
    "workforce claim": ({"workforce_identity": {"iam_principal": "x"}}, "workforce_identity"),
    "identity source": ({"identity_source": "WORKFORCE_IDENTITY"}, "WORKFORCE_IDENTITY"),
    "odd identity source": ({"identity_source": ["x"]}, "['x']"),
    "bare subject": ({"sub": "12345"}, "12345"),
    "prefix with nothing": ({"sub": "accounts.google.com:"}, "accounts.google.com"),
    "surrogate in subject": ({"sub": "accounts.google.com:\ud800"}, "accounts.google.com"),
    "prefixed address": ({"email": "securetoken.google.com/p:alice@example.com"}, "securetoken"),
    "another prefix": ({"email": "sts.google.com:alice@example.com"}, "sts.google.com"),
}
NO_ADDRESSES = (
    "   ",
    " alice@example.com",
    "alice@example.com\n",
    "ali\nce@example.com",
    "alice@example.com,bob@example.com",
    "al\u200bice@example.com",
    "\u212aevin@example.com",
    "alice@ex\u00e4mple.com",
    "alice",
    "alice@",
    "@example.com",
    "a@b@example.com",
    "alice\ud800@example.com",
    "alice\x00@example.com",
    "alice\t@example.com",
    f"{'a' * 250}@example.com",
)


@pytest.mark.django_db
@pytest.mark.parametrize("address", SERVICE_ACCOUNTS)
@pytest.mark.parametrize("path", [API, PAGE, "/admin/", "/"])
def test_a_service_account_is_refused_everywhere(
    simulated: Simulator, log: LogLines, address: str, path: str
) -> None:
    answer = call(simulated.assertion(ALICE, email=address), path)
    assert answer.status_code == 403
    text = answer.content.decode()
    assert "service account" in text
    assert "Google accounts of people only" in text
    (entry,) = log.of("iap.authenticate")
    assert address.lower().removeprefix("accounts.google.com:") in entry["message"]
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("claims", "named"), FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("path", [API, PAGE])
def test_a_foreign_identity_is_refused_and_its_source_named(
    simulated: Simulator, log: LogLines, claims: dict[str, Any], named: str, path: str
) -> None:
    answer = call(simulated.assertion(ALICE, **claims), path)
    assert answer.status_code == 403
    assert "Google accounts of people only" in answer.content.decode()
    (entry,) = log.of("iap.authenticate")
    assert named in entry["message"]
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_what_is_no_plain_address_is_refused_with_the_reason_in_the_log(
    simulated: Simulator, log: LogLines, email: str
) -> None:
    answer = call(simulated.assertion(ALICE, email=email))
    assert answer.status_code == 403
    (entry,) = log.of("iap.authenticate")
    assert "email is not local@domain in printable ASCII" in entry["message"]
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("email", [None, "", 7, ["alice@example.com"], "accounts.google.com:"])
def test_an_identity_without_an_address_is_told_so(
    simulated: Simulator, log: LogLines, email: Any
) -> None:
    claims = assertion_claims(Account(ALICE), simulated.audience, {"email": email})
    answer = call(simulated.iap.sign(claims))
    assert answer.status_code == 403
    assert "without an e-mail address" in answer.json()["message"]
    (entry,) = log.of("iap.authenticate")
    assert "tampered" not in entry["message"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "claims", [{"hd": None}, {"hd": "other.example"}, {"identity_source": "GOOGLE"}]
)
def test_the_hosted_domain_decides_nothing(simulated: Simulator, claims: dict[str, Any]) -> None:
    assert call(simulated.assertion("gina@gmail.com", **claims)).status_code == 200


@pytest.mark.django_db
def test_odd_texts_about_the_device_are_not_told(simulated: Simulator) -> None:
    google = {"device_id": "a\ud800\x00", "access_levels": ["ok", "\ud800", "\x00"]}
    assert call(simulated.assertion(ALICE, google=google)).status_code == 200


@pytest.mark.django_db
def test_health_needs_no_account(simulated: Simulator) -> None:
    token = simulated.assertion(ALICE, email="bot@p.iam.gserviceaccount.com")
    assert call(token, "/health/alive").status_code == 200
