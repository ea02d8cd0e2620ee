"""Finds rows that are in a table more than once, which would be counted more than once."""

from __future__ import annotations

from activations.packs.verifier.events import canonical
from activations.packs.verifier.files import Verification

# What identifies a row. Accesses have no number: see `check_access`.
KEYS = {
    "requests": ("request_id",),
    "grants": ("grant_id",),
    "after_reviews": ("request_id",),
    "policy_versions": ("proposal_id",),
    "access_reviews": ("campaign_id",),
    "access_review_items": ("campaign_id", "item"),
}


def check_repeated(check: Verification) -> None:
    """Find rows with the same number, also when they are the same in every other column."""
    there = set(check.pack.names())
    for table, columns in KEYS.items():
        if f"data/{table}.jsonl" in there:
            check_repeated_in(check, table, columns)


def check_repeated_in(check: Verification, table: str, columns: tuple[str, ...]) -> None:
    """Find the repeated rows of one table."""
    for row in check.pack.rows(table):
        key = canonical({name: row[name] for name in columns})
        query = "INSERT OR IGNORE INTO listed (name, key) VALUES (?, ?)"
        if not check.db.execute(query, (table, key)).rowcount:
            check.wrong(f"{table}.jsonl: the row with {key} is there more than once")
