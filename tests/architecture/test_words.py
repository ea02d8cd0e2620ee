"""Texts are plain professional English; phrases that were replaced once do not come back."""

from __future__ import annotations

import re

import pytest

from tests.architecture.repository import name_of, tracked

# The patterns on the left were replaced by words like those on the right; see docs/style.md.
REPLACED = {
    r"\banew\b": "again",
    r"half letters": "unpaired surrogates",
    r"\b(?:is|be|are|was) at it\b": "is in progress",
    r"\bhad back\b": "granted again",
    r"\b(?:given|gives?|giving) (?:\w+ )?back\b": "end, ended",
    r"(?:its|their) time (?:was|is) over": "expired",
    r"\b(?:is|are|was|were) over(?=[.,;:]|$| and\b)": "has ended, expired",
    r"has not told": "has not confirmed",
    r"decided so": "already made this decision",
    r"nothing to do for you": "no action is needed",
    r"as far as (?:is )?known": "probably",
    r"answer awaited": "expires",
    r"before the line above is right": "fix the line above first",
    r"keep(?:s)? (?:them|it)sel(?:ves|f) honest": "constraints",
    r"\bmendable\b|\bmend(?:s|ed|ing)?\b": "fix",
    r"\bforgets\b": "expires, caches, deletes",
    r"\bwhoever\b": "anyone who, a person who",
    r"\bhow things stand\b": "current state",
    r"\bsee to it\b": "make sure",
    r"\bas (?:ever|always) \w+ed\b": "as before",
    r"\b(?:by|for|of|to) oneself\b|\bones? own\b|\bone's own\b": "yourself, your own",
    r"\bcourier|\bnudge(?!_)\b|\bhire[ds]?\b": "sender, background delivery",
    r"\btidying\b": "clean-up",
    r"in spite of": "despite",
    r"\bto no avail\b|\bin vain\b": "without effect",
    r"nobody is let in|\blets? (?:people|anybody|nobody|somebody) in\b": "is rejected, is accepted",
    r"cannot be told(?: before| without|\.)": "not checked, cannot be determined",
    r"cannot be worked out": "cannot be determined",
    r"\bnothing tells\b|\b(?:is|are) told so\b": "is not configured, reads that",
    r"\bSee whether\b": "check that",
    r"\b(?:was|were|is|are) given up\b": "timed out, could not be delivered",
    r"\bin our words\b|\bin words of our own\b": "with our own types and errors",
    r"\bto be had\b": "available",
    r"\bat hand\b": "available",
    r"\bwhat stands in\b": "the content of",
    r"\bDjango's handle on\b": "app configuration",
    r"\bkeeps? nobody (?:waiting|from)\b": "does not delay",
    r"\bstart(?:ed|s)? afresh\b": "start with an empty database",
    r"\borganisation": "organization, as Google writes it",
    r"compat-spec|google-facts|\bdesign \d": "say it here: readers do not have that document",
}
SUFFIXES = ("", ".py", ".html", ".txt", ".md", ".js", ".css", ".tf", ".yaml", ".toml")
THIS = "tests/architecture/test_words.py"
EXEMPT = (THIS, "docs/style.md", "tests/vectors/", "requirements", "LICENSE")


@pytest.mark.parametrize("phrase", REPLACED)
def test_phrases_that_were_replaced_stay_out(phrase: str) -> None:
    pattern = re.compile(phrase, re.IGNORECASE)
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in tracked(*SUFFIXES)
        if not name_of(path).startswith(EXEMPT)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], f"write: {REPLACED[phrase]}"
