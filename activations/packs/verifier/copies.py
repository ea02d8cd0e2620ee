"""Compares what grants repeat of their requests, and what requests say about their grants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from activations.packs.verifier.files import Verification

SAME_AS_REQUEST = (
    *("activation_id", "parent_id", "person_subject", "device_id", "access_levels"),
    *("origin_address", "channel", "activation_type", "justification", "requested_minutes"),
    *("requested_at", "decided_at", "trace", "ticket", "approved_by", "approved_at"),
    *("approval_comments", "reviewers_asked", "break_glass", "start_at"),
)
# Columns of other tables, and the columns of the request that they repeat.
OF_REQUEST = {
    **{name: name for name in SAME_AS_REQUEST},
    "rule": "granted_rule",
    "policy_sha256": "granted_policy_sha256",
}
GAVE_ACCESS = {"ACTIVE", "ENDED"}
OUTCOMES = {"pending": "ACTIVATION_PENDING"}
# A request that was approved has the first of these outcomes that one of its grants has.
PRECEDENCE = ("SCHEDULED", "PROVISIONING", "ACTIVE", "FAILED", "ENDED", "WITHDRAWN")


def check_copies(check: Verification) -> None:
    """Compare each grant with its request, and each request with all its grants."""
    for key, request, text in check.db.execute("SELECT id, request, data FROM held"):
        compare_with_request(check, f"grant {key}", request, json.loads(text), OF_REQUEST)
    for row in check.pack.rows("requests"):
        compare_with_grants(check, row)


def compare_with_request(
    check: Verification, name: str, request: str, row: dict[str, Any], columns: Mapping[str, str]
) -> None:
    """Compare the columns of a row that repeat its request."""
    found = check.db.execute("SELECT data FROM asked WHERE id = ?", (request,)).fetchone()
    if found is None:
        check.wrong(f"{name}: its request {request} is not in requests.jsonl")
        return
    known = json.loads(found[0])
    said = {
        column: known[of_request]
        for column, of_request in columns.items()
        if column in row and of_request in known
    }
    check.compare(name, row, said, "request says")


def compare_with_grants(check: Verification, row: dict[str, Any]) -> None:
    """Compare what a request says about its grants; the order of several is not compared."""
    query = "SELECT data FROM held WHERE request = ?"
    found = check.db.execute(query, (row["request_id"],))
    grants = [json.loads(text) for (text,) in found]
    for grant in grants:
        if grant["outcome"] not in GAVE_ACCESS and grant["access_end"] is not None:
            check.wrong(f"grant {grant['grant_id']}: access_end, although it gave no access")
    said = {**summary(grants), "outcome": outcome_of(check, row, grants)}
    if not grants:
        said["roles"] = [role for role in asked_roles(check, row["request_id"]) if role]
    for column, value in said.items():
        if column in row and in_order(row[column]) != value:
            check.wrong(
                f"request {row['request_id']}: {column} is {row[column]!r}, its grants say {value!r}"
            )


def summary(grants: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the grants of a request say together; lists are sorted."""
    ends = [grant["access_end"] for grant in grants if grant["outcome"] in GAVE_ACCESS]
    return {
        "roles": sorted(grant["role"] for grant in grants),
        "grant_ids": sorted(grant["grant_id"] for grant in grants),
        "start": min((grant["start"] for grant in grants), default=None),
        "planned_end": max((grant["planned_end"] for grant in grants), default=None),
        "failures": sorted(grant["failure"] for grant in grants if grant["failure"]),
        "ended_by": sorted({grant["ended_by"] for grant in grants} - {""}),
        "access_end": None if None in ends else max(ends, default=None),
    }


def in_order(value: Any) -> Any:
    """Return a list in the order of its values, and anything else as it is."""
    return sorted(value) if isinstance(value, list) else value


def asked_roles(check: Verification, request: str) -> Iterator[str]:
    """Yield the role that a request without grants names, as its events say."""
    query = "SELECT data FROM rebuilt WHERE request = ? AND kind = 'request' AND key = ?"
    for (text,) in check.db.execute(query, (request, request)):
        yield json.loads(text).get("role", "")


def outcome_of(check: Verification, row: dict[str, Any], grants: list[dict[str, Any]]) -> Any:
    """Return the outcome of a request at the moment of the pack: its own until it is approved, then that of its grants."""
    if row["state"] == "pending" and (row["expires_at"] or "9") <= check.manifest["data_as_of"]:
        return "EXPIRED"
    if row["state"] != "approved":
        return OUTCOMES.get(row["state"], row["state"].upper())
    found = [grant["outcome"] for grant in grants] or ["PROVISIONING"]
    return next((outcome for outcome in PRECEDENCE if outcome in found), "")
