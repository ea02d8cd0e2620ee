"""The hash chain of the evidence: canonical JSON and SHA-256 over each event and its predecessor."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

GENESIS = "0" * 64


class Mark(NamedTuple):
    """The position of an event in the chain, for the log entry about it."""

    kind: str
    sequence: int
    hash: str


def canonical_json(value: Mapping[str, Any]) -> str:
    """Return one text for one value: sorted keys, no blanks, non-ASCII letters unescaped."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form of some content."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def chain_hash(*, previous: str, content: Mapping[str, Any]) -> str:
    """Return the hash of an event, given the hash of the event before it."""
    return hashlib.sha256(f"{previous}\n{canonical_json(content)}".encode()).hexdigest()


def timestamp(moment: datetime) -> str:
    """Return an instant in UTC with microseconds, always in the same format."""
    # A third of the time of `strftime`; an export formats millions.
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds').removesuffix('+00:00')}Z"
