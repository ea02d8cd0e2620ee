"""The values of a YAML text, each with its position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from policies.document.problems import Place, shown

Step = str | int


class Unreadable:
    """Stands for a value that no key accepts: a date, a fraction, an alias."""


UNREADABLE = Unreadable()


@dataclass(slots=True)
class Scalar:
    """One value; `kind` is text, number, boolean, empty, or what YAML makes of it otherwise."""

    place: Place
    text: str
    kind: str
    value: Any
    is_reported: bool = False

    @property
    def found(self) -> str:
        if self.kind == "empty":
            return "nothing"
        return shown(self.text) if self.kind == "text" else f"the {self.kind} {self.text[:60]}"


@dataclass(slots=True)
class Sequence:
    """A list."""

    place: Place
    items: list[Node] = field(default_factory=list)
    is_reported: bool = False

    @property
    def value(self) -> tuple[Any, ...]:
        return tuple(item.value for item in self.items)

    @property
    def found(self) -> str:
        return "a list" if self.items else "an empty list"


@dataclass(slots=True)
class Mapping:
    """Keys with their values, and the position of each key."""

    place: Place
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    is_reported: bool = False

    @property
    def value(self) -> dict[str, Any]:
        return {key: node.value for key, node in self.entries.items()}

    @property
    def found(self) -> str:
        names = ", ".join(self.entries)
        return f"a mapping with the keys {names[:60]}" if names else "an empty mapping"


Node = Scalar | Sequence | Mapping


def child(node: Node, step: Step) -> Node | None:
    """Return the value below a key or at an index; None when there is none."""
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.entries.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step]
    return None


def walk(node: Node, path: tuple[Step, ...]) -> Iterator[Node]:
    """Yield the node and those on the path below it, as far as they exist."""
    current: Node | None = node
    for step in path:
        if current is None:
            return
        yield current
        current = child(current, step)
    if current is not None:
        yield current
