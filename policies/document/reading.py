"""Reads an access policy: text in, a frozen document with its hash and warnings out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.document.problems import Place, Problem

if TYPE_CHECKING:
    from policies.document.shape import Document


@dataclass(frozen=True, slots=True)
class Reading:
    """A document that is valid; `sha256` is of the text in UTF-8, `places` of the rules."""

    document: Document
    sha256: str
    warnings: tuple[Problem, ...]
    places: tuple[Place, ...]


def read(text: str) -> Reading:
    """Read a document.

    :raises InvalidDocument: with everything that is wrong, each at its line and column.
    """
    # YAML and pydantic take 11 MiB and a tenth of the start, and a process without a policy needs neither.
    from policies.document.validation import validated  # noqa: PLC0415

    document, warnings, places = validated(text)
    return Reading(document, digest(text), warnings, places)


def digest(text: str) -> str:
    """Return the SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
