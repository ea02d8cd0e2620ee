"""Google Cloud as one object: cheap to make, safe to share, connected on first use."""

import importlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from googlecloud.asset_inventory import AssetInventory
from googlecloud.config import CloudConfig
from googlecloud.directory import Directory
from googlecloud.metadata import Metadata
from googlecloud.resource_manager import ResourceManager
from googlecloud.transport import Pool

if TYPE_CHECKING:
    from googlecloud.clients import Clients


class Cloud:
    """The APIs we use, one attribute each."""

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
        self._made: Clients | None = None
        self.metadata = Metadata(pool=self._pool, sleep=sleep)

    @property
    def asset(self) -> AssetInventory:
        return self._clients().asset

    @property
    def directory(self) -> Directory:
        return self._clients().directory

    @property
    def resource_manager(self) -> ResourceManager:
        return self._clients().resource_manager

    def _clients(self) -> "Clients":
        with self._lock:
            if self._made is None:
                # Google's libraries take a quarter of a second to import, which a cold start must not.
                clients = importlib.import_module("googlecloud.clients")
                self._made = clients.Connector(
                    self._config, self._pool, self.metadata, self._sleep, self._clock
                ).connect()
            return self._made
