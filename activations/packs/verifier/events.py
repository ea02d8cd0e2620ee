"""Verifies the chain of events, and rebuilds rows from what they record."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from activations.packs.verifier.files import Verification

CONTENT = (
    *("sequence", "at", "kind", "project_id", "role", "actor_email", "actor_subject"),
    *("was", "became", "comment", "details"),
)


def canonical(value: Any) -> str:
    """Return one text for one value: sorted keys, no blanks, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_hash(row: dict[str, Any]) -> str:
    """Return the hash of an event: SHA-256 over the previous hash, a line feed and the content."""
    content = {name: row[name] for name in CONTENT}
    content["request"], content["grant"] = row["request_id"] or "", row["grant_id"] or ""
    content["beneficiary_email"] = row["person_email"]
    return hashlib.sha256(f"{row['previous_hash']}\n{canonical(content)}".encode()).hexdigest()


def check_chain(check: Verification) -> None:
    """Verify every event and its link to the one before."""
    said, before = check.manifest["chain"], None
    anchors = dict(head.split(":") for head in check.options.head)
    for row in check.pack.rows("events"):
        mark = {"sequence": row["sequence"], "hash": row["hash"]}
        if before is None and said["first"] != mark:
            check.wrong(f"the chain begins with {mark}, manifest.json says {said['first']}")
        check_event(check, row, before)
        if anchors.pop(str(row["sequence"]), row["hash"]) != row["hash"]:
            check.wrong(f"event {row['sequence']} is not the one that was given as --head")
        before = mark
        keep_event(check.db, row)
    if before != said["last"]:
        check.wrong(f"the chain ends with {before}, manifest.json says {said['last']}")
    for number in anchors:
        check.notes.append(f"Event {number}, given as --head, is not in this pack")


def check_event(check: Verification, row: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Verify one event. One without a kind belongs to another project: only its link is verified."""
    number = row["sequence"]
    if before and (number != before["sequence"] + 1 or row["previous_hash"] != before["hash"]):
        check.wrong(f"event {number} does not continue event {before['sequence']}")
    if row["kind"] and event_hash(row) != row["hash"]:
        check.wrong(f"event {number} was changed: its content does not match its hash")


def keep_event(db: sqlite3.Connection, row: dict[str, Any]) -> None:
    """Keep what later checks need."""
    owner = row["request_id"] or access_review_of(row)
    keys = (row["sequence"], row["hash"], owner, row["grant_id"], row["kind"])
    db.execute("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)", keys)
    if not owner:
        return
    for kind, values in (row["details"].get("rows") or {}).items():
        own = {"request": row["request_id"], "grant": row["grant_id"]}.get(kind)
        for key, fields in ({own: values} if own else values).items():
            merge(db, (owner, kind, key), {**fields, **also_known(row)})


def access_review_of(row: dict[str, Any]) -> str | None:
    """Return the access review whose rows an event contains; sealed events contain none."""
    key = row["details"].get("campaign")
    return f"access review {key}" if key is not None and row["details"].get("rows") else None


def also_known(row: dict[str, Any]) -> dict[str, Any]:
    """Return what an event of an access review says about its row besides the values of fields."""
    if row["kind"] == "campaign.closed":
        return {"decisions_sha256": row["details"].get("decisions_sha256")}
    return {"is_shown": True} if row["kind"].startswith("campaign.item_") else {}


def merge(db: sqlite3.Connection, where: tuple[str, str, str], fields: dict[str, Any]) -> None:
    """Apply new values of some fields to a rebuilt row."""
    query = "SELECT data FROM rebuilt WHERE request = ? AND kind = ? AND key = ?"
    found = db.execute(query, where).fetchone()
    data = canonical({**(json.loads(found[0]) if found else {}), **fields})
    db.execute(
        "INSERT INTO rebuilt (request, kind, key, data) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (request, kind, key) DO UPDATE SET data = excluded.data",
        (*where, data),
    )
