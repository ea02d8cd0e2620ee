"""The application uses the attached service account, or the configured credentials file."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth.exceptions import DefaultCredentialsError
from google.auth.impersonated_credentials import Credentials as Impersonated

from googlecloud.cloud import Cloud
from googlecloud.config import CloudConfig
from googlecloud.credentials import CLOUD_PLATFORM, READ_GROUPS, Identity, MetadataCredentials
from googlecloud.errors import NotAuthenticated
from googlecloud.metadata import Metadata
from simulator import Simulator
from tests.googlecloud.clock import Clock


def identity(sim: Simulator, **environ: str) -> Identity:
    metadata = Metadata(environ={"GCE_METADATA_HOST": sim.metadata_host})
    return Identity(metadata, endpoint=f"{sim.url}/", environ=environ)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    document = {
        "type": "service_account",
        "client_email": "robot@p.iam.gserviceaccount.com",
        "token_uri": "http://127.0.0.1:9/token",
        "private_key": pem,
        "private_key_id": "1",
    }
    path = tmp_path / "key.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("variable", ["K_SERVICE", "GAE_SERVICE", "GCE_METADATA_HOST"])
def test_google_cloud_uses_the_attached_account(sim: Simulator, variable: str) -> None:
    found = identity(sim, **{variable: "x"})
    assert isinstance(found.cloud_platform(), MetadataCredentials)
    groups: Any = found.groups_reader()
    assert isinstance(groups, Impersonated)
    assert groups.service_account_email == sim.service_account


def test_without_any_file_the_metadata_server_is_asked(sim: Simulator, tmp_path: Path) -> None:
    found = identity(sim, CLOUDSDK_CONFIG=str(tmp_path))
    assert isinstance(found.cloud_platform(), MetadataCredentials)


def test_a_key_is_used_with_the_scopes_directly(
    sim: Simulator, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
    found = identity(sim, GOOGLE_APPLICATION_CREDENTIALS=str(key_file), K_SERVICE="x")
    assert found.cloud_platform().scopes == [CLOUD_PLATFORM]
    assert found.groups_reader().scopes == [READ_GROUPS]
    assert not sim.calls


def test_a_laptop_uses_the_credentials_file_of_gcloud(
    sim: Simulator, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    well_known = key_file.with_name("application_default_credentials.json")
    key_file.rename(well_known)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(well_known.parent))
    found = identity(sim, CLOUDSDK_CONFIG=str(well_known.parent))
    assert found.cloud_platform().scopes == [CLOUD_PLATFORM]


def test_a_missing_file_is_named_in_the_error(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    found = identity(sim, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "none.json"))
    with pytest.raises(DefaultCredentialsError):
        found.cloud_platform()
    cloud = Cloud(CloudConfig(endpoint=sim.url), sleep=clock.sleep, clock=clock)
    with pytest.raises(NotAuthenticated, match=r"none\.json was not found"):
        cloud.resource_manager.get_policy(project_id="p1")


def test_without_an_endpoint_impersonation_goes_to_google(sim: Simulator) -> None:
    metadata = Metadata(environ={"GCE_METADATA_HOST": sim.metadata_host})
    found: Any = Identity(metadata, endpoint=None, environ={"K_SERVICE": "x"}).groups_reader()
    assert found._iam_endpoint_override == (
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
        f"{sim.service_account}:generateAccessToken"
    )
