"""Injected faults: which call fails, how, and how often."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, TypedDict, Unpack

from simulator.calls import Call
from simulator.errors import ApiError, error_info


class FaultOptions(TypedDict, total=False):
    """The options of a fault."""

    status: int
    message: str
    reason: str
    retry_after: float
    hang: float
    close: Literal["before", "after"]
    done: bool
    times: int | None
    after: int
    when: Callable[[Call], bool]


@dataclass(slots=True)
class Fault:
    """A fault for the next calls of an API.

    `hang` waits first; then the call continues, so its work is done late, unless `status` or
    `close` end it. With `done`, the work is done before everything else.
    """

    api: str
    status: int | None = None
    message: str = "Injected fault."
    reason: str = ""
    retry_after: float | None = None
    hang: float = 0.0
    close: Literal["before", "after"] | None = None
    done: bool = False
    times: int | None = 1
    after: int = 0
    when: Callable[[Call], bool] | None = None
    hits: int = 0

    def strikes(self, call: Call) -> bool:
        """Return whether this call fails; counts down."""
        if self.times == 0 or not self._concerns(call):
            return False
        if self.after:
            self.after -= 1
            return False
        self.hits += 1
        if self.times is not None:
            self.times -= 1
        return True

    def _concerns(self, call: Call) -> bool:
        return fnmatchcase(call.api, self.api) and (self.when is None or self.when(call))

    @property
    def works_first(self) -> bool:
        """Return whether the work is done although the caller does not learn of it."""
        return self.done or self.close == "after"

    def error(self) -> ApiError | None:
        """Return the error to answer with."""
        if self.status is None:
            return None
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        details = [error_info(self.reason)] if self.reason else []
        return ApiError(
            self.status, self.message, reason=self.reason, details=details, headers=headers
        )


class Faults:
    """The faults that are active."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, api: str, **options: Unpack[FaultOptions]) -> Fault:
        """Let calls of `api` (a pattern) fail: once, or `times` times (None: always)."""
        fault = Fault(api, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        """Return the first fault that applies to this call."""
        with self._lock:
            return next((fault for fault in self._faults if fault.strikes(call)), None)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()
