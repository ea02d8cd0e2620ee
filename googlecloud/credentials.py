"""The application's credentials at Google: application default credentials with predictable look-ups."""

import datetime
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import google.auth
from google.auth import credentials, impersonated_credentials

from googlecloud.metadata import Metadata

CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
READ_GROUPS = "https://www.googleapis.com/auth/admin.directory.group.readonly"
_LIFETIME = 3600
_ON_GOOGLE_CLOUD = (
    "GCE_METADATA_HOST",
    "GCE_METADATA_IP",
    "GAE_SERVICE",
    "K_SERVICE",
    "CLOUD_RUN_JOB",
)
_IAM_CREDENTIALS = "https://iamcredentials.googleapis.com"


class MetadataCredentials(credentials.Credentials):  # type: ignore[misc]  # google-auth ships no types
    """Tokens of the attached service account, each by one call to the metadata server.

    google-auth's own class reads the server's address once at import, sends two calls for each
    token, and looks up regional boundaries at a fixed address.
    """

    def __init__(self, metadata: Metadata) -> None:
        super().__init__()
        self._metadata = metadata

    def refresh(self, request: Any) -> None:
        """Fetch a token.

        :raises Unavailable: when the metadata server returns no token.
        """
        self.token, seconds = self._metadata.access_token(CLOUD_PLATFORM)
        # google-auth compares the expiry with a naive UTC time.
        ends = datetime.datetime.fromtimestamp(time.time() + seconds, datetime.UTC)
        self.expiry = ends.replace(tzinfo=None)


class Identity:
    """Finds the application's credentials and prepares them for an API."""

    def __init__(
        self,
        metadata: Metadata,
        *,
        endpoint: str | None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._metadata = metadata
        self._endpoint = endpoint
        self._environ = environ

    def cloud_platform(self) -> Any:
        """Return credentials for all APIs of Google Cloud.

        :raises google.auth.exceptions.GoogleAuthError: when no usable credentials exist.
        """
        return self._found([CLOUD_PLATFORM])

    def groups_reader(self) -> Any:
        """Return credentials for the Directory API; the metadata server issues no token with its scope.

        An attached service account impersonates itself; a key file uses the scope directly.

        :raises google.auth.exceptions.GoogleAuthError: when no usable credentials exist.
        :raises GoogleCloudError: when the metadata server does not return the service account.
        """
        if not self._is_attached():
            return self._found([READ_GROUPS])
        account = self._metadata.service_account_email
        return impersonated_credentials.Credentials(
            source_credentials=MetadataCredentials(self._metadata),
            target_principal=account,
            target_scopes=[READ_GROUPS],
            lifetime=_LIFETIME,
            iam_endpoint_override=(
                f"{(self._endpoint or _IAM_CREDENTIALS).rstrip('/')}"
                f"/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
            ),
        )

    def _found(self, scopes: list[str]) -> Any:
        if self._is_attached():
            return MetadataCredentials(self._metadata)
        found, _ = google.auth.default(scopes=scopes)
        return found

    def _is_attached(self) -> bool:
        """Whether the metadata server provides the credentials, rather than a credentials file."""
        if self._environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
            return False
        on_google_cloud = any(self._environ.get(name) for name in _ON_GOOGLE_CLOUD)
        return on_google_cloud or not self._gcloud_file().is_file()

    def _gcloud_file(self) -> Path:
        folder = self._environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
        return Path(folder) / "application_default_credentials.json"
