"""The two words that make a role eligible, and the words that people write by mistake."""

import re
from collections.abc import Sequence
from functools import lru_cache

from eligibility.entitlements import ActivationType
from eligibility.syntax import Call, MapOf, Message, Name, Node, Select, levels

WORDS = {
    ActivationType.JIT: "jitAccessConstraint",
    ActivationType.MPA: "multiPartyApprovalConstraint",
}
_TYPES = {word.lower(): activation_type for activation_type, word in WORDS.items()}
_STEMS = ("jitaccess", "multipartyapproval")
_TYPING_ERRORS = 2
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOISE = re.compile(r"[\s_]")


def marker_type(node: Node) -> ActivationType | None:
    """Return what the node marks when it is `has({}.<marker>)`, in any case."""
    match node:
        case Call(
            function=has, target=None, arguments=(Select(operand=MapOf(entries=()), field=word),)
        ):
            return _TYPES.get(word.lower()) if has.lower() == "has" else None
        case _:
            return None


def may_hold_marker(text: str) -> bool:
    """Return whether it is worth parsing the text: quick, and true rather once too often."""
    squeezed = _NOISE.sub("", text.lower())
    return any(stem in squeezed for stem in _STEMS) or any(map(resembles, _WORD.findall(text)))


def marker_like_words(nodes: Sequence[Node]) -> list[str]:
    """Return the names in the trees that are markers, or look as if they were meant to be."""
    words = [word for level in levels(nodes) for node in level for word in _names(node)]
    return [word for word in words if resembles(word)]


def closest(word: str) -> str:
    """Return the marker that was probably meant."""
    folded = _folded(word)
    return min(WORDS.values(), key=lambda marker: _distance(folded, marker.lower()))


def resembles(word: str) -> bool:
    folded = _folded(word)
    return any(stem in folded for stem in _STEMS) or any(
        _distance(folded, marker) <= _TYPING_ERRORS
        for marker in _TYPES
        if abs(len(marker) - len(folded)) <= _TYPING_ERRORS
    )


def _names(node: Node) -> tuple[str, ...]:
    match node:
        case Name(text=word) | Select(field=word) | Call(function=word):
            return (word,)
        case Message(fields=fields):
            return tuple(word for word, _ in fields)
        case _:
            return ()


def _folded(word: str) -> str:
    return word.lower().replace("_", "").lstrip(".")


@lru_cache(maxsize=1024)
def _distance(one: str, other: str) -> int:
    """Return how many letters must be typed, deleted or changed to get from one to the other."""
    row = list(range(len(other) + 1))
    for count, letter in enumerate(one, start=1):
        above, row = row, [count]
        for index, wanted in enumerate(other):
            row.append(min(above[index] + (letter != wanted), above[index + 1] + 1, row[index] + 1))
    return row[-1]
