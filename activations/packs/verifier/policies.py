"""Compares access policies with their texts and with the events about them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from activations.packs.verifier.events import canonical
from activations.packs.verifier.files import Verification

PROPOSED = ("policy.proposed", "policy.imported")
DECIDED = ("policy.activated", "policy.rejected", "policy.imported")
IN_FORCE = ("policy.activated", "policy.imported")

UNDECIDED_PROPOSAL = {"decided_by": "", "decision_comment": "", "second_person": None}


def keep_policy_steps(check: Verification) -> None:
    """Keep the events about access policies."""
    for row in check.pack.rows("events"):
        if row["kind"] in {*PROPOSED, *DECIDED}:
            values = (row["sequence"], row["details"]["proposal"], row["kind"], canonical(row))
            check.db.execute("INSERT OR IGNORE INTO policy_step VALUES (?, ?, ?, ?)", values)


def check_policies(check: Verification) -> None:
    """Hash the text of each access policy, and compare who proposed and decided it with the events."""
    keep_policy_steps(check)
    for row in check.pack.rows("policy_versions"):
        if hashlib.sha256(row["text"].encode()).hexdigest() != row["policy_sha256"]:
            check.wrong(f"policy {row['policy_sha256']}: its text has another hash")
        compare_proposal(check, row)
    left = "SELECT DISTINCT proposal, data FROM policy_step WHERE proposal NOT IN (SELECT id FROM proposed)"
    for proposal, text in check.db.execute(left):
        if check.start <= json.loads(text)["at"] < check.end:
            check.wrong(f"proposal {proposal} is in the events, but not in policy_versions.jsonl")


def compare_proposal(check: Verification, row: dict[str, Any]) -> None:
    """Compare one proposal. Its events may be from before the pack, or after its period."""
    key, name = row["proposal_id"], f"proposal {row['proposal_id']}"
    check.db.execute("INSERT OR IGNORE INTO proposed VALUES (?)", (key,))
    proposed, decided = (step_of(check, key, kinds) for kinds in (PROPOSED, DECIDED))
    for step, time in ((proposed, row["proposed_at"]), (decided, row["decided_at"])):
        if step is None and time and check.start <= time < check.end:
            check.wrong(f"{name}: no event records what happened at {time}")
    said = {**proposed_by(proposed), **decided_by(row, decided), **replaced_at(check, row, decided)}
    check.compare(name, row, said)


def step_of(check: Verification, proposal: int, kinds: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the event of one of these kinds about a proposal."""
    query = "SELECT kind, data FROM policy_step WHERE proposal = ?"
    found = check.db.execute(query, (proposal,))
    return next((json.loads(text) for kind, text in found if kind in kinds), None)


def proposed_by(step: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the event of a proposal says about it."""
    if step is None:
        return {}
    details = step["details"]
    return {
        "version_id": details["version"],
        "policy_sha256": details["sha256"],
        "base_sha256": details["base_sha256"] or None,
        "proposed_by": step["actor_email"],
        "proposed_at": step["at"],
        "comment": step["comment"] if step["kind"] == "policy.proposed" else "",
        "as_deployment": details["as_deployment"],
    }


def decided_by(row: dict[str, Any], step: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the event of a decision says about it; without a decision, nobody took it."""
    if step is None:
        return {} if row["decided_at"] else UNDECIDED_PROPOSAL
    return {
        "decided_by": step["actor_email"],
        "decided_at": step["at"],
        "decision_comment": step["comment"],
        "second_person": step["details"]["second_person"],
    }


def replaced_at(
    check: Verification, row: dict[str, Any], decided: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the state, and when another version came into force after this one."""
    is_rejected = row["state"] == "REJECTED" if decided is None else decided["kind"] not in IN_FORCE
    if is_rejected or not row["decided_at"]:
        return {"state": "REJECTED" if is_rejected else "PROPOSED", "replaced_at": None}
    if decided is None and row["decided_at"] >= check.end:
        return {}
    query = "SELECT data FROM policy_step WHERE sequence > ? AND kind IN (?, ?) ORDER BY sequence"
    after = decided["sequence"] if decided else 0
    found = check.db.execute(query, (after, *IN_FORCE)).fetchone()
    at = json.loads(found[0])["at"] if found else None
    if at is None and (row["replaced_at"] or "") >= check.end:
        at = row["replaced_at"]  # the event is from after the period
    return {"state": "REPLACED" if at else "ACTIVE", "replaced_at": at}
