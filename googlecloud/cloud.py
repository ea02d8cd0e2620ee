"""Google Cloud as one object: cheap to create, safe to share between threads, connected on first use."""

import importlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from googlecloud.ancestors import Ancestors
from googlecloud.asset_inventory import AssetInventory
from googlecloud.cloud_identity import CloudIdentity
from googlecloud.cloud_logging import CloudLogging
from googlecloud.cloud_storage import CloudStorage
from googlecloud.config import CloudConfig
from googlecloud.directory import Directory
from googlecloud.iam_credentials import IamCredentials
from googlecloud.iam_roles import IamRoles
from googlecloud.metadata import Metadata
from googlecloud.permissions import Permissions
from googlecloud.policy_analyzer import PolicyAnalyzer
from googlecloud.policy_search import PolicySearch
from googlecloud.pubsub import PubSub
from googlecloud.resource_manager import ResourceManager
from googlecloud.resource_search import ResourceSearch
from googlecloud.secret_manager import SecretManager
from googlecloud.transport import Pool

if TYPE_CHECKING:
    from googlecloud.clients import Clients


class Cloud:
    """The APIs that the product uses, one attribute each."""

    def __init__(
        self,
        config: CloudConfig,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._sleep = sleep
        self._clock = clock
        self._pool = Pool(config)
        self._lock = threading.Lock()
        self._clients: Clients | None = None
        self.metadata = Metadata(pool=self._pool, sleep=sleep)

    @property
    def asset(self) -> AssetInventory:
        with self._lock:
            return self._connected().asset

    @property
    def cloud_identity(self) -> CloudIdentity:
        with self._lock:
            return self._connected().cloud_identity

    @property
    def logging(self) -> CloudLogging:
        with self._lock:
            return self._connected().logging

    @property
    def policy_analyzer(self) -> PolicyAnalyzer:
        with self._lock:
            return self._connected().policy_analyzer

    @property
    def policy_search(self) -> PolicySearch:
        with self._lock:
            return self._connected().policy_search

    @property
    def resource_search(self) -> ResourceSearch:
        with self._lock:
            return self._connected().resource_search

    @property
    def iam_roles(self) -> IamRoles:
        with self._lock:
            return self._connected().iam_roles

    @property
    def iam_credentials(self) -> IamCredentials:
        with self._lock:
            return self._connected().iam_credentials

    @property
    def directory(self) -> Directory:
        with self._lock:
            return self._connected().directory

    @property
    def permissions(self) -> Permissions:
        with self._lock:
            return self._connected().permissions

    @property
    def resource_manager(self) -> ResourceManager:
        with self._lock:
            return self._connected().resource_manager

    @property
    def ancestors(self) -> Ancestors:
        with self._lock:
            return self._connected().ancestors

    @property
    def pubsub(self) -> PubSub:
        with self._lock:
            return self._connected().pubsub

    @property
    def secret_manager(self) -> SecretManager:
        with self._lock:
            return self._connected().secret_manager

    @property
    def storage(self) -> CloudStorage:
        with self._lock:
            return self._connected().storage

    def access_token(self) -> str:
        """Return an access token of the application's account, to log in to Cloud SQL with.

        :raises GoogleCloudError: when no token is available.
        """
        with self._lock:
            clients = self._connected()
        return clients.access_token()

    def _connected(self) -> "Clients":
        if self._clients is None:
            # Importing Google's libraries takes a quarter of a second, which would slow every cold start.
            clients = importlib.import_module("googlecloud.clients")
            self._clients = clients.Clients(
                self._config, self._pool, self.metadata, sleep=self._sleep, clock=self._clock
            )
        return self._clients
