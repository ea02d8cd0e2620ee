"""Google's certificates for identity tokens are fetched rarely, and kept when Google cannot be reached."""

import base64
import json

import pytest

from googlecloud.config import CloudConfig
from googlecloud.errors import Unavailable
from googlecloud.oidc import InvalidIdToken, OidcVerifier
from simulator import Simulator
from tests.googlecloud.clock import Clock
from tests.googlecloud.odd_server import OddServer, Said, saying

ACCOUNT = "scheduler@p.iam.gserviceaccount.com"
AUDIENCE = "https://jit.example.com"


@pytest.fixture
def verifier(sim: Simulator, clock: Clock) -> OidcVerifier:
    return OidcVerifier(service_account=ACCOUNT, config=CloudConfig(endpoint=sim.url), clock=clock)


def fetches(sim: Simulator) -> int:
    return len(sim.calls.of("oidc.certs"))


def junk(verifier: OidcVerifier, token: str) -> None:
    with pytest.raises(InvalidIdToken):
        verifier.verify(token, audience=AUDIENCE)


def with_key(name: str) -> str:
    header = json.dumps({"alg": "RS256", "kid": name}).encode()
    return f"{base64.urlsafe_b64encode(header).decode().rstrip('=')}.e30.e30"


def test_junk_tokens_cost_one_fetch_together(
    verifier: OidcVerifier, sim: Simulator, clock: Clock
) -> None:
    for number in range(50):
        junk(verifier, with_key(f"invented-{number}"))
        junk(verifier, "a.b.c")
    assert fetches(sim) == 1
    clock.sleep(61)
    for number in range(50):
        junk(verifier, with_key(f"invented-{number}"))
    assert fetches(sim) == 2


def test_genuine_tokens_are_verified_from_memory(verifier: OidcVerifier, sim: Simulator) -> None:
    for _ in range(5):
        verifier.verify(sim.oidc.sign(ACCOUNT, AUDIENCE), audience=AUDIENCE)
    assert fetches(sim) == 1


@pytest.mark.parametrize(
    ("header", "fresh"),
    [("public, max-age=7200, must-revalidate", 7199), ("", 3599), ("max-age=0", 59)],
)
def test_they_are_kept_for_as_long_as_google_says(
    odd: OddServer, clock: Clock, header: str, fresh: float
) -> None:
    verifier = OidcVerifier(
        service_account=ACCOUNT, config=CloudConfig(endpoint=odd.url), clock=clock
    )
    odd.say(saying({"k": "no certificate"}, headers={"Cache-Control": header}))
    junk(verifier, with_key("k"))
    clock.sleep(fresh)
    junk(verifier, with_key("k"))
    assert len(odd.asked) == 1
    clock.sleep(2)
    junk(verifier, with_key("k"))
    assert len(odd.asked) == 2


def test_old_certificates_serve_while_google_does_not_answer(
    verifier: OidcVerifier, sim: Simulator, clock: Clock
) -> None:
    token = sim.oidc.sign(ACCOUNT, AUDIENCE)
    verifier.verify(token, audience=AUDIENCE)
    sim.faults.add("oidc.certs", status=503, times=None)
    clock.sleep(90_000)
    verifier.verify(token, audience=AUDIENCE)
    assert fetches(sim) == 2


@pytest.mark.parametrize("said", [Said(503), Said(200, b"[]"), Said(200, b"<html>")])
def test_without_any_certificate_the_answer_is_unavailable(
    odd: OddServer, clock: Clock, said: Said
) -> None:
    verifier = OidcVerifier(
        service_account=ACCOUNT, config=CloudConfig(endpoint=odd.url), clock=clock
    )
    odd.say(said)
    for _ in range(3):
        with pytest.raises(Unavailable, match="Google's keys could not be fetched"):
            verifier.verify(with_key("k"), audience=AUDIENCE)
    assert len(odd.asked) == 1
