"""Records the calls that the simulator receives, in order, with start and end."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, overload

RESOURCE_APIS = (
    "cloudresourcemanager.",
    "cloudasset.",
    "directory.",
    "cloudidentity.",
    "pubsub.",
    "secretmanager.",
    "iam.",
    "logging.",
    "storage.",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request and its result; times are seconds of the monotonic clock."""

    api: str
    method: str
    path: str
    params: dict[str, list[str]] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    principal: str = ""
    status: int = 0
    started: float = 0.0
    ended: float = 0.0


class CallList(Sequence[Call]):
    """A list of calls that can be filtered and counted."""

    def __init__(self, calls: Sequence[Call] = ()) -> None:
        self._calls = tuple(calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | Sequence[Call]:
        return self._snapshot()[index]

    def __len__(self) -> int:
        return len(self._snapshot())

    def __iter__(self) -> Iterator[Call]:
        return iter(self._snapshot())

    def of(self, pattern: str) -> "CallList":
        """Return the calls of the APIs that match a pattern such as `cloudasset.*`."""
        return CallList([call for call in self if fnmatchcase(call.api, pattern)])

    @property
    def google(self) -> "CallList":
        """Return the calls of resource APIs, without tokens, keys and metadata."""
        return CallList([call for call in self if call.api.startswith(RESOURCE_APIS)])

    def depth(self) -> int:
        """Return the number of calls in the longest sequence of calls that did not overlap."""
        depth, free_from = 0, float("-inf")
        for call in sorted(self, key=lambda call: call.ended):
            if call.started >= free_from:
                depth, free_from = depth + 1, call.ended
        return depth

    def _snapshot(self) -> tuple[Call, ...]:
        return self._calls


class CallLog(CallList):
    """All calls so far; safe to read while more are recorded."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._log: list[Call] = []

    def record(self, call: Call) -> None:
        """Append one finished call."""
        with self._lock:
            self._log.append(call)

    def clear(self) -> None:
        """Delete all calls."""
        with self._lock:
            self._log.clear()

    def _snapshot(self) -> tuple[Call, ...]:
        with self._lock:
            return tuple(self._log)
