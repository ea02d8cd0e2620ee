"""From text to values with positions: YAML without aliases, tags, duplicate keys and second documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

import yaml

from policies.document.nodes import UNREADABLE, Mapping, Node, Scalar, Sequence
from policies.document.problems import InvalidDocument, Place, Problem, shown
from policies.document.scalars import read_scalar
from policies.document.syntax import plain_words

LARGEST_BYTES = 256 * 1024
DEEPEST = 12
START = Place(1, 1)
# The reader in C is seven times as fast; both have the same events.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_JOINERS = "\u200c\u200d"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def read_tree(text: str) -> tuple[Node, list[Problem]]:
    """Return the values of a text, and what is wrong with how they are written.

    :raises InvalidDocument: when the text cannot be read to its end.
    """
    readable = text.removeprefix("\ufeff")
    _check_text(readable)
    reader = _Reader(readable)
    try:
        tree = reader.read()
    except yaml.MarkedYAMLError as error:
        raise InvalidDocument([*reader.problems, plain_words(error)]) from None
    except yaml.YAMLError:
        raise InvalidDocument([Problem(START, "The text is not YAML.")]) from None
    if tree is None or (isinstance(tree, Scalar) and tree.kind == "empty"):
        raise InvalidDocument(
            [Problem(START, "The document is empty. It begins with version: 1 and rules.")]
        )
    return tree, reader.problems


def _check_text(text: str) -> None:
    hidden = [at for at, letter in enumerate(text) if is_hidden(letter) and letter not in "\t\r\n"]
    if hidden:
        raise InvalidDocument(
            Problem(
                _place(text, at),
                f"The hidden character U+{ord(text[at]):04X} is not allowed. Delete it.",
            )
            for at in hidden[:20]
        )
    size = len(text.encode())
    if size > LARGEST_BYTES:
        raise InvalidDocument(
            [Problem(START, f"The document has {size} bytes; at most {LARGEST_BYTES} are allowed.")]
        )


def is_hidden(letter: str) -> bool:
    """Whether a character shows nothing, controls a terminal or turns the direction of writing."""
    return unicodedata.category(letter) in _HIDDEN and letter not in _JOINERS


def _place(text: str, at: int) -> Place:
    before = text[:at].replace("\r\n", "\n").replace("\r", "\n")
    return Place(before.count("\n") + 1, at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)))


class _Reader:
    """Builds values from YAML's events; never deeper than allowed, whatever the text."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
        self.problems: list[Problem] = []

    def read(self) -> Node | None:
        """Return the first document; None when there is none."""
        tree: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    text = "A second document begins here. A policy is a single document."
                    self._report(event, text)
                    break
                tree = self._node(next(self._events), depth=0)
        return tree

    def _node(self, event: Any, *, depth: int) -> Node:
        place = _mark(event)
        if isinstance(event, yaml.AliasEvent):
            name = f"*{event.anchor}"
            text = f'The alias {name} is not allowed. If it is a text, put it in quotes: "{name}".'
            self._report(event, text)
            return Scalar(place, f"*{event.anchor}", "alias", UNREADABLE, is_reported=True)
        is_reported = self._check_properties(event)
        if depth > DEEPEST:
            text = f"The values are nested deeper than {DEEPEST} levels."
            raise InvalidDocument([*self.problems, Problem(place, text)])
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(place, depth)
        else:
            node = self._mapping(place, depth)
        node.is_reported = node.is_reported or is_reported
        return node

    def _check_properties(self, event: Any) -> bool:
        """Report an anchor or a tag; return whether the value itself is in doubt because of it."""
        if event.anchor is not None:
            text = f"The anchor &{event.anchor} is not allowed. Delete it, and write values out."
            self._report(event, text)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            text = f"The tag {shown(tag)} is not allowed. Write the value without a tag."
            self._report(event, text)
        return event.tag is not None

    def _scalar(self, event: Any) -> Scalar:
        node = read_scalar(_mark(event), event.value, is_plain=event.style in {None, ""})
        hidden = next((letter for letter in node.text if _is_odd(letter)), None)
        if hidden is not None:
            text = f"The value has the hidden character U+{ord(hidden):04X}, which is not allowed."
            self._report(event, text)
            node.is_reported = True
        return node

    def _sequence(self, place: Place, depth: int) -> Sequence:
        node = Sequence(place)
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            node.items.append(self._node(event, depth=depth + 1))
        return node

    def _mapping(self, place: Place, depth: int) -> Mapping:
        node = Mapping(place)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth=depth + 1)
            value = self._node(next(self._events), depth=depth + 1)
            self._add(node, key, value)
        return node

    def _add(self, node: Mapping, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar) or key.kind != "text":
            if not key.is_reported:
                text = f"A key must be text; found {key.found}."
                self.problems.append(Problem(key.place, text))
        elif key.text in node.entries:
            text = f"The key {key.text[:60]} is given twice; it was first given in line {node.keys[key.text].line}."
            self.problems.append(Problem(key.place, text))
        else:
            node.entries[key.text], node.keys[key.text] = value, key.place

    def _report(self, event: Any, text: str) -> None:
        self.problems.append(Problem(_mark(event), text))


def _is_odd(letter: str) -> bool:
    return is_hidden(letter) and letter != "\n"


def _mark(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
