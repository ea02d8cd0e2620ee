"""Compares the rows of the exports with the events, with each other, and with the CSV files."""

from __future__ import annotations

import csv
import io
import json
from itertools import zip_longest
from typing import Any

from activations.packs.verifier.events import canonical
from activations.packs.verifier.files import Verification

TABLES_OF_A_REVIEW = ("events", "access_reviews", "access_review_items", "pseudonymizations")
TABLES = (
    *("requests", "grants", "access", "eligibility", "policy_versions", "after_reviews"),
    *TABLES_OF_A_REVIEW,
)
# Columns of the exports, and the fields that events record for them; most have the same name.
SAME = {
    "request": "project_id resource_condition device_id access_levels channel activation_type"
    " justification requested_at expires_at decided_at state trace ticket ticket_url rule"
    " policy_sha256 granted_rule granted_policy_sha256 break_glass start_at",
    "grant": "project_id resource_condition role eligible_by eligible_at binding_end written_at"
    " failure failure_kind binding_title binding_description binding_expression etag_before"
    " etag_after write_attempts",
}
OTHER = {
    "request": {
        "request_id": "id",
        "person_email": "beneficiary_email",
        "origin_address": "address",
        "requested_minutes": "minutes",
    },
    "grant": {
        "grant_id": "id",
        "request_id": "request",
        "person_email": "beneficiary_email",
        "start": "start_time",
        "planned_end": "end_time",
    },
}
ENDED_BY_PEOPLE = {"ended by holder", "revoked"}
Rebuilt = dict[tuple[str, str], dict[str, Any]]


def check_rows(check: Verification) -> None:
    """Compare requests and grants with their events, in both directions."""
    old = 0
    for row in check.pack.rows("requests"):
        old += not is_compared(check, "request", row)
        values = (row["request_id"], canonical(row))
        check.db.execute("INSERT OR IGNORE INTO asked (id, data) VALUES (?, ?)", values)
    for row in check.pack.rows("grants"):
        old += not is_compared(check, "grant", row)
        held = (row["grant_id"], row["request_id"], canonical(row))
        check.db.execute("INSERT OR IGNORE INTO held (id, request, data) VALUES (?, ?, ?)", held)
    if old:
        check.notes.append(
            f"{old} rows are older than version 0.2.0, whose events contain whole rows:"
            " they were compared with the numbers of their events only"
        )
    unseen = (
        "SELECT kind, key, data, request IN (SELECT id FROM asked) FROM rebuilt"
        " WHERE seen = 0 AND kind IN ('request', 'grant')"
    )
    for kind, key, text, is_asked in check.db.execute(unseen):
        # All grants of a request are in the pack, also those that gave no access.
        if (kind == "grant" and is_asked) or is_expected(check, kind, json.loads(text)):
            check.wrong(f"{kind} {key} is in the events, but not in {kind}s.jsonl")


def is_expected(check: Verification, kind: str, data: dict[str, Any]) -> bool:
    """Whether the pack must contain the row: requested, or active, in its period."""
    if kind == "request":
        return bool(check.start <= data.get("requested_at", "") < check.end)
    if data.get("state") not in {"active", "ended"} or "start_time" not in data:
        return False
    end = data.get("ended_at") or data["end_time"]
    return bool(data["start_time"] < check.end and end > check.start)


def is_compared(check: Verification, kind: str, row: dict[str, Any]) -> bool:
    """Compare one row; return whether its events contain the row, as they do since version 0.2.0."""
    key, request = row[f"{kind}_id"], row["request_id"]
    last = check.db.execute(
        f'SELECT sequence, hash FROM event WHERE "{kind}" = ? ORDER BY sequence DESC',  # noqa: S608
        (key,),
    ).fetchone()
    if last != (row["event_sequence"], row["event_hash"]):
        check.wrong(f"{kind} {key}: its last event is {last}, not {row['event_sequence']}")
    query = "SELECT kind, key, data FROM rebuilt WHERE request = ?"
    found: Rebuilt = {
        (of, name): json.loads(data) for of, name, data in check.db.execute(query, (request,))
    }
    known = found.get((kind, key), {})
    if "id" not in known:
        return last is None
    where = (request, kind, key)
    mark = "UPDATE rebuilt SET seen = seen + 1 WHERE request = ? AND kind = ? AND key = ?"
    check.db.execute(f"{mark}", where)
    said = expected(check, kind, known, found).items()
    check.compare(f"{kind} {key}", row, {column: value for column, value in said if column in row})
    return True


