"""Topics and the messages published to them."""

import itertools
import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """One published message."""

    id: str
    data: bytes
    attributes: dict[str, str] = field(default_factory=dict)
    ordering_key: str = ""


class Topics:
    """All topics, by their full name like `projects/p/topics/t`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._messages: dict[str, list[Message]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._messages

    def add(self, name: str) -> None:
        """Create a topic."""
        with self._lock:
            self._messages.setdefault(name, [])

    def remove(self, name: str) -> None:
        """Delete a topic with its messages."""
        with self._lock:
            del self._messages[name]

    def append(
        self, name: str, data: bytes, attributes: dict[str, str], ordering_key: str
    ) -> Message:
        """Publish one message."""
        with self._lock:
            message = Message(str(next(self._ids)), data, attributes, ordering_key)
            self._messages[name].append(message)
            return message

    def messages(self, name: str) -> list[Message]:
        """Return the published messages, in order."""
        with self._lock:
            return list(self._messages[name])
