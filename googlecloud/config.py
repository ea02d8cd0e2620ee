"""Configuration of the connection to Google: addresses, proxy, time-outs, pool size."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from googlecloud.addresses import require_proxy, require_safe

# The APIs that are called, by the first label of their host names. `www` serves the certificates of
# Google's identity tokens.
APIS = (
    "admin",
    "cloudasset",
    "cloudidentity",
    "cloudresourcemanager",
    "iam",
    "iamcredentials",
    "logging",
    "pubsub",
    "secretmanager",
    "storage",
    "www",
)
_LIBRARY_TIMEOUT = 20.0
# Leaves time for the partial answer to arrive before the read time-out.
_PART_FOR_ANALYSIS = 0.8


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """Settings of the connection to Google's APIs; times are in seconds.

    Zero means what it means in the original: 20 seconds to connect, 20 to read, no limit to write.
    `endpoints` has addresses of single APIs, by the names in `APIS`; `endpoint` is for all others.
    `proxy` is used for every https address whose host `no_proxy` does not list.

    :raises ValueError: when an endpoint is neither https nor on this machine, or the proxy is no address.
    """

    endpoint: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    proxy: str = field(default="", repr=False)
    no_proxy: tuple[str, ...] = ()
    connect_timeout: float = 5
    read_timeout: float = 20
    write_timeout: float = 5
    pool_size: int = 32
    version: str = ""
    retry_budget: float = 10

    def __post_init__(self) -> None:
        for address in (self.endpoint, *self.endpoints.values()):
            if address is not None:
                require_safe(address)
        if self.proxy:
            require_proxy(self.proxy)

    def endpoint_of(self, api: str) -> str | None:
        """Return the configured address of an API without a slash at its end; None for Google's own."""
        address = self.endpoints.get(api) or self.endpoint
        return address.rstrip("/") if address else None

    def impatient(self, seconds: float) -> "CloudConfig":
        """Return the same connection with at most `seconds` to connect and to read."""
        return replace(self, connect_timeout=seconds, read_timeout=seconds)

    @property
    def connect_limit(self) -> float:
        return self.connect_timeout or _LIBRARY_TIMEOUT

    @property
    def read_limit(self) -> float:
        return self.read_timeout or _LIBRARY_TIMEOUT

    @property
    def analysis_limit(self) -> float:
        """How long Google may analyze policies, in seconds."""
        return self.read_limit * _PART_FOR_ANALYSIS

    @property
    def write_limit(self) -> float | None:
        return self.write_timeout or None

    @property
    def user_agent(self) -> str:
        """The name of this product. Contains "gzip", because Google compresses answers only for such names."""
        return f"{'/'.join(filter(None, ('JIT-Access', self.version)))} (gzip)"
