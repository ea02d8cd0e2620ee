"""Anybody can compute the hash of an event from its content."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

from activations.domain.chain import GENESIS, canonical_json, chain_hash, timestamp


def test_content_is_json_with_sorted_keys_no_spaces_and_unescaped_characters() -> None:
    content = {"b": [1, None, {"z": True, "a": "größe 😀"}], "a": 'say "hi"\n'}
    assert canonical_json(content) == (
        r'{"a":"say \"hi\"\n","b":[1,null,{"a":"größe 😀","z":true}]}'
    )


def test_a_hash_covers_the_hash_before_a_line_break_and_the_content_in_utf_8() -> None:
    text = f"{GENESIS}\n" + '{"a":"ö"}'
    expected = hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert chain_hash(previous=GENESIS, content={"a": "ö"}) == expected
    assert chain_hash(previous=expected, content={"a": "ö"}) != expected


def test_the_chain_begins_with_64_zeros() -> None:
    assert set(GENESIS) == {"0"}
    assert len(GENESIS) == len(chain_hash(previous=GENESIS, content={}))


def test_a_moment_is_written_in_utc_with_six_digits_of_a_second() -> None:
    berlin = timezone(timedelta(hours=1))
    assert timestamp(datetime(2030, 1, 1, 13, tzinfo=berlin)) == "2030-01-01T12:00:00.000000Z"
    later = datetime(2030, 1, 1, 12, 0, 5, 42, tzinfo=UTC)
    assert timestamp(later) == "2030-01-01T12:00:05.000042Z"
