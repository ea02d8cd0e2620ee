"""JSON from outside is parsed, and deep nesting is refused before Python's parser meets it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from googlecloud.json_text import DEEPEST, is_too_deep, parse

TEXTS = st.text(alphabet=st.sampled_from('[]{}"\\/a,:é\n'), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=60,
)


@given(value=VALUES)
def test_every_usual_value_is_parsed(value: object) -> None:
    # More brackets than the limit, side by side: the text is examined closely.
    many = [value, *([] for _ in range(DEEPEST))]
    assert parse(json.dumps(many, ensure_ascii=False).encode()) == many


@given(before=VALUES, after=VALUES, opening=st.sampled_from(["[", '{"a":', '{"\\"[":', '["]",']))
def test_deep_values_are_found_between_all_others(
    before: object, after: object, opening: str
) -> None:
    closing = "]" if opening.startswith("[") else "}"
    deepest = opening * (DEEPEST - 1) + "1" + closing * (DEEPEST - 1)
    around = "[" + json.dumps(before) + ",%s," + json.dumps(after) + "]"
    allowed, refused = around % deepest, around % f"[{deepest}]"
    assert parse(allowed.encode()) == json.loads(allowed)
    assert is_too_deep(refused.encode())


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'["' + b"]" * 500 + b'",' + b"[" * 500,
        b'["\\"' + b"]" * 500 + b'",' + b"[" * 500,
        b'["\\\\",' + b"[" * 500,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    ],
)
def test_deep_nesting_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="nested deeper than 100 levels"):
        parse(text)


@pytest.mark.parametrize("text", [b"", b"\xff", b"\xef\xbb\xbf[]", b"[1", b"\x00[\x001\x00]"])
def test_what_is_no_json_in_utf_8_is_refused(text: bytes) -> None:
    with pytest.raises((json.JSONDecodeError, UnicodeDecodeError)):
        parse(text)
