"""Only a current assertion that IAP signed for this application is accepted."""

import base64
import json
import random
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from googlecloud.iap import IapClaims, IapKeys, IapVerifier, InvalidAssertion
from simulator import Simulator
from tests.googlecloud.iap_signer import AUDIENCE, KEY_ID, NOW, Signer, claims, encoded
from tests.googlecloud.odd_server import odd_server, saying

SIGNER = Signer()


@pytest.fixture(scope="module")
def verifier() -> Iterator[IapVerifier]:
    """A verifier with its keys in the cache, so that tests need no network afterwards."""
    with odd_server() as server:
        server.say(saying({KEY_ID: SIGNER.pem}))
        keys = IapKeys(server.url, clock=lambda: 0.0)
        assert keys.get(KEY_ID)
        yield IapVerifier(keys, ["/projects/1/global/backendServices/2", AUDIENCE])


def reason_of(verifier: IapVerifier, token: str, now: datetime = NOW) -> str:
    with pytest.raises(InvalidAssertion) as caught:
        verifier.verify(token, now)
    assert str(caught.value) == f"Invalid IAP assertion: {caught.value.reason}"
    return caught.value.reason


def test_a_genuine_assertion(verifier: IapVerifier) -> None:
    google = {"access_levels": ["accessPolicies/1/accessLevels/x"], "device_id": "d1"}
    assert verifier.verify(SIGNER.sign(claims(google=google)), NOW) == IapClaims(
        sub="accounts.google.com:1",
        email="alice@example.com",
        hd="example.com",
        device_id="d1",
        access_levels=("accessPolicies/1/accessLevels/x",),
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
    )


def test_an_assertion_of_the_simulated_iap(sim: Simulator) -> None:
    verifier = IapVerifier(IapKeys(sim.keys_url), [sim.audience])
    now = datetime.fromtimestamp(1e9, UTC)
    token = sim.assertion("alice@example.com", iat=int(1e9), exp=int(1e9) + 600)
    assert verifier.verify(token, now).email == "alice@example.com"
    for bad in (
        sim.assertion("alice@example.com", iat=int(1e9), exp=int(1e9) + 600, algorithm="none"),
        sim.assertion("alice@example.com", iat=int(1e9), exp=int(1e9) + 600, algorithm="HS256"),
        sim.assertion("alice@example.com", "/projects/9/apps/x", iat=int(1e9), exp=int(1e9) + 600),
    ):
        with pytest.raises(InvalidAssertion):
            verifier.verify(bad, now)


@pytest.mark.parametrize(
    ("email", "read"),
    [
        ("Alice@Example.com", "alice@example.com"),
        ("accounts.google.com:Alice@Example.com", "alice@example.com"),
    ],
)
def test_the_address_is_the_bare_one_in_lower_case(
    verifier: IapVerifier, email: str, read: str
) -> None:
    assert verifier.verify(SIGNER.sign(claims(email=email)), NOW).email == read


