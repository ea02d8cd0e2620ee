"""Parses JSON that others wrote; refuses deep nesting before Python's parser meets it.

That parser raises RecursionError only at the end of the stack. If Python collects garbage there, finalizers
of unrelated objects fail.
"""

import json
from itertools import accumulate
from typing import Any

# The limit of Google's own parser: https://protobuf.dev/programming-guides/proto-limits/
DEEPEST = 100
_STEPS = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_NO_BRACKETS = bytes(set(range(256)) - set(_STEPS))


def parse(text: bytes) -> Any:
    """Return the value of JSON in UTF-8.

    :raises ValueError: when `text` is not JSON, or nests lists and objects deeper than `DEEPEST`.
    """
    if is_too_deep(text):
        raise ValueError(f"JSON is nested deeper than {DEEPEST} levels")
    return json.loads(text.decode())


def is_too_deep(text: bytes) -> bool:
    """Return whether lists and objects nest deeper than `DEEPEST`; brackets within strings do not count."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return False
    without_escapes = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside_strings = b"".join(without_escapes.split(b'"')[::2])
    brackets = outside_strings.translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > DEEPEST
