"""Compares access reviews and their items with the events."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from activations.packs.verifier.events import canonical
from activations.packs.verifier.files import Verification

# Columns that have the name of their field.
SAME_REVIEW = (
    *("name", "state", "project", "role", "member", "activation_type", "due_at", "created_at"),
    *(
        "created_by",
        "opened_at",
        "indexed_at",
        "reminded_at",
        "overdue_at",
        "closed_at",
        "closed_by",
    ),
)
# Facts of an item, which its digest covers, and their columns.
ITEM_FACTS = {
    "number": "item",
    "member": "member",
    "role": "role",
    "role_title": "role_title",
    "node": "attached_to",
    "place_name": "place_name",
    "activation_type": "activation_type",
    "title": "binding_title",
    "description": "binding_description",
    "expression": "binding_expression",
    "resource_condition": "resource_condition",
    "last_used": "last_used",
}
UNDECIDED: dict[str, Any] = {
    "decision": "",
    "comment": "",
    "decided_at": None,
    "decided_by": "",
    "decided_by_subject": "",
    "version": 0,
}
COUNTED = {"items": None, "kept": "keep", "removed": "remove", "undecided": ""}


def owner_of(campaign: Any) -> str:
    """Return the name under which the rows of an access review are kept."""
    return f"access review {campaign}"


def rebuilt(check: Verification, owner: str, kind: str, key: str) -> dict[str, Any] | None:
    """Return a row as its events record it, and mark it as seen."""
    where = "WHERE request = ? AND kind = ? AND key = ?"
    query = f"SELECT data FROM rebuilt {where}"  # noqa: S608
    found = check.db.execute(query, (owner, kind, key)).fetchone()
    check.db.execute(f"UPDATE rebuilt SET seen = seen + 1 {where}", (owner, kind, key))  # noqa: S608
    data: dict[str, Any] | None = json.loads(found[0]) if found else None
    return data


def check_access_reviews(check: Verification) -> None:
    """Compare access reviews and items with their events, in both directions."""
    reviews: dict[str, dict[str, Any]] = {}
    for row in check.pack.rows("access_reviews"):
        owner = owner_of(row["campaign_id"])
        known = rebuilt(check, owner, "campaign", str(row["campaign_id"]))
        if known is None:
            check.wrong(f"{owner}: no event records it")
            continue
        reviews[owner] = known
        compare_review(check, owner, row, known)
    counts = compare_items(check, reviews)
    if not check.manifest["project_id"]:
        for row in check.pack.rows("access_reviews"):
            compare_counts(check, row, counts)
    find_missing(check)


def compare_review(
    check: Verification, owner: str, row: dict[str, Any], known: dict[str, Any]
) -> None:
    """Compare one access review."""
    said = {column: known[column] for column in SAME_REVIEW if column in known}
    check.compare(owner, row, said)
    query = "SELECT key FROM rebuilt WHERE request = ? AND kind = 'campaign_reviewer'"
    named = sorted(key for (key,) in check.db.execute(query, (owner,)))
    if sorted(row["reviewers"]) != named:
        check.wrong(f"{owner}: reviewers is {row['reviewers']!r}, its events say {named!r}")
    last = check.db.execute(
        "SELECT sequence, hash FROM event WHERE request = ? ORDER BY sequence DESC", (owner,)
    ).fetchone()
    if last != (row["event_sequence"], row["event_hash"]):
        check.wrong(f"{owner}: its last event is {last}, not {row['event_sequence']}")


def compare_items(check: Verification, reviews: dict[str, dict[str, Any]]) -> Counter[Any]:
    """Compare all items; return how many there are of each decision, by access review."""
    counts: Counter[Any] = Counter()
    digests = {owner: hashlib.sha256() for owner in reviews}
    for row in check.pack.rows("access_review_items"):
        owner = owner_of(row["campaign_id"])
        counts[owner, row["decision"]] += 1
        counts[owner, None] += 1
        if owner not in reviews:
            check.wrong(f"item {row['item']} of {owner}, which is not in access_reviews.jsonl")
            continue
        facts = {field: row[column] for field, column in ITEM_FACTS.items()}
        decided = {name: row[name] for name in UNDECIDED}
        digests[owner].update(canonical({**facts, **decided}).encode())
        compare_item(check, row, canonical(facts))
        compare_copies(check, row, reviews[owner])
    for owner, known in reviews.items():
        said = known.get("decisions_sha256", digests[owner].hexdigest())
        if said != digests[owner].hexdigest() and not check.manifest["project_id"]:
            check.wrong(
                f"{owner}: its decisions do not match the SHA-256 of the event that closed it"
            )
    return counts


def compare_item(check: Verification, row: dict[str, Any], facts: str) -> None:
    """Compare one item with its events."""
    owner = owner_of(row["campaign_id"])
    name = f"item {row['item']} of {owner}"
    known = rebuilt(check, owner, "campaign_item", str(row["item"]))
    if known is None or "sha256" not in known:
        check.wrong(f"{name}: no event records it")
        return
    if hashlib.sha256(facts.encode()).hexdigest() != known["sha256"]:
        check.wrong(f"{name}: its binding is not the one that its event recorded")
    expected = {**UNDECIDED, **known, "assigned_to": known["reviewer"]}
    for column in ("assigned_to", *UNDECIDED):
        if row[column] != expected[column]:
            check.wrong(f"{name}: {column} is {row[column]!r}, its events say {expected[column]!r}")


def compare_copies(check: Verification, row: dict[str, Any], known: dict[str, Any]) -> None:
    """Compare the columns that repeat others."""
    node = row["attached_to"]
    kind, _, address = row["member"].partition(":")
    expected = {
        "project_id": node[len("projects/") :] if node.startswith("projects/") else "",
        "via_group": address if kind == "group" else "",
        "campaign": known.get("name", row["campaign"]),
        "campaign_state": known.get("state", row["campaign_state"]),
        "due_at": known.get("due_at", row["due_at"]),
        "indexed_at": known.get("indexed_at", row["indexed_at"]),
    }
    for column, value in expected.items():
        if row[column] != value:
            name = f"item {row['item']} of {owner_of(row['campaign_id'])}"
            check.wrong(f"{name}: {column} is {row[column]!r}, not {value!r}")


def compare_counts(check: Verification, row: dict[str, Any], counts: Counter[Any]) -> None:
    """Compare how many items an access review says that it has."""
    owner = owner_of(row["campaign_id"])
    for column, decision in COUNTED.items():
        if row[column] != counts[owner, decision]:
            check.wrong(
                f"{owner}: {column} is {row[column]}, its items say {counts[owner, decision]}"
            )


def find_missing(check: Verification) -> None:
    """Find access reviews and items that are in the events only."""
    query = "SELECT key, data FROM rebuilt WHERE kind = 'campaign' AND seen = 0"
    for key, text in check.db.execute(query):
        if is_wanted(check, key, json.loads(text)):
            check.wrong(f"{owner_of(key)} is in the events, but not in access_reviews.jsonl")
    query = (
        "SELECT item.request, item.key, item.data FROM rebuilt item JOIN rebuilt review"
        " ON review.request = item.request AND review.kind = 'campaign' AND review.seen > 0"
        " WHERE item.kind = 'campaign_item' AND item.seen = 0"
    )
    unknown = 0
    for owner, key, text in check.db.execute(query):
        # In a pack of one project, only events about items of that project say which project it is.
        if not check.manifest["project_id"] or json.loads(text).get("is_shown"):
            check.wrong(
                f"item {key} of {owner} is in the events, but not in access_review_items.jsonl"
            )
        else:
            unknown += 1
    if unknown:
        check.notes.append(
            f"{unknown} items of access reviews are not in this pack of one project. That none of them"
            " is one of this project that nobody decided is not verified: it takes a pack of all projects"
        )


def is_wanted(check: Verification, key: str, data: dict[str, Any]) -> bool:
    """Whether the pack must contain an access review: opened or closed in the period, or the one it is about."""
    about = check.manifest["access_review"]
    if about:
        return bool(key == str(about["campaign_id"]))
    times = (data.get("opened_at"), data.get("closed_at"))
    return any(check.start <= time < check.end for time in times if time)
