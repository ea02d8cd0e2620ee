"""Assertions as IAP signs them, and as attackers would."""

import base64
import json
from typing import Any

import google.auth.exceptions
import google.auth.jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from simulator import Simulator
from tests.simulator.client import Google


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, claims, signature = token.split(".")
    padded = [json.loads(base64.urlsafe_b64decode(part + "===")) for part in (head, claims)]
    return padded[0], padded[1], signature


def verified(sim: Simulator, google: Google, token: str) -> dict[str, Any]:
    keys = google.raw("GET", "/iap/verify/public_key").json()
    return dict(google_decode(token, keys, sim.audience))


def google_decode(token: str, keys: dict[str, str], audience: str) -> Any:
    return google_jwt.decode(token, certs=keys, audience=audience)


google_jwt: Any = google.auth.jwt


def test_an_assertion_verifies_with_the_published_key(sim: Simulator, google: Google) -> None:
    claims = verified(sim, google, sim.assertion("alice@example.com"))
    assert claims["iss"] == "https://cloud.google.com/iap"
    assert claims["aud"] == "/projects/100000000001/global/backendServices/1234567890"
    assert (claims["email"], claims["hd"]) == ("alice@example.com", "example.com")
    assert claims["exp"] - claims["iat"] == 600
    assert claims["google"]["device_id"] == "device-alice"


def test_a_person_keeps_their_subject_and_strangers_have_no_domain(sim: Simulator) -> None:
    first, again = (parts(sim.assertion("Alice@Example.com"))[1] for _ in range(2))
    assert first["sub"] == again["sub"]
    assert first["sub"].startswith("accounts.google.com:1")
    assert "hd" not in parts(sim.assertion("petra@partner.example"))[1]
    assert parts(sim.assertion("zoe@example.com"))[1]["email"] == "zoe@example.com"


def test_claims_and_header_can_be_replaced_and_left_out(sim: Simulator) -> None:
    token = sim.assertion(
        "alice@example.com", "/other", header={"kid": None, "typ": "X"}, iss="https://x", exp=None
    )
    head, claims, _ = parts(token)
    assert head == {"alg": "ES256", "typ": "X"}
    assert (claims["aud"], claims["iss"]) == ("/other", "https://x")
    assert "exp" not in claims


def test_another_key_does_not_verify(sim: Simulator, google: Google) -> None:
    forged = sim.assertion("alice@example.com", key=ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ValueError, match="verify"):
        verified(sim, google, forged)


def test_attackers_algorithms_can_be_played(sim: Simulator) -> None:
    head, _, signature = parts(sim.assertion("alice@example.com", algorithm="none"))
    assert (head["alg"], signature) == ("none", "")
    head, _, signature = parts(sim.assertion("alice@example.com", algorithm="HS256"))
    assert (head["alg"], len(base64.urlsafe_b64decode(signature + "="))) == ("HS256", 32)


def test_keys_rotate_and_old_ones_stay_until_forgotten(sim: Simulator, google: Google) -> None:
    old = sim.assertion("alice@example.com")
    new_key = sim.iap.rotate()
    assert parts(sim.assertion("alice@example.com"))[0]["kid"] == new_key
    assert verified(sim, google, old)["email"] == "alice@example.com"
    last = sim.iap.rotate(forget=True)
    assert list(google.raw("GET", "/iap/verify/public_key").json()) == [last]
