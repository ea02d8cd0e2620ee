"""The image's contents start as an ordinary user on read-only files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Simulator
from tests.architecture.repository import ROOT, tracked
from tests.deploy.image import Image, interpreter, kept_documents
from tests.deploy.server import Server
from tests.ports import free_port

MEBIBYTE = 1024 * 1024
# The size of the layers, without Debian and Python.
LARGEST = 150 * MEBIBYTE


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    folder = Path(tempfile.mkdtemp(prefix="jitaccess-image-"))
    folder.chmod(0o755)
    built = Image(folder / "root")
    built.build()
    yield built
    for path in [built.folder, *built.folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def cloud() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


@pytest.fixture
def state() -> Iterator[Path]:
    """The only writable folder; it replaces the database server."""
    with tempfile.TemporaryDirectory(prefix="jitaccess-state-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


def variables(cloud: Simulator, state: Path, port: int) -> dict[str, str]:
    """Return the variables that a deployment needs, and those that point to the simulator."""
    return {
        "K_SERVICE": "jitaccess",
        "PORT": str(port),
        "RESOURCE_SCOPE": "organizations/7",
        "RESOURCE_CUSTOMER_ID": "C0example1",
        "IAP_BACKEND_SERVICE_ID": "1234567890",
        "SECRET_KEY_SECRET": "projects/jit-access-host/secrets/secret-key/versions/latest",
        "DATABASE_URL": f"sqlite:///{state}/db.sqlite3",
        "ALLOW_SQLITE": "true",
        "GOOGLE_API_ENDPOINT": cloud.url,
        "IAP_KEYS_URL": f"{cloud.url}/iap/verify/public_key",
        "GCE_METADATA_HOST": cloud.metadata_host,
        "GCE_METADATA_IP": cloud.metadata_host,
    }


def test_it_starts_serves_and_writes_nothing(image: Image, cloud: Simulator, state: Path) -> None:
    port = free_port()
    given = variables(cloud, state, port)
    image.run("manage.py", "migrate", "--no-input", "--verbosity", "0", **given)
    for path in state.iterdir():
        path.chmod(0o666)
    before = image.files()
    with Server(image.start(**given), port) as server:
        assert server.get("/health/ready") == (
            200,
            {"healthy": True, "details": dict.fromkeys(READY, True)},
        )
        assert server.get("/api/policy", **{"X-JITACCESS": "1"})[0] == 403
        assertion = cloud.assertion("alice@example.com", audience=cloud.audience)
        alice = {"X-JITACCESS": "1", "X-Goog-IAP-JWT-Assertion": assertion}
        status, body = server.get("/api/projects/shop-prod/roles", **alice)
        assert (status, len(body["entitlements"]) > 10) == (200, True)
        assert server.get("/", **alice)[0] == 200
    assert image.files() == before
    assert "Traceback" not in server.output


READY = ("DevModeIsDisabled", "DatabaseIsMigrated", "AudienceIsKnown")


def test_it_refuses_to_start_before_its_migrations(
    image: Image, cloud: Simulator, state: Path
) -> None:
    """Therefore a new revision on Cloud Run gets no traffic until the migration job has run."""
    port = free_port()
    given = variables(cloud, state, port)
    with (
        pytest.raises(AssertionError, match=r"manage\.py migrate --no-input"),
        Server(image.start(**given), port),
    ):
        pass


def test_without_a_database_it_says_what_to_set(
    image: Image, cloud: Simulator, state: Path
) -> None:
    port = free_port()
    given = variables(cloud, state, port)
    for name in ("DATABASE_URL", "ALLOW_SQLITE"):
        given.pop(name)
    with (
        pytest.raises(AssertionError, match="DATABASE_URL"),
        Server(image.start(**given), port),
    ):
        pass


def test_static_files_have_names_that_never_change_their_content(image: Image) -> None:
    names = {name for name in image.files() if name.startswith("app/staticfiles/")}
    assert any(name.endswith("staticfiles.json") for name in names)
    assert any(name.endswith(".css.br") for name in names)


def test_there_is_nothing_to_build_or_to_test_with(image: Image) -> None:
    packages = {path.name for path in image.packages.iterdir()}
    assert packages & {"pip", "pytest", "ruff", "mypy", "setuptools", "playwright"} == set()
    assert not (image.app / "simulator").exists()
    assert not (image.app / "tests").exists()


def test_it_is_small(image: Image) -> None:
    assert image.size() < LARGEST


def test_exactly_the_apis_in_use_are_described(image: Image) -> None:
    documents = {path.name for path in image.packages.rglob("discovery_cache/documents/*.json")}
    assert documents == kept_documents()
    script = (
        "from googlecloud.cloud import Cloud\n"
        "from googlecloud.config import CloudConfig\n"
        "cloud = Cloud(CloudConfig(endpoint=None))\n"
        "for name in ('asset', 'directory', 'resource_manager', 'pubsub', 'secret_manager',"
        " 'iam_roles', 'policy_search'): getattr(cloud, name)\n"
    )
    subprocess.run(
        [interpreter(), "-s", "-S", "-c", script], cwd=image.app, env=image.environment, check=True
    )
    clients = (ROOT / "googlecloud/clients.py").read_text()
    opened = {f"{name}.json" for name in _opened(clients)}
    assert opened == documents


def _opened(text: str) -> set[str]:
    import re

    return {f"{api}.{version}" for api, version in re.findall(r'_open\("(\w+)", "(\w+)"', text)}


def test_every_module_of_production_is_in_it(image: Image) -> None:
    packages = ("jitaccess/", "activations/", "eligibility/", "googlecloud/")
    expected = {
        f"app/{path.relative_to(ROOT).as_posix()}" for path in tracked(".py", under=packages)
    }
    assert expected - image.files() == set()
