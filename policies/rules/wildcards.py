"""Which of many wildcards match a text, without regular expressions: `*` stands for any characters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

WILDCARD = "*"
# A wildcard, and the rules that have it.
_Entry = tuple[str, int]


def matches(wildcard: str, text: str) -> bool:
    """Return whether a wildcard matches the whole text, in time that grows with both lengths only."""
    first, *rest = wildcard.split(WILDCARD)
    if not rest:
        return first == text
    *middle, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


class WildcardIndex:
    """Tells which rules have a wildcard that matches; a set of rules is a number with a bit for each.

    A wildcard is found by three letters in a row that it needs and few others do, so that only few are
    compared with a text as a whole.
    """

    def __init__(self, wildcards: Iterable[tuple[str, int]]) -> None:
        merged: dict[str, int] = defaultdict(int)
        for wildcard, rules in wildcards:
            merged[wildcard] |= rules
        self._exact = {one: rules for one, rules in merged.items() if WILDCARD not in one}
        inexact = {one: rules for one, rules in merged.items() if WILDCARD in one}
        common = Counter(three for one in inexact for three in _needed(one))
        # Wildcards without three letters in a row have the key "".
        self._by_letters: dict[str, list[_Entry]] = {}
        for one, rules in inexact.items():
            rarest = min(_needed(one), key=lambda three: (common[three], three), default="")
            self._by_letters.setdefault(rarest, []).append((one, rules))

    def rules(self, text: str) -> int:
        """Return the rules of all wildcards that match the text."""
        found = self._exact.get(text, 0)
        for letters in {"", *_threes(text)} & self._by_letters.keys():
            for wildcard, rules in self._by_letters[letters]:
                if matches(wildcard, text):
                    found |= rules
        return found


def _needed(wildcard: str) -> set[str]:
    return {three for part in wildcard.split(WILDCARD) for three in _threes(part)}


def _threes(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}
