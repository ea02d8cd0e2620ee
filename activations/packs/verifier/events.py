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

# What a sealed event must not have.
UNSEALED = (*CONTENT[2:], "request_id", "grant_id", "person_email", "pseudonymized_by")


def canonical(value: Any) -> str:
    """Return one text for one value: sorted keys, no blanks, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_of(row: dict[str, Any]) -> str:
    """Return what the hash of an event covers beside the previous hash."""
    content = {name: row[name] for name in CONTENT}
    content["request"], content["grant"] = row["request_id"] or "", row["grant_id"] or ""
    content["beneficiary_email"] = row["person_email"]
    return canonical(content)


def event_hash(row: dict[str, Any]) -> str:
    """Return the hash of an event: SHA-256 over the previous hash, a line feed and the content."""
    return hashlib.sha256(f"{row['previous_hash']}\n{content_of(row)}".encode()).hexdigest()


def check_pseudonymizations(check: Verification) -> None:
    """Verify the events that recorded changes of others, and keep the digests that they contain."""
    if "data/pseudonymizations.jsonl" not in check.pack.names():
        return  # a pack of an earlier version
    for row in check.pack.rows("pseudonymizations"):
        number = row["sequence"]
        if row["kind"] != "evidence.migrated" or event_hash(row) != row["hash"]:
            check.wrong(f"event {number} in pseudonymizations.jsonl does not match its hash")
            continue
        check.recorded[number] = row["hash"]
        for changed, digest in row["details"]["events"].items():
            values = (int(changed), number, digest)
            check.db.execute("INSERT OR REPLACE INTO pseudonymized VALUES (?, ?, ?)", values)


def is_pseudonymized(check: Verification, row: dict[str, Any]) -> bool:
    """Whether a later event recorded exactly this content as the one after a change."""
    number = row.get("pseudonymized_by") or 0
    query = "SELECT digest FROM pseudonymized WHERE sequence = ? AND recorded_by = ?"
    found = check.db.execute(query, (row["sequence"], number)).fetchone()
    digest = hashlib.sha256(content_of(row).encode()).hexdigest()
    return bool(found and found[0] == digest and number > row["sequence"])


def check_chain(check: Verification) -> None:
    """Verify every event and its link to the one before."""
    said, before = check.manifest["chain"], None
    anchors = dict(head.split(":") for head in check.options.head)
    for row in check.pack.rows("events"):
        mark = {"sequence": row["sequence"], "hash": row["hash"]}
        if before is None and said["first"] != mark:
            check.wrong(f"the chain begins with {mark}, manifest.json says {said['first']}")
        check_event(check, row, before)
        check_subject(check, row)
        if anchors.pop(str(row["sequence"]), row["hash"]) != row["hash"]:
            check.wrong(f"event {row['sequence']} is not the one that was given as --head")
        before = mark
        if row["kind"]:
            keep_event(check.db, row)
    note_pseudonyms(check)
    note_sealed(check)
    if before != said["last"]:
        check.wrong(f"the chain ends with {before}, manifest.json says {said['last']}")
    for number in anchors:
        check.notes.append(f"Event {number}, given as --head, is not in this pack")


def check_event(check: Verification, row: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Verify one event; of one without a kind, which is sealed, only its link."""
    number = row["sequence"]
    if before and (number != before["sequence"] + 1 or row["previous_hash"] != before["hash"]):
        check.wrong(f"event {number} does not continue event {before['sequence']}")
    if check.recorded.get(number, row["hash"]) != row["hash"]:
        check.wrong(f"event {number} differs from the one in pseudonymizations.jsonl")
    if row["kind"] and event_hash(row) != row["hash"]:
        if is_pseudonymized(check, row):
            check.pseudonymized += 1
        else:
            check.wrong(f"event {number} was changed: its content does not match its hash")


def check_subject(check: Verification, row: dict[str, Any]) -> None:
    """Accept an event without its content only where it is about something else than the pack, and the other way round."""
    number, about = row["sequence"], check.manifest["access_review"]
    project = check.manifest["project_id"]
    if not row["kind"]:
        check.sealed += 1
        check_sealed(check, row)
    elif about and row["details"].get("campaign") != about["campaign_id"]:
        check.wrong(f"event {number} is not about the access review of this pack")
    elif project and row["project_id"] not in {"", project}:
        check.wrong(f"event {number} is about {row['project_id']}, the pack is about {project}")


def check_sealed(check: Verification, row: dict[str, Any]) -> None:
    """Verify that a sealed event belongs into the pack, and says nothing: its hash does not cover what is shown of it."""
    number = row["sequence"]
    if not check.manifest["project_id"] and not check.manifest["access_review"]:
        check.wrong(f"event {number} has no content: in a pack of all projects each event has")
    if said := [name for name in UNSEALED if row.get(name)]:
        check.wrong(f"event {number} has no kind, so that nothing proves its {', '.join(said)}")


def note_sealed(check: Verification) -> None:
    """Say how many events have no content, and what that leaves unproven."""
    if not check.sealed:
        return
    about = "access review" if check.manifest["access_review"] else "project"
    check.notes.append(
        f"{check.sealed} events are sealed: the pack has only their number, time and hashes. That none of them is about"
        f" the {about} of this pack is not verified, nor are their times: it takes a pack of all projects"
    )


def note_pseudonyms(check: Verification) -> None:
    """Say how many events contain pseudonyms, and which events recorded that."""
    if not check.pseudonymized:
        return
    check.notes.append(
        f"{check.pseudonymized} events contain pseudonyms instead of names. Their content matches what later events"
        " recorded, not their own hash. To be sure of these later events, compare them with the log, or with"
        " --head and a later pack:"
    )
    check.notes += [f"  {number}:{digest}" for number, digest in sorted(check.recorded.items())]


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
