"""Compares the reviews of break-glass access with their events."""

from __future__ import annotations

import json
from typing import Any

from activations.packs.verifier.copies import compare_with_request
from activations.packs.verifier.files import Verification

# Columns that have the name of their field.
SAME_AFTER_REVIEW = (
    "opened_at",
    "due_at",
    "asked",
    "state",
    "reviewer_email",
    "comment",
    "judged_at",
)

# Columns that repeat the request, and its columns.
COPIED = {
    **{name: name for name in ("activation_id", "person_subject", "person_email", "project_id")},
    **{name: name for name in ("justification", "ticket", "requested_at")},
    "rule": "granted_rule",
    "policy_sha256": "granted_policy_sha256",
}


def check_after_reviews(check: Verification) -> None:
    """Compare each after-review with its events, and find those that are missing."""
    for row in check.pack.rows("after_reviews"):
        compare_after_review(check, row)
    missing = (
        "SELECT one.request FROM rebuilt one JOIN rebuilt asked ON asked.request = one.request"
        " WHERE one.kind = 'after_review' AND one.seen = 0 AND asked.kind = 'request' AND asked.seen > 0"
    )
    for (request,) in check.db.execute(missing):
        check.wrong(
            f"the after-review of request {request} is in the events, but not in after_reviews.jsonl"
        )


def compare_after_review(check: Verification, row: dict[str, Any]) -> None:
    """Compare one after-review."""
    request = row["request_id"]
    last = check.db.execute(
        "SELECT sequence, hash FROM event WHERE request = ? AND kind LIKE 'after_review.%'"
        " ORDER BY sequence DESC",
        (request,),
    ).fetchone()
    name = f"after-review of request {request}"
    if last != (row["event_sequence"], row["event_hash"]):
        check.wrong(f"{name}: its last event is {last}, not {row['event_sequence']}")
    compare_with_request(check, name, request, row, COPIED)
    where = "WHERE request = ? AND kind = 'after_review'"
    found = check.db.execute(f"SELECT data FROM rebuilt {where}", (request,)).fetchone()  # noqa: S608
    if found is None:
        return
    check.db.execute(f"UPDATE rebuilt SET seen = seen + 1 {where}", (request,))  # noqa: S608
    known = json.loads(found[0])
    said = {column: known[column] for column in SAME_AFTER_REVIEW if column in known}
    said["outcome"] = outcome_of_review(check, row)
    said["reviewer_subject"] = known.get("reviewer") or ""
    check.compare(name, row, said)
    granted = check.db.execute("SELECT data FROM held WHERE request = ?", (request,))
    roles = sorted({json.loads(text)["role"] for (text,) in granted})
    if sorted(row["roles"]) != roles:
        check.wrong(f"{name}: roles is {row['roles']!r}, its grants say {roles!r}")


def outcome_of_review(check: Verification, row: dict[str, Any]) -> str:
    """Return the state at the moment of the pack, or `overdue` for one that is open for too long."""
    is_overdue = row["state"] == "open" and row["due_at"] <= check.manifest["data_as_of"]
    return "overdue" if is_overdue else str(row["state"])