@pytest.mark.parametrize(
    ("google", "device_id", "levels"),
    [
        (None, "unknown", ()),
        ("x", "unknown", ()),
        ([], "unknown", ()),
        ({}, "unknown", ()),
        ({"device_id": 7, "access_levels": "x"}, "unknown", ()),
        ({"device_id": "", "access_levels": {"a": 1}}, "unknown", ()),
        ({"device_id": "d", "access_levels": ["a", 1, None, "b"]}, "d", ("a", "b")),
    ],
)
def test_malformed_device_claims_do_not_reject_the_assertion(
    verifier: IapVerifier, google: Any, device_id: str, levels: tuple[str, ...]
) -> None:
    read = verifier.verify(SIGNER.sign(claims(google=google, hd=7)), NOW)
    assert (read.device_id, read.access_levels, read.hd) == (device_id, levels, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://accounts.google.com"}, "wrong issuer"),
        ({"iss": None}, "wrong issuer"),
        ({"aud": "/projects/1/apps/other"}, "wrong audience, '/projects/1/apps/other' came"),
        ({"aud": None}, "wrong audience, 'None' came"),
        ({"aud": [AUDIENCE]}, f"wrong audience, {str([AUDIENCE])!r} came"),
        ({"aud": {"a": 1}}, f"wrong audience, {str({'a': 1})!r} came"),
        ({"sub": None}, "no sub"),
        ({"sub": ""}, "no sub"),
        ({"sub": 7}, "no sub"),
        ({"email": None}, "no email"),
        ({"email": ["alice@example.com"]}, "no email"),
        ({"email": "accounts.google.com:"}, "email is empty"),
        ({"exp": None}, "exp is not a time"),
        ({"iat": None}, "iat is not a time"),
        ({"exp": "1795435800"}, "exp is not a time"),
        ({"iat": True}, "iat is not a time"),
        ({"iat": -1}, "iat is not a time"),
        ({"exp": 10**30}, "exp is not a time"),
        ({"exp": float("inf")}, "exp is not a time"),
        ({"iat": float("nan")}, "iat is not a time"),
    ],
)
def test_each_claim_is_required(
    verifier: IapVerifier, changes: dict[str, Any], reason: str
) -> None:
    assert reason_of(verifier, SIGNER.sign(claims(**changes))) == reason


@pytest.mark.parametrize(
    ("issued", "expires", "accepted"),
    [
        (0, 600, True),
        (30, 630, True),
        (31, 630, False),
        (-600, -30, True),
        (-600, -31, False),
        (0, 660, True),
        (0, 661, False),
        (0, 0, False),
        (20, -20, False),
        (0.5, 600.5, True),
    ],
)
def test_time_has_thirty_seconds_of_slack_and_a_short_life(
    verifier: IapVerifier, issued: float, expires: float, accepted: bool
) -> None:
    start = NOW.timestamp()
    token = SIGNER.sign(claims(iat=start + issued, exp=start + expires))
    if accepted:
        assert verifier.verify(token, NOW).email == "alice@example.com"
    else:
        assert reason_of(verifier, token) in {"wrong lifetime", "expired", "issued in the future"}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "none"}, "wrong algorithm"),
        ({"alg": "HS256"}, "wrong algorithm"),
        ({"alg": "RS256"}, "wrong algorithm"),
        ({"alg": "ES384"}, "wrong algorithm"),
        ({"alg": None}, "wrong algorithm"),
        ({"alg": ["ES256"]}, "wrong algorithm"),
        ({"kid": None}, "no key id"),
        ({"kid": ""}, "no key id"),
        ({"kid": 1}, "no key id"),
        ({"kid": ["k1"]}, "no key id"),
        ({"kid": "k2"}, "unknown key"),
        ({"crit": ["b64"], "b64": False}, "unknown extension"),
    ],
)
def test_the_header_must_name_es256_and_a_key_of_iaps(
    verifier: IapVerifier, header: dict[str, Any], reason: str
) -> None:
    assert reason_of(verifier, SIGNER.sign(claims(), header)) == reason


def test_another_key_under_the_same_name_is_no_key_of_iaps(verifier: IapVerifier) -> None:
    assert reason_of(verifier, Signer().sign(claims())) == "wrong signature"


@pytest.mark.parametrize("payload", [b"", b"x", b"[]", b"null", b"\xff", b"{" * 5000])
def test_a_signed_payload_may_still_be_garbage(verifier: IapVerifier, payload: bytes) -> None:
    header = json.dumps({"alg": "ES256", "kid": KEY_ID}).encode()
    assert reason_of(verifier, SIGNER.sign_raw(header, payload)) in {
        "not a token",
        "not JSON",
        "not a JSON object",
    }


