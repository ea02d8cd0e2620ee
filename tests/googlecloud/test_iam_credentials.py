"""Google signs as our own service account, and its key verifies the signature."""

import base64
import hashlib
import json

import pytest

from googlecloud.cloud import Cloud
from googlecloud.errors import Denied, Invalid, Unavailable
from simulator import Simulator
from tests.googlecloud.odd_server import OddServer, saying

CLAIMS = {"sub": "evidence pack", "manifest_sha256": "0" * 64}


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def test_the_published_key_verifies_the_signature(sim: Simulator, cloud: Cloud) -> None:
    signed = cloud.iam_credentials.sign_jwt(account=sim.service_account, claims=CLAIMS)
    head, payload, signature = signed.token.split(".")
    assert json.loads(base64.urlsafe_b64decode(payload + "==")) == CLAIMS
    modulus, exponent = number(signed.key["n"]), number(signed.key["e"])
    block = pow(number(signature), exponent, modulus).to_bytes(256, "big")
    assert block.endswith(hashlib.sha256(f"{head}.{payload}".encode()).digest())
    assert len(signed.fingerprint) == 64


def test_without_the_permission_it_says_so(sim: Simulator, cloud: Cloud) -> None:
    sim.self_impersonation = False
    with pytest.raises(Denied, match=r"may not sign as .*signJwt"):
        cloud.iam_credentials.sign_jwt(account=sim.service_account, claims=CLAIMS)


def test_an_outage_keeps_its_name(sim: Simulator, cloud: Cloud) -> None:
    sim.faults.add("iamcredentials.signJwt", status=503, message="Try later.", times=None)
    with pytest.raises(Unavailable, match="Try later"):
        cloud.iam_credentials.sign_jwt(account=sim.service_account, claims=CLAIMS)


def test_a_short_outage_is_waited_for(sim: Simulator, cloud: Cloud) -> None:
    sim.faults.add("iamcredentials.signJwt", status=503)
    sim.faults.add("serviceaccounts.jwk", status=500)
    assert cloud.iam_credentials.sign_jwt(account=sim.service_account, claims=CLAIMS).token


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"keys": []}, "does not publish the key"),
        ({"keys": [{"kid": "k", "kty": "EC"}]}, "does not publish the key"),
        ([], "could not be read"),
    ],
)
def test_a_signature_without_its_key_is_refused(
    odd: OddServer, odd_cloud: Cloud, keys: object, words: str
) -> None:
    head = base64.urlsafe_b64encode(b'{"kid":"k"}').decode().rstrip("=")
    odd.say(saying({"signedJwt": f"{head}.e30.AA"}), saying(keys))
    with pytest.raises(Unavailable, match=words):
        odd_cloud.iam_credentials.sign_jwt(account="robot@p.iam.gserviceaccount.com", claims={})


def test_an_answer_without_a_signature_is_refused(odd: OddServer, odd_cloud: Cloud) -> None:
    odd.say(saying({}))
    with pytest.raises(Unavailable, match="could not be read"):
        odd_cloud.iam_credentials.sign_jwt(account="robot@p.iam.gserviceaccount.com", claims={})


def test_claims_that_expire_must_expire_soon(sim: Simulator, cloud: Cloud) -> None:
    with pytest.raises(Invalid, match="12 hours"):
        cloud.iam_credentials.sign_jwt(account=sim.service_account, claims={"exp": 4102444800})
