"""Configuration of the connection to Google: addresses, time-outs, pool size."""

from dataclasses import dataclass

from googlecloud.addresses import require_safe

_LIBRARY_TIMEOUT = 20.0
# Leaves time for the partial answer to arrive before the read time-out.
_PART_FOR_ANALYSIS = 0.8


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """Settings of the connection to Google's APIs; times are in seconds.

    Zero means what it means in the original: 20 seconds to connect, 20 to read, no limit to write.

    :raises ValueError: when `endpoint` is neither https nor on this machine.
    """

    endpoint: str | None = None
    connect_timeout: float = 5
    read_timeout: float = 20
    write_timeout: float = 5
    pool_size: int = 32
    version: str = "0.1.0"
    retry_budget: float = 10

    def __post_init__(self) -> None:
        if self.endpoint is not None:
            require_safe(self.endpoint)

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
        return f"JIT-Access/{self.version} (gzip)"
