"""The record of calls."""

import threading

from simulator import Call, CallList, Simulator
from tests.simulator.client import Google


def test_a_call_is_recorded_with_everything_about_it(sim: Simulator, google: Google) -> None:
    headers = google.headers | {"x-goog-request-reason": "Bug 7"}
    body = {"options": {"requestedPolicyVersion": 3}}
    google.raw("POST", "/v3/projects/payroll:getIamPolicy?alt=json", json=body, headers=headers)
    (call,) = sim.calls
    assert call.api == "cloudresourcemanager.projects.getIamPolicy"
    assert (call.method, call.path) == ("POST", "/v3/projects/payroll:getIamPolicy")
    assert (call.params, call.body, call.status) == ({"alt": ["json"]}, body, 200)
    assert call.headers["x-goog-request-reason"] == "Bug 7"
    assert call.principal == sim.service_account
    assert 0 < call.started <= call.ended


def test_refused_calls_are_recorded_too(sim: Simulator, google: Google) -> None:
    google.raw("POST", "/v3/projects/payroll:getIamPolicy", body=b"\xff")
    (call,) = sim.calls
    assert (call.status, call.principal, call.body) == (401, "", "\ufffd")


def test_calls_are_narrowed_by_api_and_cleared(sim: Simulator, google: Google) -> None:
    google.policy()
    google.effective("payroll")
    google.raw("GET", "/iap/verify/public_key")
    google.raw("GET", "/computeMetadata/v1/project/", headers={"Metadata-Flavor": "Google"})
    assert [call.api for call in sim.calls] == [
        "cloudresourcemanager.projects.getIamPolicy",
        "cloudasset.effectiveIamPolicies.batchGet",
        "iap.keys",
        "metadata.get",
    ]
    assert len(sim.calls.of("cloudasset.*")) == 1
    assert len(sim.calls.google) == 2
    assert sim.calls[:2] == tuple(sim.calls.google)
    sim.calls.clear()
    assert list(sim.calls) == []


def test_depth_counts_calls_that_stand_one_after_the_other() -> None:
    spans = [(0, 10), (1, 3), (4, 6), (2, 5), (6, 7), (11, 12)]
    calls = CallList([Call("x", "GET", "/", started=start, ended=end) for start, end in spans])
    assert calls.depth() == 4  # 1-3, 4-6, 6-7, 11-12
    assert CallList().depth() == 0


def test_latency_makes_parallel_calls_overlap(sim: Simulator, google: Google) -> None:
    sim.latency = 0.1
    threads = [threading.Thread(target=google.policy) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    google.policy()
    assert (len(sim.calls), sim.calls.depth()) == (4, 2)
    assert all(call.ended - call.started >= 0.1 for call in sim.calls)


def test_latency_spares_metadata_and_keys(sim: Simulator, google: Google) -> None:
    sim.latency = 60
    assert google.raw("GET", "/iap/verify/public_key").status == 200
    assert google.raw("GET", "/").status == 200
