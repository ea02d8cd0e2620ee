"""Cloud Asset's query language, as far as policy searches need it."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache

from simulator.errors import invalid

MOST_COMPARISONS = 10
LONGEST_QUERY = 2048
WORD = re.compile(r"[\w&]+")
LEXEME = re.compile(r'\s*([()]|"[^"]*"|[^\s()"]+)')
FIELD = re.compile(r"([A-Za-z][\w.]*)([:=])(.*)", re.DOTALL)

Texts = Mapping[str, Collection[str]]
"""The searchable texts of one binding, by field."""
Test = Callable[[Texts], bool]


@lru_cache(maxsize=200_000)
def words(text: str) -> tuple[str, ...]:
    """Return a text as Cloud Asset compares it: words, without case and punctuation."""
    return tuple(WORD.findall(text.casefold()))


def contains(text: str, phrase: Sequence[str], *, is_prefix: bool) -> bool:
    """Return whether the phrase's words follow one another in the text; the last may be a prefix."""
    found, size = words(text), len(phrase)
    *firsts, last = phrase
    return any(
        list(found[start : start + size - 1]) == firsts
        and (
            found[start + size - 1].startswith(last)
            if is_prefix
            else found[start + size - 1] == last
        )
        for start in range(len(found) - size + 1)
    )


class Query:
    """A query, parsed once and applied to many bindings.

    :raises ApiError: 400 for syntax that Cloud Asset, or this simulation of it, does not support.
    """

    def __init__(self, text: str, fields: Collection[str]) -> None:
        if len(text) > LONGEST_QUERY:
            raise invalid(f"Invalid query: more than {LONGEST_QUERY} characters.")
        self._lexemes = LEXEME.findall(text)
        self._fields = fields
        self._comparisons = 0
        if text.count('"') % 2:
            raise invalid("Invalid query: a phrase does not end.")
        self.matches: Test = self._either("") if self._lexemes else lambda _: True
        if self._lexemes:
            raise invalid(f"Invalid query: unexpected '{self._lexemes[0]}'.")

    def _either(self, field: str) -> Test:
        tests = [self._all(field)]
        while self._next("OR"):
            tests.append(self._all(field))
        return lambda texts: any(test(texts) for test in tests)

    def _all(self, field: str) -> Test:
        tests = [self._term(field)]
        while self._next("AND") or (self._lexemes and self._lexemes[0] not in (")", "OR")):
            tests.append(self._term(field))
        return lambda texts: all(test(texts) for test in tests)

    def _term(self, field: str) -> Test:
        if self._next("NOT"):
            inner = self._term(field)
            return lambda texts: not inner(texts)
        if self._next("("):
            inner = self._either(field)
            if not self._next(")"):
                raise invalid("Invalid query: missing ')'.")
            return inner
        return self._comparison(field)

    def _comparison(self, field: str) -> Test:
        lexeme = self._take()
        named = None if field or lexeme.startswith('"') else FIELD.fullmatch(lexeme)
        if named is None:
            return self._partial(field, lexeme)
        name, operator, value = named.groups()
        self._check_field(name, operator)
        if operator == "=":
            return self._exact(name, value or self._take())
        return self._partial(name, value) if value else self._term(name)

    def _check_field(self, name: str, operator: str) -> None:
        if name not in self._fields:
            raise invalid(f"Invalid query: field '{name}' is not searchable.")
        if name == "policy" and operator == "=":
            raise invalid("Invalid query: field 'policy' can only be used with ':'.")

    def _partial(self, field: str, value: str) -> Test:
        self._count()
        text = value.strip('"')
        phrase, is_prefix = words(text), text.endswith("*")
        if not phrase:
            raise invalid(f"Invalid query: nothing to search for in '{value}'.")
        names = [field] if field else list(self._fields)
        return lambda texts: any(
            contains(text, phrase, is_prefix=is_prefix)
            for name in names
            for text in texts.get(name, ())
        )

    def _exact(self, field: str, value: str) -> Test:
        self._count()
        return lambda texts: value.strip('"') in texts.get(field, ())

    def _count(self) -> None:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise invalid(f"Invalid query: more than {MOST_COMPARISONS} comparisons.")

    def _next(self, lexeme: str) -> bool:
        if self._lexemes and self._lexemes[0] == lexeme:
            self._lexemes.pop(0)
            return True
        return False

    def _take(self) -> str:
        if not self._lexemes or self._lexemes[0] in (")", "AND", "OR"):
            raise invalid("Invalid query: something to compare with is missing.")
        return str(self._lexemes.pop(0))
