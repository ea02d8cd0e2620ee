"""YAML's own errors in plain words."""

from __future__ import annotations

import yaml

from policies.document.problems import Place, Problem

# What the reader says, in C and in Python, and what the author can do about it.
_WORDS = (
    (
        "mapping values are not allowed",
        "A colon is not expected here. Put text that has a colon in quotes, and align keys.",
    ),
    (
        "sequence entries are not allowed",
        "A list cannot begin here. Begin it on the next line, or write [one, two].",
    ),
    (
        "cannot start any token",
        "A value cannot begin with this character. Put text in quotes, and indent with blanks.",
    ),
    (
        "scanning an alias",
        "A text that begins with * needs quotes. Aliases are not allowed.",
    ),
    (
        "scanning an anchor",
        "A text that begins with & needs quotes. Anchors are not allowed.",
    ),
    ("scanning a tag", "Tags are not allowed. A text that begins with ! needs quotes."),
    ("parsing a tag", "Tags are not allowed. A text that begins with ! needs quotes."),
    ("incompatible YAML", "The document asks for another version of YAML. Delete this line."),
    ("directive", "A line that begins with % is a directive, which is not allowed. Delete it."),
    ("block scalar", "After | or >, the text begins on the next line, and is indented."),
    ("plain scalar", "Text that has a colon needs quotes."),
    (
        "mapping keys are not allowed",
        "A key is not expected here. Write KEY: VALUE, without a question mark.",
    ),
    (
        "<document start>",
        "The document has ended before this. Align keys with those of the same level.",
    ),
    ("unexpected document indicator", "A quoted text has no closing quote."),
    ("hexdecimal", "A text in double quotes has an escape that YAML does not know."),
    ("unexpected end of stream", "A quoted text has no closing quote."),
    ("unexpected document separator", "A quoted text has no closing quote."),
    ("unknown escape character", "A text in double quotes has an escape that YAML does not know."),
    ("escape", "A text in double quotes has an escape that YAML does not know."),
    (
        "'-' indicator",
        "A list entry is not aligned with those before it; each begins with a hyphen.",
    ),
    ("',' or '}'", "A comma or a closing brace } is missing before this."),
    ("',' or ']'", "A comma or a closing bracket ] is missing before this."),
    ("expected key", "A key with a colon is expected here, aligned with those before it."),
    ("could not find expected ':'", "A key without a colon. Write KEY: VALUE."),
    ("node content", "A value is missing here, or a bracket is not closed."),
    ("undefined tag handle", "Tags are not allowed. Write the value without a tag."),
    ("tab", "Indent with blanks, not with tabs."),
)


def plain_words(error: yaml.MarkedYAMLError) -> Problem:
    """Return a problem at the position where the text cannot be read further."""
    is_quote = "quoted scalar" in (error.context or "") and "escape" not in (error.problem or "")
    # An open quote swallows the rest of the text, so its beginning says more than its end.
    mark = (error.context_mark if is_quote else None) or error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    said = f"{error.context or ''}: {error.problem or ''}"
    words = next((words for needle, words in _WORDS if needle in said), None)
    return Problem(
        place, words or "This is not valid YAML. Check indentation, quotes and brackets."
    )
