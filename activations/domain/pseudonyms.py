"""Replaces the addresses and the account of a person by pseudonyms, in texts and in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

# A reserved name: no mail can be sent to it, and nobody can own it.
DOMAIN = "removed.invalid"
# How the pseudonym of an account begins.
REMOVED = "removed:"
ACCOUNT = "accounts.google.com:"
# Google's numbers of accounts have 21 digits. A shorter number in a text may mean anything.
LEAST_DIGITS = 15
# Where a name may begin and end, so that a part of a longer address is left alone. `%3A` and `%40` are
# the colon and the at sign in the address of a page.
BEGIN = r"(?:(?<=%3A)|(?<![\w%])(?<!\w[-'.+]))"
END = r"(?![\w-])(?!\.\w)"


def is_pseudonym(name: str) -> bool:
    """Whether the name is one that replaced another."""
    return name.endswith(f"@{DOMAIN}") or name.startswith(REMOVED)


class Pseudonyms:
    """Knows which names are replaced by which pseudonyms, each by one of its own.

    Addresses match in any case and only as a whole; stable IDs also without Google's prefix.
    """

    def __init__(self, pseudonyms: Mapping[str, str]) -> None:
        self.of_names = {name.lower(): pseudonym for name, pseudonym in pseudonyms.items()}
        self._replaced = dict(self.of_names)
        for name, pseudonym in self.of_names.items():
            number = name.removeprefix(ACCOUNT)
            if number != name and number.isdecimal() and len(number) >= LEAST_DIGITS:
                self._replaced[number] = pseudonym
            if "@" in name:
                self._replaced[name.replace("@", "%40")] = pseudonym.replace("@", "%40")
        longest_first = sorted(self._replaced, key=len, reverse=True)
        names = "|".join(re.escape(name) for name in longest_first)
        self._pattern = re.compile(f"{BEGIN}(?:{names}){END}", re.IGNORECASE)

    @property
    def terms(self) -> list[str]:
        """What every text that may contain one of the names contains, in lower case."""
        return sorted(self._replaced)

    def has(self, name: str) -> bool:
        """Whether the name is one that is replaced."""
        return name.lower() in self.of_names

    def in_text(self, text: str) -> str:
        """Return the text with pseudonyms in place of the names."""
        return self._pattern.sub(lambda found: self._replaced[found[0].lower()], text)

    def in_json(self, value: Any) -> Any:
        """Return a value with pseudonyms in place of the names, in its keys too."""
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, Mapping):
            return {self.in_text(key): self.in_json(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.in_json(item) for item in value]
        return value


def names_in(texts: Iterable[str]) -> list[str]:
    """Return the names that are not empty and no pseudonyms, each once, in lower case."""
    found = (text.strip().lower() for text in texts)
    return [name for name in dict.fromkeys(found) if name and not is_pseudonym(name)]
