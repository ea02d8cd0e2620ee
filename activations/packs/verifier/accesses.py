"""Makes each row of the accesses again from its grants, and compares it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from activations.packs.verifier.events import canonical
from activations.packs.verifier.files import Verification

# Columns that are the same in each grant of an access.
OF_EACH = ("project_id", "role", "resource_condition", "person_subject")
# Columns that list what the grants say, and the columns of these; the last two are lists themselves.
LISTED = {
    "grant_ids": "grant_id",
    "request_ids": "request_id",
    "justifications": "justification",
    "tickets": "ticket",
    "rules": "rule",
    "activation_types": "activation_type",
    "approved_by": "approved_by",
    "approval_comments": "approval_comments",
}
# The export of grants looks no further back for what continues an access: only adopted access lasts longer.
LONGEST_GRANT = timedelta(days=8)


def check_access(check: Verification) -> None:
    """Compare each access with its grants, and find grants that no access contains, or more than one."""
    for row in check.pack.rows("access"):
        parts = sorted(grants_of(check, row), key=place_of)
        name = f"access to {row['role']} from {row['start']}"
        if parts:
            compare_access(check, name, row, parts)
        else:
            check.wrong(f"{name}: it has no grants")
        person = (row["person_subject"] or row["person_email"], *(row[one] for one in OF_EACH[:3]))
        values = (canonical(person), row["start"], row["end"])
        check.db.execute("INSERT INTO lasting VALUES (?, ?, ?)", values)
    find_split(check)
    find_left_out(check)


def place_of(grant: dict[str, Any]) -> tuple[str, str, str]:
    """Return what grants of one access are ordered by."""
    return grant["start"], grant["actual_end"] or grant["planned_end"], grant["grant_id"]


def compare_access(
    check: Verification, name: str, row: dict[str, Any], parts: list[dict[str, Any]]
) -> None:
    """Compare one access with its grants, in the order of their starts."""
    # Without an account, only the address tells people apart.
    for column in (*OF_EACH, *(() if row["person_subject"] else ("person_email",))):
        if any(part[column] != row[column] for part in parts):
            check.wrong(f"{name}: {column} differs from its grants")
    last = last_of(check, name, parts)
    said = {column: value for column, value in made_of(parts, last).items() if column in row}
    check.compare(name, row, said, "grants say")
    if any(is_long(part) for part in parts):
        return
    for part in parts:
        if part["access_end"] != last["actual_end"]:
            check.wrong(f"grant {part['grant_id']}: access_end is not the end of its access")


def last_of(check: Verification, name: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the grant that ended last, or still lasts; the others must overlap or touch."""
    last = parts[0]
    for part in parts[1:]:
        if last["actual_end"] is None:
            break
        if part["start"] > last["actual_end"]:
            check.wrong(f"{name}: it was interrupted before {part['start']}")
        if part["actual_end"] is None or part["actual_end"] >= last["actual_end"]:
            last = part
    return last


def made_of(parts: list[dict[str, Any]], last: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of an access that consists of these grants, of which one ended last."""
    is_over = last["actual_end"] is not None
    latest = max(parts, key=lambda part: part["event_sequence"] or 0)
    return {
        "person_email": last["person_email"],
        "start": parts[0]["start"],
        "end": last["actual_end"],
        "end_reason": last["end_reason"] if is_over else None,
        "ended_by": last["ended_by"] if is_over else "",
        "grants": len(parts),
        **{name: each_once(parts, column) for name, column in LISTED.items()},
        "break_glass": any(part["break_glass"] for part in parts),
        "event_sequence": latest["event_sequence"],
        "event_hash": latest["event_hash"],
    }


def each_once(parts: list[dict[str, Any]], column: str) -> list[Any]:
    """Return the values of a column that are not empty, each once, in the order of the grants."""
    found = [part[column] for part in parts]
    values = [one for value in found for one in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(value for value in values if value not in {None, ""}))


def is_long(part: dict[str, Any]) -> bool:
    """Whether a grant lasts longer than those that people request."""
    # Python 3.9 does not know the Z.
    start, end = (
        datetime.fromisoformat(part[name].rstrip("Z")) for name in ("start", "planned_end")
    )
    return end - start > LONGEST_GRANT


def grants_of(check: Verification, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the grants of an access, and mark them as part of one."""
    parts = []
    for key in row["grant_ids"]:
        found = check.db.execute("SELECT data FROM held WHERE id = ?", (key,)).fetchone()
        if found is None:
            check.wrong(f"access to {row['role']}: grant {key} is not in grants.jsonl")
            continue
        parts.append(json.loads(found[0]))
        check.db.execute("UPDATE held SET in_access = in_access + 1 WHERE id = ?", (key,))
    return parts


def find_split(check: Verification) -> None:
    """Find accesses that another one of the same person and role continues: they are one access."""
    before, end = "", None
    query = "SELECT person, start, end FROM lasting ORDER BY person, start"
    for person, start, until in check.db.execute(query):
        if person != before:
            before, end = person, until
            continue
        if end is None or start <= end:
            check.wrong(f"access of {person} from {start} continues the one before it")
        end = None if end is None or until is None else max(end, until)


def find_left_out(check: Verification) -> None:
    """Find grants that gave access in the period and are in no access, and those in more than one."""
    end = min(check.end, check.manifest["data_as_of"])
    for key, text in check.db.execute("SELECT id, data FROM held WHERE in_access = 0"):
        row = json.loads(text)
        is_held = row["outcome"] in {"ACTIVE", "ENDED"} and row["start"] < end
        if is_held and (row["actual_end"] or check.end) > check.start:
            check.wrong(f"grant {key} is in no row of access.jsonl")
    for (key,) in check.db.execute("SELECT id FROM held WHERE in_access > 1"):
        check.wrong(f"grant {key} is in access.jsonl more than once")
