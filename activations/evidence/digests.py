"""SHA-256 of rows that were created before events recorded whole rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from activations.domain.chain import canonical_json
from activations.evidence.fields import Change, Table

# The fields that a digest covers are listed here and must not change when fields are added or change their class:
# old digests in the evidence must stay comparable.
FIXED = {
    "request": "id activation_type beneficiary_email project_id role resource_condition role_key minutes"
    " justification requested_at expires_at extends base_url channel address device_id access_levels trace"
    " idempotency_key fingerprint adopted_key beneficiary",
    "reviewer": "request email part asked_at user",
    "review": "request reviewer reviewer_email part decision comment decided_at channel address device_id",
    "grant": "id request project_id role resource_condition role_key beneficiary_email start_time end_time"
    " eligible_by eligible_at",
}
# Also covered once the row has reached a final state.
SETTLED = {
    "request": "state decided_at",
    "reviewer": "",
    "review": "",
    "grant": "state binding_end binding_title binding_description binding_expression written_at"
    " write_attempts etag_before etag_after failure failure_kind ending_asked_at ending_asked_by"
    " ending_reason ending_comment ending_failure ended_at end_reason",
}


def covered(table: Table) -> list[str]:
    """Return all fields that a digest may cover."""
    return [*FIXED[table.name].split(), *SETTLED[table.name].split()]


def digest(table: Table, values: Mapping[str, Any]) -> str:
    """Return the digest of a row with its current values."""
    names = covered(table) if table.is_final(values) else FIXED[table.name].split()
    return _hash(values, names)


def matches(table: Table, values: Mapping[str, Any], expected: str) -> bool:
    """Whether a row may have had this digest: it may have changed state since, and empty fields may be set."""
    return any(_hash(row, names) == expected for row, names in _earlier(table, values))


def _earlier(
    table: Table, values: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    fixed = FIXED[table.name].split()
    once = [name for name in fixed if table.changes[name] is Change.ONCE and values[name]]
    for names, blanks in product((covered(table), fixed), ({}, dict.fromkeys(once))):
        yield {**values, **blanks}, names


def _hash(values: Mapping[str, Any], names: list[str]) -> str:
    return hashlib.sha256(
        canonical_json({name: values[name] for name in names}).encode()
    ).hexdigest()
