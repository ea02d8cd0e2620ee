"""Secrets and their versions."""

import threading
from typing import Literal

State = Literal["ENABLED", "DISABLED", "DESTROYED"]


class SecretStore:
    """All secrets, by names like `projects/p/secrets/s`; versions count from 1."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[str, list[tuple[State, bytes]]] = {}

    def put(self, name: str, value: bytes) -> int:
        """Add a version, and the secret when it is new; return the version's number."""
        with self._lock:
            versions = self._versions.setdefault(name, [])
            versions.append(("ENABLED", value))
            return len(versions)

    def set_state(self, name: str, number: int, state: State) -> None:
        """Disable, destroy or enable a version."""
        with self._lock:
            _, value = self._versions[name][number - 1]
            self._versions[name][number - 1] = (state, value)

    def version(self, name: str, which: str) -> tuple[int, State, bytes]:
        """Return a version by number, or the `latest`.

        :raises LookupError: when there is none.
        """
        with self._lock:
            versions = self._versions[name]
            number = len(versions) if which == "latest" else int(which)
            if not 1 <= number <= len(versions):
                raise IndexError(number)
            return number, *versions[number - 1]
