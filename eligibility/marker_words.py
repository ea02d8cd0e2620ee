"""The two markers that make a role eligible, and words that are easily mistaken for them."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from eligibility.entitlements import ActivationType
from eligibility.syntax import Call, MapOf, Message, Name, Node, Select, levels

WORDS = {
    ActivationType.JIT: "jitAccessConstraint",
    ActivationType.MPA: "multiPartyApprovalConstraint",
}
_TYPES = {word.lower(): activation_type for activation_type, word in WORDS.items()}
# Similar markers of other products; the last two are those of JIT Groups.
_ALIASES = {
    "mpaaccessconstraint": ActivationType.MPA,
    "externalapprovalconstraint": ActivationType.MPA,
    "reviewerprivilege": ActivationType.MPA,
}
_OF_JIT_GROUPS = frozenset({"externalapprovalconstraint", "reviewerprivilege"})
_STEMS = ("jitaccess", "multipartyapproval", *_ALIASES)
# Cyrillic and Greek letters that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "\u0430\u0432\u0441\u0435\u043d\u0456\u0458\u043a\u043c\u043e\u0440\u0455\u0442\u0443\u0445\u0501\u04bb"
    "\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03f3",
    "abcehijkmopstyxdhaeiknoptuxj",
)
_TYPING_ERRORS = 2
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ANY_WORD = re.compile(r"[\w\u200b-\u200d\u2060\ufeff]+")
_NOISE = re.compile(r"[\s_]")


def marker_type(node: Node) -> ActivationType | None:
    """Return the activation type when the node is `has({}.<marker>)`, ignoring case; otherwise None."""
    match node:
        case Call(
            function=has, target=None, arguments=(Select(operand=MapOf(entries=()), field=word),)
        ):
            return _TYPES.get(word.lower()) if has.lower() == "has" else None
        case _:
            return None


def may_hold_marker(text: str) -> bool:
    """Return whether the text may contain a marker. Fast, and may return true without reason."""
    plain = latin(text)
    squeezed = _NOISE.sub("", plain.lower())
    return any(stem in squeezed for stem in _STEMS) or any(map(resembles, _WORD.findall(plain)))


def latin(text: str) -> str:
    """Return the text with look-alikes of Latin letters replaced and invisible characters removed."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text).lower().translate(_LOOKALIKES)
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")


def disguised_marker(text: str) -> str:
    """Return the first word that looks like a marker but has non-Latin letters, or ''."""
    words = (found for found in _ANY_WORD.findall(text) if not found.isascii())
    return next((word for word in words if resembles(latin(word))), "")


def suffixed_marker(node: Node) -> tuple[str, str] | None:
    """Return marker and suffix of `has({}.<marker>.<suffix>)`."""
    match node:
        case Call(
            function=has,
            target=None,
            arguments=(
                Select(operand=Select(operand=MapOf(entries=()), field=word), field=suffix),
            ),
        ) if has.lower() == "has" and word.lower() in _TYPES:
            return WORDS[_TYPES[word.lower()]], suffix
        case _:
            return None


def is_of_jit_groups(word: str) -> bool:
    return _folded(word) in _OF_JIT_GROUPS


def marker_like_words(nodes: Sequence[Node]) -> list[str]:
    """Return the names in the trees that are or resemble markers."""
    words = [word for level in levels(nodes) for node in level for word in _names(node)]
    return [word for word in words if resembles(word)]


def closest(word: str) -> str:
    """Return the marker that is most similar to the word."""
    folded = _folded(word)
    if folded in _ALIASES:
        return WORDS[_ALIASES[folded]]
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
    """Return the Levenshtein distance: the letters to insert, delete or change."""
    row = list(range(len(other) + 1))
    for count, letter in enumerate(one, start=1):
        above, row = row, [count]
        for index, wanted in enumerate(other):
            row.append(min(above[index] + (letter != wanted), above[index + 1] + 1, row[index] + 1))
    return row[-1]
