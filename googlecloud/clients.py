"""Connects the API clients to Google. Loaded on first use, because importing Google's libraries is slow."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import google.auth.transport.urllib3

from googlecloud.ancestors import Ancestors
from googlecloud.apis import Api
from googlecloud.asset_inventory import AssetInventory
from googlecloud.calls import Calls, Sender
from googlecloud.cloud_identity import CloudIdentity
from googlecloud.cloud_logging import CloudLogging
from googlecloud.cloud_storage import CloudStorage
from googlecloud.config import CloudConfig
from googlecloud.credentials import Identity
from googlecloud.directory import Directory
from googlecloud.iam_credentials import IamCredentials, PublishedKeys
from googlecloud.iam_roles import IamRoles
from googlecloud.metadata import Metadata
from googlecloud.permissions import Permissions
from googlecloud.policy_analyzer import PolicyAnalyzer
from googlecloud.policy_search import PolicySearch
from googlecloud.pubsub import PubSub
from googlecloud.resource_manager import ResourceManager
from googlecloud.resource_search import ResourceSearch
from googlecloud.secret_manager import SecretManager
from googlecloud.tokens import Tokens
from googlecloud.transport import AuthorizedHttp, Http, Pool


class Clients:
    """One client per API on one shared connection pool, each built on first use."""

    def __init__(
        self,
        config: CloudConfig,
        pool: Pool,
        metadata: Metadata,
        *,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._pool = pool
        self._sleep = sleep
        self._clock = clock
        identity = Identity(metadata, endpoint=config.endpoint_of("iamcredentials"))
        self._tokens = self._tokens_of(identity.cloud_platform)
        self._cloud = AuthorizedHttp(Http(pool), self._tokens)
        self._groups_reader = AuthorizedHttp(Http(pool), self._tokens_of(identity.groups_reader))

    def access_token(self) -> str:
        """Return a token of the application's account that is valid for some minutes at least.

        :raises GoogleCloudError: when no token is available.
        """
        return self._tokens.apply({}).removeprefix("Bearer ")

    @cached_property
    def asset(self) -> AssetInventory:
        calls, service = self._cloud_asset
        return AssetInventory(calls, service.effectiveIamPolicies())

    @cached_property
    def cloud_identity(self) -> CloudIdentity:
        calls, service = self._open("cloudidentity", "v1", self._cloud)
        return CloudIdentity(calls, service.groups())

    @cached_property
    def logging(self) -> CloudLogging:
        calls, service = self._open("logging", "v2", self._cloud)
        return CloudLogging(calls, service.entries())

    @cached_property
    def policy_analyzer(self) -> PolicyAnalyzer:
        calls, service = self._cloud_asset
        return PolicyAnalyzer(calls, service.v1(), seconds=self._config.analysis_limit)

    @cached_property
    def policy_search(self) -> PolicySearch:
        calls, service = self._cloud_asset
        return PolicySearch(calls, service.v1())

    @cached_property
    def resource_search(self) -> ResourceSearch:
        calls, service = self._cloud_asset
        return ResourceSearch(calls, service.v1())

    @cached_property
    def iam_roles(self) -> IamRoles:
        calls, service = self._open("iam", "v1", self._cloud)
        return IamRoles(calls, service)

    @cached_property
    def iam_credentials(self) -> IamCredentials:
        calls, service = self._open("iamcredentials", "v1", self._cloud)
        keys = self._calls(PublishedKeys(self._pool, endpoint=self._config.endpoint_of("www")).send)
        return IamCredentials(calls, service.projects().serviceAccounts(), keys)

    @cached_property
    def directory(self) -> Directory:
        calls, service = self._open("admin", "directory_v1", self._groups_reader)
        return Directory(calls, service.groups(), service.members())

    @cached_property
    def permissions(self) -> Permissions:
        return Permissions(*self._resource_manager)

    @cached_property
    def resource_manager(self) -> ResourceManager:
        calls, service = self._resource_manager
        return ResourceManager(calls, service.projects(), sleep=self._sleep)

    @cached_property
    def ancestors(self) -> Ancestors:
        return Ancestors(*self._resource_manager)

    @cached_property
    def pubsub(self) -> PubSub:
        calls, service = self._open("pubsub", "v1", self._cloud)
        return PubSub(calls, service.projects().topics())

    @cached_property
    def secret_manager(self) -> SecretManager:
        calls, service = self._open("secretmanager", "v1", self._cloud)
        return SecretManager(calls, service.projects().secrets().versions())

    @cached_property
    def storage(self) -> CloudStorage:
        calls, service = self._open("storage", "v1", self._cloud, path="/storage/v1/")
        endpoint = self._config.endpoint_of("storage")
        return CloudStorage(calls, service, self._cloud, endpoint=endpoint, sleep=self._sleep)

    @cached_property
    def _resource_manager(self) -> tuple[Calls, Any]:
        return self._open("cloudresourcemanager", "v3", self._cloud)

    @cached_property
    def _cloud_asset(self) -> tuple[Calls, Any]:
        return self._open("cloudasset", "v1", self._cloud)

    def _open(
        self, name: str, version: str, http: AuthorizedHttp, *, path: str = ""
    ) -> tuple[Calls, Any]:
        """Return the client; `path` is what comes before the methods' own paths, also at a configured address."""
        address = self._config.endpoint_of(name)
        api = Api(name, version, endpoint=address and f"{address}{path}", http=http)
        return self._calls(api.send), api.service

    def _calls(self, send: Sender) -> Calls:
        return Calls(
            send,
            retry_budget=self._config.retry_budget,
            sleep=self._sleep,
            clock=self._clock,
        )

    def _tokens_of(self, credentials: Callable[[], Any]) -> Tokens:
        request = google.auth.transport.urllib3.Request(self._pool)
        return Tokens(credentials, request, clock=self._clock)
