"""Injected faults."""

import threading
import time
from typing import Any

import pytest
import urllib3

from simulator import Simulator
from tests.simulator.client import Google

READ = "cloudresourcemanager.projects.getIamPolicy"
WRITE = "cloudresourcemanager.projects.setIamPolicy"
ONE = {"role": "roles/browser", "members": ["user:carol@example.com"]}


def write_one(google: Google) -> tuple[int, Any]:
    return google.write({"bindings": [ONE]}, "projects/payroll")


def was_written(sim: Simulator) -> bool:
    return bool(sim.company.policy("payroll")["bindings"] == [ONE])


def test_a_status_comes_instead_of_the_work(sim: Simulator, google: Google) -> None:
    sim.faults.add(WRITE, status=503, message="Try later.", reason="SOME_REASON")
    status, body = write_one(google)
    assert status == 503
    assert body["error"]["message"] == "Try later."
    assert body["error"]["status"] == "UNAVAILABLE"
    assert body["error"]["details"][0]["reason"] == "SOME_REASON"
    assert not was_written(sim)
    assert write_one(google)[0] == 200


def test_directory_faults_keep_the_old_shape(sim: Simulator, google: Google) -> None:
    sim.faults.add("directory.*", status=403, reason="userRateLimitExceeded")
    _, body = google.directory("groups", customer="my_customer")
    assert body["error"]["errors"][0]["reason"] == "userRateLimitExceeded"
    sim.faults.add("directory.*", status=429)
    _, body = google.directory("groups", customer="my_customer")
    assert body["error"]["errors"][0]["reason"] == "rateLimitExceeded"


def test_an_unusual_status_has_an_unknown_name(sim: Simulator, google: Google) -> None:
    sim.faults.add(READ, status=418)
    _, body = google.post("/v3/projects/payroll:getIamPolicy", {})
    assert body["error"]["status"] == "UNKNOWN"


def test_a_quota_fault_says_when_to_come_back(sim: Simulator, google: Google) -> None:
    sim.faults.add(READ, status=429, retry_after=7)
    answer = google.raw(
        "POST", "/v3/projects/payroll:getIamPolicy", json={}, headers=google.headers
    )
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_the_work_can_be_done_although_a_failure_is_answered(
    sim: Simulator, google: Google
) -> None:
    sim.faults.add(WRITE, status=500, done=True)
    assert write_one(google)[0] == 500
    assert was_written(sim)


@pytest.mark.parametrize(("close", "written"), [("before", False), ("after", True)])
def test_the_connection_closes_before_or_after_the_work(
    sim: Simulator, google: Google, close: Any, written: bool
) -> None:
    sim.faults.add(WRITE, close=close)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        write_one(google)
    assert was_written(sim) == written
    assert sim.calls.of(WRITE)[0].status == 0


def test_a_hanging_call_works_late(sim: Simulator, google: Google) -> None:
    sim.faults.add(WRITE, hang=0.2)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        google.raw(
            "POST",
            "/v3/projects/payroll:setIamPolicy",
            json={"policy": {"bindings": [ONE]}},
            headers=google.headers,
            timeout=0.05,
        )
    assert not was_written(sim)
    deadline = time.monotonic() + 5
    while not was_written(sim):
        assert time.monotonic() < deadline


def test_a_hanging_call_may_have_worked_first(sim: Simulator, google: Google) -> None:
    sim.faults.add(WRITE, hang=0.05, done=True)
    caller = threading.Thread(target=write_one, args=(google,))
    caller.start()
    caller.join()
    assert was_written(sim)
    assert len(sim.calls.of(WRITE)) == 1


def test_a_stopping_simulator_does_not_wait_for_what_hangs() -> None:
    refused: list[BaseException] = []

    def ask(google: Google) -> None:
        try:
            google.policy()
        except urllib3.exceptions.HTTPError as error:
            refused.append(error)

    started = time.monotonic()
    with Simulator() as sim:
        google = Google(sim)
        fault = sim.faults.add(READ, hang=60)
        caller = threading.Thread(target=ask, args=(google,))
        caller.start()
        while not fault.hits:
            assert time.monotonic() < started + 5
    caller.join()
    google.http.clear()
    assert refused
    assert time.monotonic() - started < 5


def test_times_after_and_when_choose_the_calls(sim: Simulator, google: Google) -> None:
    fault = sim.faults.add(
        "cloudresourcemanager.*",
        status=500,
        times=2,
        after=1,
        when=lambda call: "payroll" in call.path,
    )
    payroll = [google.get("/v3/projects/payroll")[0] for _ in range(4)]
    assert google.get("/v3/projects/data-lake")[0] == 200
    assert payroll == [200, 500, 500, 200]
    assert fault.hits == 2


def test_a_fault_without_end_lasts_until_cleared(sim: Simulator, google: Google) -> None:
    sim.faults.add(READ, status=500, times=None)
    answers = [google.post("/v3/projects/payroll:getIamPolicy", {})[0] for _ in range(3)]
    assert answers == [500, 500, 500]
    sim.faults.clear()
    assert google.policy("projects/payroll")


def test_keys_and_metadata_can_fail_too(sim: Simulator, google: Google) -> None:
    sim.faults.add("iap.keys", status=500)
    sim.faults.add("metadata.get", status=503)
    assert google.raw("GET", "/iap/verify/public_key").status == 500
    assert google.raw("GET", "/computeMetadata/v1/project/").status == 503