@pytest.mark.parametrize("header", [b"x", b"[]", b"7", b"\xff\xfe", b"[" * 8000, b"[" * 12000])
def test_an_unsigned_header_may_be_any_garbage(verifier: IapVerifier, header: bytes) -> None:
    token = f"{encoded(header)}.e30.{'A' * 86}"
    assert reason_of(verifier, token) in {"not JSON", "not a JSON object", "not a token"}


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", " ", "é.é.é", "a" * 20_000, "\ud800.a.a", "a.b.c\n"],
)
def test_what_is_no_token_at_all(verifier: IapVerifier, token: str) -> None:
    assert reason_of(verifier, token)


def test_a_signature_of_another_length_or_of_zeros_is_wrong(verifier: IapVerifier) -> None:
    signed = SIGNER.sign(claims()).rpartition(".")[0]
    for signature in (b"\x00" * 64, b"\xff" * 64, b"x" * 63, b"x" * 65, b"x" * 72):
        assert reason_of(verifier, f"{signed}.{encoded(signature)}") == "wrong signature"


def test_other_spellings_of_the_same_signature_are_refused(verifier: IapVerifier) -> None:
    """Base64 decoders accept several last characters for the same bytes; only one spelling is accepted here."""
    token = SIGNER.sign(claims())
    alphabet = string.ascii_letters + string.digits + "-_"
    accepted = []
    for last in alphabet:
        try:
            verifier.verify(token[:-1] + last, NOW)
        except InvalidAssertion:
            continue
        accepted.append(last)
    assert accepted == [token[-1]]
    for ending in ("=", "==", "\n", " "):
        assert reason_of(verifier, token + ending)


def mutated(token: str, dice: random.Random) -> str:
    letters = list(token)
    alphabet = string.ascii_letters + string.digits + "-_.=+/ \x00é"
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        place = dice.randrange(len(letters))
        match dice.randrange(4):
            case 0:
                letters[place] = dice.choice(alphabet)
            case 1:
                letters.insert(place, dice.choice(alphabet))
            case 2:
                del letters[place]
            case _:
                other = dice.randrange(len(letters))
                letters[place], letters[other] = letters[other], letters[place]
    return "".join(letters)


def test_of_20_000_mutations_nothing_gets_in(verifier: IapVerifier) -> None:
    token = SIGNER.sign(claims())
    dice = random.Random(20261123)
    refused = 0
    for _ in range(20_000):
        other = mutated(token, dice)
        if other == token:
            continue
        with pytest.raises(InvalidAssertion):
            verifier.verify(other, NOW)
        refused += 1
    assert refused > 19_000
    assert verifier.verify(token, NOW).email == "alice@example.com"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.sampled_from(["iss", "aud", "sub", "email", "iat", "exp", "hd", "google"]),
    JSON,
)
def test_no_signed_claim_of_any_kind_raises_anything_else(name: str, value: Any) -> None:
    try:
        read = VERIFIER.verify(SIGNER.sign({**claims(), name: value}), NOW)
    except InvalidAssertion:
        return
    assert isinstance(read, IapClaims)


class KnownKeys(IapKeys):
    """The test's one key, without network access."""

    def get(self, key_id: str) -> Any:
        return SIGNER.key.public_key() if key_id == KEY_ID else None


VERIFIER = IapVerifier(KnownKeys(), [AUDIENCE])


@pytest.mark.parametrize("audiences", [[], [""], ["a", ""], "/projects/1/apps/p1"])
def test_without_audiences_there_is_no_verifier(audiences: Any) -> None:
    with pytest.raises(ValueError, match="needs a list of audiences"):
        IapVerifier(KnownKeys(), audiences)


def test_padding_inside_a_part_is_refused(verifier: IapVerifier) -> None:
    header, payload, signature = SIGNER.sign(claims()).split(".")
    padded = base64.urlsafe_b64encode(base64.urlsafe_b64decode(header + "==")).decode()
    if padded != header:
        assert reason_of(verifier, f"{padded}.{payload}.{signature}") == "not a token"
    assert reason_of(verifier, f"{header}A.{payload}.{signature}")