def expected(
    check: Verification, kind: str, known: dict[str, Any], found: Rebuilt
) -> dict[str, Any]:
    """Return the columns that the events of a row determine."""
    names = {name: name for name in SAME[kind].split()} | OTHER[kind]
    values = {column: known[field] for column, field in names.items() if field in known}
    values |= approvals_of(found)
    if kind == "grant":
        return values | times_of(check, known) | {"ended_by": early_end_of(known)}
    return values | own_values_of(check, known)


def approvals_of(found: Rebuilt) -> dict[str, Any]:
    """Return who approved a request, when and with which words, and who was asked."""
    approvals = [
        one
        for (of, _), one in found.items()
        if of == "review" and one.get("decision") == "approved" and not one.get("void_at")
    ]
    approvals.sort(key=lambda one: (one["decided_at"], one["reviewer_email"]))
    asked = {one["email"] for (of, _), one in found.items() if of == "reviewer"}
    return {
        "approved_by": [
            f"{one['reviewer_email']} for {absent}"
            if (absent := one.get("on_behalf_of"))
            else one["reviewer_email"]
            for one in approvals
        ],
        "approved_at": [one["decided_at"] for one in approvals],
        "approval_comments": [one["comment"] for one in approvals],
        "reviewers_asked": sorted(asked),
    }


def own_values_of(check: Verification, known: dict[str, Any]) -> dict[str, Any]:
    """Return what a request's values say about its person, its number in logs, and the request that it extends."""
    values = {
        "activation_id": f"{known['activation_type'].lower()}-{known['id']}",
        "person_subject": known["beneficiary"] or "",
    }
    if known["extends"] is None:
        return values | {"parent_id": None}
    query = 'SELECT request FROM event WHERE "grant" = ?'
    parent = check.db.execute(query, (known["extends"],)).fetchone()
    # The events of what it extends may be from before the pack.
    return values | ({"parent_id": parent[0]} if parent else {})


def early_end_of(known: dict[str, Any]) -> str:
    """Return who ended a grant before its time; '' when nobody did."""
    by_people = known["end_reason"] in ENDED_BY_PEOPLE
    return str(known["ending_asked_by"]) if by_people else ""


def times_of(check: Verification, known: dict[str, Any]) -> dict[str, Any]:
    """Return what a grant's state and times say about its end, at the moment of the pack."""
    is_over = known["end_time"] <= check.manifest["data_as_of"]
    is_past = known["state"] == "active" and is_over
    outcome = "ended" if is_past else known["state"]
    end = known.get("ended_at") or (known["end_time"] if outcome == "ended" else None)
    reason = known["end_reason"] if outcome in {"ended", "withdrawn"} else None
    if outcome == "ended":
        reason = reason or "expired"
    return {"outcome": outcome.upper(), "actual_end": end, "end_reason": reason}


def check_spreadsheets(check: Verification) -> None:
    """Compare each CSV file with the JSON Lines of the same name; apostrophes before formulas may differ."""
    csv.field_size_limit(2**31 - 1)
    has_changes = "data/pseudonymizations.csv" in check.pack.names()  # not in earlier versions
    tables = TABLES_OF_A_REVIEW if check.manifest["access_review"] else TABLES
    for table in tables if has_changes else tables[:-1]:
        with check.pack.open(f"data/{table}.csv") as stream:
            lines = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline=""))
            names = next(lines)
            for number, (line, row) in enumerate(zip_longest(lines, check.pack.rows(table)), 2):
                if line is None or row is None or not is_same(line, row, names):
                    check.wrong(f"{table}.csv, row {number}, differs from {table}.jsonl")


def is_same(line: list[str], row: dict[str, Any], names: list[str]) -> bool:
    """Whether a line of a CSV file has the values of a row."""
    values = [cell(row[name]) for name in names]
    return list(row) == names and all(
        shown in {value, f"'{value}"} for shown, value in zip_longest(line, values)
    )


def cell(value: Any) -> str:
    """Return a value as a cell shows it."""
    if isinstance(value, list):
        return "; ".join(cell(item) for item in value)
    if isinstance(value, dict):
        return canonical(value)
    return "" if value is None else str(value)
