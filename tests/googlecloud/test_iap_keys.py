"""IAP's keys are fetched rarely, and kept when Google cannot be reached."""

import json
import logging
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from googlecloud.errors import Unavailable
from googlecloud.iap import GOOGLE_KEYS_URL, IapKeys, KeysUnavailable
from simulator import Simulator
from tests.googlecloud.clock import Clock
from tests.googlecloud.iap_signer import Signer
from tests.googlecloud.odd_server import OddServer, Said, saying

PEM = Signer().pem


@pytest.fixture
def keys(sim: Simulator, clock: Clock) -> IapKeys:
    return IapKeys(sim.keys_url, clock=clock)


def current(sim: Simulator) -> str:
    return list(sim.iap.public_keys())[-1]


def fetches(sim: Simulator) -> int:
    return len(sim.calls.of("iap.keys"))


def test_warm_keys_cost_nothing_and_serve_for_an_hour(
    keys: IapKeys, sim: Simulator, clock: Clock
) -> None:
    for _ in range(100):
        assert keys.get(current(sim))
    assert fetches(sim) == 1
    clock.sleep(3599)
    assert keys.get(current(sim))
    assert fetches(sim) == 1
    clock.sleep(2)
    assert keys.get(current(sim))
    assert fetches(sim) == 2


def test_a_new_key_is_found_at_once(keys: IapKeys, sim: Simulator, clock: Clock) -> None:
    assert keys.get(current(sim))
    clock.sleep(61)
    new = sim.iap.rotate()
    assert keys.get(new)
    assert fetches(sim) == 2


def test_unknown_keys_cost_one_fetch_a_minute(keys: IapKeys, sim: Simulator, clock: Clock) -> None:
    assert keys.get(current(sim))
    for number in range(100):
        assert keys.get(f"made-up-{number}") is None
    assert fetches(sim) == 1
    clock.sleep(61)
    for number in range(100):
        assert keys.get(f"made-up-{number}") is None
    assert fetches(sim) == 2


def test_old_keys_keep_serving_when_the_refresh_fails(
    keys: IapKeys, sim: Simulator, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    assert keys.get(current(sim))
    sim.faults.add("iap.keys", status=503, times=1)
    sim.faults.add("iap.keys", close="before", times=1)
    clock.sleep(4000)
    with caplog.at_level(logging.WARNING):
        assert keys.get(current(sim))
    assert "IAP's keys could not be fetched: HTTP 503" in caplog.text
    for _ in range(10):
        assert keys.get(current(sim))
    assert fetches(sim) == 2, "no second attempt within a minute"
    clock.sleep(61)
    assert keys.get(current(sim))
    clock.sleep(61)
    assert keys.get(current(sim))
    assert fetches(sim) == 4
    clock.sleep(61)
    assert keys.get(current(sim))
    assert fetches(sim) == 4


def test_a_key_that_google_withdrew_is_removed_by_the_refresh(
    keys: IapKeys, sim: Simulator, clock: Clock
) -> None:
    old = current(sim)
    assert keys.get(old)
    sim.iap.rotate(forget=True)
    clock.sleep(3601)
    assert keys.get(old) is None


def test_no_keys_at_all_is_an_error_of_its_own(keys: IapKeys, sim: Simulator, clock: Clock) -> None:
    sim.faults.add("iap.keys", status=500, times=None)
    for _ in range(10):
        with pytest.raises(KeysUnavailable):
            keys.get("any")
    assert fetches(sim) == 1
    sim.faults.clear()
    clock.sleep(6)
    assert keys.get(current(sim)), "the next attempt comes soon"
    assert issubclass(KeysUnavailable, Unavailable)


def test_a_document_that_makes_no_sense_does_not_replace_good_keys(
    odd: OddServer, clock: Clock
) -> None:
    rsa_pem = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    other_curve = Signer(ec.generate_private_key(ec.SECP384R1())).pem
    keys = IapKeys(odd.url, clock=clock)
    odd.say(saying({"good": PEM, "bad": "x", "worse": 7, "rsa": rsa_pem, "p384": other_curve}))
    assert keys.get("good")
    assert [keys.get(name) for name in ("bad", "worse", "rsa", "p384")] == [None] * 4
    nonsense = [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        json.dumps({"a": rsa_pem}).encode(),
    ]
    for body in nonsense:
        odd.say(Said(body=body))
        clock.sleep(4000)
        assert keys.get("good")
        assert len(odd.asked) == 1
    odd.say(Said(302, headers={"Location": "http://127.0.0.1:9/"}))
    clock.sleep(4000)
    assert keys.get("good")


def test_many_threads_cold_fetch_once(keys: IapKeys, sim: Simulator) -> None:
    meeting = threading.Barrier(16, timeout=5)
    found: list[object] = []

    def ask() -> None:
        meeting.wait()
        found.append(keys.get(current(sim)))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(found) == 16
    assert None not in found
    assert fetches(sim) == 1


def test_nobody_with_a_known_key_waits_for_the_hourly_refresh(
    keys: IapKeys, sim: Simulator, clock: Clock
) -> None:
    key = current(sim)
    assert keys.get(key)
    clock.sleep(4000)
    with keys._lock:  # as held by the thread that refreshes
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(keys.get(key)))
        thread.start()
        thread.join(5)
        assert len(found) == 1
    assert fetches(sim) == 1


def test_keys_come_over_https_only() -> None:
    IapKeys(GOOGLE_KEYS_URL)
    with pytest.raises(ValueError, match="must start with https://"):
        IapKeys("http://www.gstatic.com/iap/verify/public_key")
