"""The first page of a pack, for an auditor who has never seen the product."""

from __future__ import annotations

from typing import Any

from activations.packs.review_readme import ERASED, ORIGIN, review_readme

SIGNED = """This pack is signed. Google signed the file manifest.json for the service account of JIT Access, and the manifest
contains the hash of every other file. verify.py shows the account and the fingerprint of its key."""

UNSIGNED = """THIS PACK IS NOT SIGNED.
{reason}
Its files can be compared with each other and with the chain of events, but nothing in the pack proves where it
comes from. Ask for the log entry of this pack (event pack.made), which has the SHA-256 of manifest.json."""

TEXT = """EVIDENCE PACK OF JIT ACCESS

{signature}

Period         {first_day} to {last_day}, whole days in UTC
Project        {project}
Made           {made_at} by {made_by}
Data as of     {data_as_of}
Version        JIT Access {product_version}
Pack           {pack_id}

WHAT THIS IS

JIT Access gives people roles in Google Cloud for a limited time. Somebody who is eligible for a role requests it with a
justification. Some roles need the approval of another person. JIT Access then adds a binding to the project's IAM
policy, with a condition that ends access at a certain time. This pack contains what JIT Access recorded about
that in the period, and what is needed to verify the records.

WHAT IS IN IT

Each table is there twice: as CSV for spreadsheets, and as JSON Lines, one object per line, for programs.
In CSV, a cell that a spreadsheet would treat as a formula begins with an apostrophe.

data/access            START HERE. One row for each time that a person held a role without interruption: who, which role, from
                       when to when, why it ended, the justifications, and who approved.
data/requests          One row per request, with any result: also those that were declined, withdrawn or expired.
data/grants            One row per binding that was written to IAM, or should have been. An access consists of grants.
data/after_reviews     Whether each use of break glass was justified: who judged it, when, and what they said.
data/access_reviews    Reviews of who may request which role, opened or closed in the period: filters, reviewers, and how many
                       items were kept, removed or left undecided.
data/access_review_items  One row per item of them: who may request what, and who decided what about it, with the comment.
data/events            Everything that happened, in the order in which it was recorded. See "The chain" below.
data/pseudonymizations The events that recorded how names in others were replaced by pseudonyms. Usually empty.
data/policy_versions   The access policies that were in force, proposed or decided in the period, with their text.
data/eligibility       Who may request which role. This is the state at {eligibility}, not that of the period.
manifest.json          The hash and the number of rows of each file, and the ends of the chain.
manifest.jwt, key.json The signature of manifest.json and the public key, if the pack is signed.
verify.py              A program that verifies the pack.

The tables contain the requests that were made in the period, and those whose access lasted into it. So
some begin before the first day or end after the last.

HOW TO ANSWER A QUESTION

Who held a role in the period, and who approved?   Filter data/access by project_id and role.
Follow one access from request to removal:         Take request_ids and grant_ids of its row in data/access, look them up
                                                   in data/requests and data/grants, and filter data/events by grant_id.
Was the binding removed from IAM?                  removed_at in data/grants says when it was seen to be gone.
                                                   Access itself ends with the condition, at actual_end.
Was an emergency reviewed?                         Find the request in data/after_reviews: outcome, reviewer_email, comment.
Did somebody review who is eligible?               data/access_reviews, then its items by campaign_id in data/access_review_items.
Who changed the rules?                             data/policy_versions: proposed_by, decided_by, second_person.

HOW TO VERIFY IT

You need Python 3.9 or newer, and nothing else. Extract the pack and run in its folder:

    python3 -I verify.py

It verifies the hash of each file, the signature, the chain of events, that requests, grants, after-reviews and access
reviews match their events and each other, that access policies match their texts and events, that accesses are what their
grants add up to, and that the CSV files match the others. It ends with "The pack is valid." or says what is wrong. It does not compare what no event records: removed_at in data/grants,
differs_from_events, author_email and created_at in data/policy_versions, and data/eligibility.

{origin}

THE CHAIN

Events are numbered without gaps, and each contains the hash of the event before it, so that none can be changed, left out or
added later without a trace. Times are in UTC. {sealed}

{erased}, and the network address and device of the person's own steps.

Who may sign in is decided by Google's Identity-Aware Proxy; person_subject is its stable ID of the account.

WHAT IT DOES NOT PROVE

The pack contains what JIT Access recorded. That its bindings were written is proved by Google's own Cloud Audit Logs (method
SetIamPolicy, by the service account of JIT Access). Access that people have without JIT Access is not in it.
"""

SEALED = """Of events
of other projects the pack contains only number, time and hashes; they have no kind. verify.py says how many these are. It cannot
verify their times, nor that none of them is about this project: compare with a pack of all projects if that matters."""


def readme(manifest: dict[str, Any]) -> bytes:
    """Return the text for a pack with this manifest."""
    said = manifest["signature"]
    signature = (SIGNED if said["signed"] else UNSIGNED).format(**said)
    if manifest["access_review"]:
        return review_readme(manifest, signature).encode()
    project = manifest["project_id"]
    text = TEXT.format(
        **{name: manifest[name] for name in ("made_at", "made_by", "data_as_of", "pack_id")},
        product_version=manifest["product_version"],
        first_day=manifest["period"]["first_day"],
        last_day=manifest["period"]["last_day"],
        project=project or "all projects",
        signature=signature,
        origin=ORIGIN,
        erased=ERASED,
        eligibility=manifest["eligibility_at"] or "no time: there is no index",
        sealed=SEALED if project else "",
    )
    return text.encode()
