"""Connects the clients to Google; loaded on first use, as Google's libraries are heavy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import google.auth.transport.urllib3

from googlecloud.apis import Api
from googlecloud.asset_inventory import AssetInventory
from googlecloud.calls import Calls
from googlecloud.config import CloudConfig
from googlecloud.credentials import Identity
from googlecloud.directory import Directory
from googlecloud.metadata import Metadata
from googlecloud.resource_manager import ResourceManager
from googlecloud.tokens import Tokens
from googlecloud.transport import AuthorizedHttp, Http, Pool


@dataclass(frozen=True, slots=True)
class Clients:
    """One client per API."""

    asset: AssetInventory
    directory: Directory
    resource_manager: ResourceManager


@dataclass(frozen=True, slots=True)
class Connector:
    """Makes clients that share one connection pool."""

    config: CloudConfig
    pool: Pool
    metadata: Metadata
    sleep: Callable[[float], None]
    clock: Callable[[], float]

    def connect(self) -> Clients:
        """The clients; nothing is sent yet."""
        identity = Identity(self.metadata, endpoint=self.config.endpoint)
        cloud = self._http(identity.cloud_platform)
        asset, directory, projects = (
            self._api("cloudasset", "v1", cloud),
            self._api("admin", "directory_v1", self._http(identity.groups_reader)),
            self._api("cloudresourcemanager", "v3", cloud),
        )
        return Clients(
            asset=AssetInventory(self._calls(asset), asset.service.effectiveIamPolicies()),
            directory=Directory(
                self._calls(directory), directory.service.groups(), directory.service.members()
            ),
            resource_manager=ResourceManager(
                self._calls(projects), projects.service.projects(), sleep=self.sleep
            ),
        )

    def _http(self, credentials: Callable[[], Any]) -> AuthorizedHttp:
        request = google.auth.transport.urllib3.Request(self.pool)
        return AuthorizedHttp(Http(self.pool), Tokens(credentials, request, clock=self.clock))

    def _api(self, name: str, version: str, http: AuthorizedHttp) -> Api:
        return Api(name, version, endpoint=self.config.endpoint, http=http)

    def _calls(self, api: Api) -> Calls:
        return Calls(
            api.send,
            retry_budget=self.config.retry_budget,
            sleep=self.sleep,
            clock=self.clock,
        )
