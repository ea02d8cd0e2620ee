"""Only a current assertion that IAP signed for this application identifies a person."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from activations.models import User as Person
from simulator import Simulator
from tests.conftest import PersonClient
from tests.jitaccess.anybody import API, PAGE, call
from tests.jitaccess.log_lines import LogLines, labels, trace

pytestmark = pytest.mark.one_database


ALICE = "alice@example.com"
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
Forger = Callable[[Simulator], str]


def now() -> int:
    return int(time.time())


FORGERIES: dict[str, Forger] = {
    "garbage": lambda _: "garbage",
    "three dots": lambda _: "...",
    "a blank": lambda _: " ",
    "not base64": lambda _: "a!.b!.c!",
    "non-ASCII": lambda sim: sim.assertion(ALICE)[:-1] + "ü",
    "sent twice": lambda sim: ",".join([sim.assertion(ALICE)] * 2),
    "sent twice, with a blank": lambda sim: ", ".join([sim.assertion(ALICE)] * 2),
    "huge": lambda sim: sim.assertion(ALICE, padding="x" * 60_000),
    "expired": lambda sim: sim.assertion(ALICE, iat=now() - 700, exp=now() - 100),
    "from the future": lambda sim: sim.assertion(ALICE, iat=now() + 120, exp=now() + 400),
    "good for a day": lambda sim: sim.assertion(ALICE, exp=now() + 24 * 3600),
    "without end": lambda sim: sim.assertion(ALICE, exp=None),
    "without beginning": lambda sim: sim.assertion(ALICE, iat=None),
    "for somebody else": lambda sim: sim.assertion(ALICE, "/projects/1/apps/other"),
    "for a list": lambda sim: sim.assertion(ALICE, aud=[sim.audience]),
    "for nobody": lambda sim: sim.assertion(ALICE, aud=None),
    "by another issuer": lambda sim: sim.assertion(ALICE, iss="https://accounts.google.com"),
    "by no issuer": lambda sim: sim.assertion(ALICE, iss=None),
    "alg none": lambda sim: sim.assertion(ALICE, algorithm="none"),
    "alg none, signed": lambda sim: sim.assertion(ALICE, header={"alg": "none"}),
    "HS256 with the public key": lambda sim: sim.assertion(ALICE, algorithm="HS256"),
    "RS256": lambda sim: sim.assertion(ALICE, algorithm="RS256"),
    "ES384": lambda sim: sim.assertion(ALICE, algorithm="ES384"),
    "without key id": lambda sim: sim.assertion(ALICE, header={"kid": None}),
    "unknown key id": lambda sim: sim.assertion(ALICE, header={"kid": "nobody-knows"}),
    "key id that is no text": lambda sim: sim.assertion(ALICE, header={"kid": 1}),
    "signed by another": lambda sim: sim.assertion(ALICE, key=OTHER_KEY),
    "without subject": lambda sim: sim.assertion(ALICE, sub=None),
}
forged = pytest.mark.parametrize("forger", FORGERIES.values(), ids=FORGERIES.keys())


@forged
@pytest.mark.django_db
def test_what_iap_did_not_sign_for_us_now_is_refused(
    forger: Forger, simulated: Simulator, log: LogLines
) -> None:
    answer = call(forger(simulated))
    assert answer.status_code == 403
    body = answer.json()
    assert set(body) == {"message", "trace"}
    assert body["message"] == "Invalid IAP assertion"
    assert not Person.objects.exists()
    (entry,) = log.of("iap.authenticate")
    assert entry["severity"] == "ERROR"
    assert entry["message"].startswith("Verifying IAP assertion failed.")
    assert f"(expected audience: {simulated.audience})" in entry["message"]


@forged
@pytest.mark.django_db
def test_people_read_a_page_about_it(forger: Forger, simulated: Simulator) -> None:
    answer = call(forger(simulated), PAGE)
    assert answer.status_code == 403
    assert answer["Content-Type"].startswith("text/html")
    assert "Invalid IAP assertion" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "kind"), [(API, "application/json"), (PAGE, "text/html")])
def test_without_an_assertion_nobody_comes_in(
    simulated: Simulator, log: LogLines, path: str, kind: str
) -> None:
    answer = call(None, path)
    assert answer.status_code == 403
    assert answer["Content-Type"].startswith(kind)
    assert "Identity-Aware Proxy must be enabled for this application" in answer.content.decode()
    (entry,) = log.of("iap.authenticate")
    assert entry["message"] == "Missing IAP assertion in header, IAP might be disabled"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ("expired", "expired"),
        ("for somebody else", "wrong audience, '/projects/1/apps/other' came"),
        ("unknown key id", "unknown key"),
        ("signed by another", "wrong signature"),
        ("RS256", "wrong algorithm"),
        ("by another issuer", "wrong issuer"),
        ("from the future", "issued in the future"),
        ("good for a day", "wrong lifetime"),
    ],
)
def test_the_log_says_why_and_the_answer_does_not(
    forgery: str, reason: str, simulated: Simulator, log: LogLines
) -> None:
    answer = call(FORGERIES[forgery](simulated))
    (entry,) = log.of("iap.authenticate")
    assert entry["message"].endswith(reason)
    assert reason not in answer.content.decode()


@pytest.mark.django_db
def test_answer_and_log_carry_the_same_trace(simulated: Simulator, log: LogLines) -> None:
    header = {"X-Cloud-Trace-Context": "105445aa7843bc8bf206b12000100000/1;o=1"}
    answer = call("garbage", **header)
    assert answer.json()["trace"] == "105445aa7843bc8bf206b12000100000"
    (entry,) = log.of("iap.authenticate")
    assert str(trace(entry)).endswith("/traces/105445aa7843bc8bf206b12000100000")
    page = call("garbage", PAGE, **header)
    assert "105445aa7843bc8bf206b12000100000" in page.content.decode()


@pytest.mark.django_db
def test_a_good_assertion_is_let_in(simulated: Simulator) -> None:
    assert call(simulated.assertion(ALICE)).json()["signedInUser"] == {"email": ALICE}


@pytest.mark.django_db
@pytest.mark.parametrize("skew", [-20, 20])
def test_clocks_may_differ_a_little(simulated: Simulator, skew: int) -> None:
    token = simulated.assertion(ALICE, iat=now() + skew, exp=now() + skew + 600)
    assert call(token).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        {"X-Goog-Authenticated-User-Email": "accounts.google.com:olga@example.com"},
        {"X-Goog-Authenticated-User-Id": "accounts.google.com:1"},
        {"X-Debug-Principal": "olga@example.com"},
        {"Authorization": "Bearer anything"},
        {"Remote-User": "olga@example.com"},
    ],
)
def test_unsigned_headers_pretend_in_vain(simulated: Simulator, header: dict[str, str]) -> None:
    assert call(None, **header).status_code == 403
    answer = call(simulated.assertion(ALICE), **header)
    assert answer.json()["signedInUser"] == {"email": ALICE}


@pytest.mark.django_db
def test_no_cookie_stands_for_a_person(alice: PersonClient) -> None:
    assert alice.get(PAGE).status_code == 200
    assert call(None, PAGE, Cookie=alice.cookies.output(header="")).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["", "0", "test", "true", "11"])
def test_the_api_header_is_looked_at_before_the_assertion(
    simulated: Simulator, header: str
) -> None:
    answer = call("garbage", **{"X-JITACCESS": header})
    assert answer.status_code == 400
    assert json.loads(answer.content) == {"message": "Missing header: X-JITACCESS"}


@pytest.mark.django_db
def test_without_any_keys_nobody_is_accepted(simulated: Simulator, log: LogLines) -> None:
    simulated.faults.add("iap.keys", status=503, times=None)
    answer = call(simulated.assertion(ALICE))
    assert answer.status_code == 503
    assert call(simulated.assertion(ALICE), PAGE).status_code == 503
    assert log.of("iap.authenticate")[0]["severity"] == "ERROR"


@pytest.mark.django_db
def test_known_keys_outlive_a_failing_key_server(simulated: Simulator) -> None:
    assert call(simulated.assertion(ALICE)).status_code == 200
    simulated.faults.add("iap.keys", status=503, times=None)
    assert call(simulated.assertion(ALICE, header={"kid": "new"})).status_code == 403
    assert call(simulated.assertion(ALICE)).status_code == 200


@pytest.mark.django_db
def test_log_lines_of_a_person_name_them(simulated: Simulator, log: LogLines) -> None:
    call(simulated.assertion(ALICE, sub="accounts.google.com:42"))
    (entry,) = log.of("http.request")
    assert labels(entry)["user"] == ALICE
    assert labels(entry)["user_id"] == "accounts.google.com:42"
    assert labels(entry)["device_id"] == "device-alice"
    assert labels(entry)["device_access_levels"].endswith("corporate_device")
