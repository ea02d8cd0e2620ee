"""The article's app.yaml, with a database and a key added, starts and works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from simulator import Simulator
from tests.jitaccess.collecting import Collector
from tests.jitaccess.served import get, run, serving, wait_until

# As in the article for the original, except for the runtime.
ARTICLE = """
runtime: python313
instance_class: F2
service_account: jitaccess@jit-access-host.iam.gserviceaccount.com
env_variables:
    RESOURCE_SCOPE: organizations/7
    RESOURCE_CATALOG: AssetInventory
    RESOURCE_CUSTOMER_ID: C0example1
    ACTIVATION_TIMEOUT: 60
    JUSTIFICATION_HINT: "Bug or case number"
    JUSTIFICATION_PATTERN: ".*"
"""
# What App Engine sets itself.
APP_ENGINE = {
    "GAE_ENV": "standard",
    "GAE_SERVICE": "default",
    "GOOGLE_CLOUD_PROJECT": "jit-access-host",
}
AUDIENCE = "/projects/100000000001/apps/jit-access-host"
FIRST_LINE = "Running in project"


def variables(**added: str) -> dict[str, str]:
    """The environment of an instance."""
    written = {n: str(value) for n, value in yaml.safe_load(ARTICLE)["env_variables"].items()}
    return written | APP_ENGINE | added


def wait_for_the_first_line(log: Path) -> None:
    """Wait for a thread in the background, which asks the metadata server first."""
    wait_until(lambda: FIRST_LINE in log.read_text(), "the server does not log where it runs")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def complete(cloud: Simulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The article's variables, a key, a database, and where this Google is."""
    google = ("GCE_METADATA_HOST", "GCE_METADATA_IP", "GOOGLE_API_ENDPOINT", "IAP_KEYS_URL")
    folder: Path = tmp_path_factory.mktemp("served")
    return variables(
        SECRET_KEY="k" * 10 + "0123456789" * 5,
        DATABASE_URL=f"sqlite:///{folder}/db.sqlite3",
        ALLOW_SQLITE="true",
        **{name: cloud.environment[name] for name in google},
    )


@pytest.fixture(scope="module")
def port(complete: dict[str, str]) -> Iterator[int]:
    """A server whose database was refused first, and is migrated now."""
    refused = run(complete, "-c", "import jitaccess.wsgi")
    assert refused.returncode == 4
    assert "manage.py migrate" in refused.stderr.splitlines()[-1]
    migrated = run(complete, "manage.py", "migrate", "--no-input", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    with serving(complete) as port:
        yield port


def test_what_is_missing_is_named_with_the_line_to_add() -> None:
    refused = run(variables(), "-c", "import jitaccess.wsgi")
    assert refused.returncode == 4
    said = refused.stderr[refused.stderr.index("Add to env_variables in app.yaml") :]
    lines = [line for line in said.splitlines() if line.startswith("  ")]
    assert [line.partition(":")[0].strip() for line in lines] == [
        "SECRET_KEY_SECRET",
        "DATABASE_URL_SECRET",
    ]


def test_it_works(port: int, cloud: Simulator) -> None:
    assertion = cloud.assertion("alice@example.com", audience=AUDIENCE)
    headers = {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": assertion}
    assert get(port, "/health/ready")[0] == 200
    status, body = get(port, "/api/projects/shop-prod/roles", headers)
    assert (status, b"roles/compute.admin" in body) == (200, True)


def test_app_engines_default_entry_point_loses_neither_telemetry_nor_the_first_line(
    port: int, complete: dict[str, str], tmp_path: Path
) -> None:
    """Google's own configuration replaces gunicorn.conf.py."""
    foreign, log = tmp_path / "gunicorn.py", tmp_path / "log"
    foreign.write_text("workers = 1\nworker_class = 'sync'\n")
    command = ("main:app", "--workers", "2", "-c", str(foreign))
    with Collector() as collector:
        variables = complete | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with serving(variables, *command, output=log) as its_port:
            assert [get(its_port, "/")[0] for _ in range(6)] == [403] * 6
            wait_for_the_first_line(log)
        assert len(collector.spans) == 6
    assert (
        1 <= log.read_text().count(FIRST_LINE) <= 2
    )  # the second worker may have received no request


def test_with_our_own_configuration_nothing_begins_twice(
    port: int, complete: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with serving(complete, "main:app", output=log) as its_port:
        assert [get(its_port, "/health/alive")[0] for _ in range(3)] == [200] * 3
        wait_for_the_first_line(log)
    assert log.read_text().count(FIRST_LINE) == 1


def test_a_header_as_long_as_an_assertion_passes_and_a_longer_one_does_not(port: int) -> None:
    assert get(port, "/health/alive", {"X-Long": "x" * 8_000})[0] == 200
    assert get(port, "/health/alive", {"X-Long": "x" * 20_000})[0] in {400, 431}


def test_a_link_of_the_original_passes_and_a_longer_address_does_not(port: int) -> None:
    assert get(port, f"/health/alive?activation={'x' * 4_000}")[0] == 200
    assert get(port, f"/health/alive?activation={'x' * 9_000}")[0] in {400, 414}


def test_headers_without_number_are_refused(port: int) -> None:
    assert get(port, "/health/alive", {f"X-{n}": "x" for n in range(200)})[0] in {400, 431}
