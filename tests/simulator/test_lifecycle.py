"""Starting and stopping, in-process and as a command."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from simulator import Simulator
from simulator.__main__ import arguments, serve
from tests.ports import free_port
from tests.simulator.client import Google

ROOT = Path(__file__).parents[2]


def test_stopping_ends_open_connections_and_frees_the_port() -> None:
    with Simulator() as sim:
        google = Google(sim)
        google.policy()
        port = int(sim.metadata_host.partition(":")[2])
    with pytest.raises(urllib3.exceptions.HTTPError):
        google.policy()
    google.http.clear()
    with Simulator(port=port) as again:
        assert again.url == sim.url


def test_connections_are_kept_alive(google: Google) -> None:
    for _ in range(3):
        google.policy()
    pool = google.http.connection_from_url(google.sim.url)
    assert (pool.num_connections, pool.num_requests) == (1, 3)


def test_two_simulators_share_nothing() -> None:
    with Simulator() as one, Simulator() as other:
        one.company.add_user("zoe@example.com")
        assert "zoe@example.com" not in other.company.users
        assert one.url != other.url


def test_the_environment_points_at_the_simulator(sim: Simulator) -> None:
    environment = sim.environment
    assert environment["GOOGLE_API_ENDPOINT"] == sim.url
    assert environment["GCE_METADATA_IP"] == sim.metadata_host
    assert environment["IAP_KEYS_URL"] == f"{sim.url}/iap/verify/public_key"
    assert environment["IAP_BACKEND_SERVICE_ID"] == "1234567890"
    assert environment["RESOURCE_SCOPE"] == "organizations/7"


def test_the_command_has_the_documented_defaults() -> None:
    options = arguments([])
    assert (options.port, options.front_door_port) == (8085, 8080)
    assert (options.app, options.latency) == ("http://127.0.0.1:8081", 0.0)


def test_serving_prints_what_an_application_needs(capsys: pytest.CaptureFixture[str]) -> None:
    stop = threading.Event()
    stop.set()
    serve(arguments(["--port", "0", "--front-door-port", "0", "--projects", "10"]), stop)
    printed = capsys.readouterr().out
    assert "GOOGLE_API_ENDPOINT=http://127.0.0.1:" in printed
    assert "in front of http://127.0.0.1:8081" in printed


def test_a_mistake_in_a_test_is_shown(
    sim: Simulator, google: Google, capfd: pytest.CaptureFixture[str]
) -> None:
    sim.faults.add("*", when=lambda call: bool(call.path / 1))  # type: ignore[operator]  # the mistake
    with pytest.raises(urllib3.exceptions.ProtocolError):
        google.policy()
    assert "TypeError" in capfd.readouterr().err


@contextmanager
def command(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal(number: signal.Signals) -> None:
    port, door = free_port(), free_port()
    with command("--port", str(port), "--front-door-port", str(door), "--latency", "0") as process:
        assert process.stdout is not None
        printed: dict[str, str] = {}
        for line in process.stdout:
            if line.startswith("#"):
                break
            name, _, value = line.strip().partition("=")
            printed[name] = value
        http = urllib3.PoolManager(retries=False)
        assert http.request("GET", printed["IAP_KEYS_URL"]).status == 200
        assert http.request("GET", f"http://127.0.0.1:{door}/_gcp_iap/sign_in").status == 200
        http.clear()
        process.send_signal(number)
        assert process.wait(10) == 0
