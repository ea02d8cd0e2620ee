"""The first page of a pack about one access review, for an auditor who has never seen the product."""

from __future__ import annotations

from typing import Any

# The same in every pack.
ORIGIN = """A person who changes a pack could also change verify.py. Take the program from another pack, or from the source of JIT
Access, if that matters, and name the file or folder after it. To be sure of the origin, compare with what the
pack cannot change: the log of the application has an entry for each pack, event pack.made.

    python3 -I verify.py --fingerprint FINGERPRINT     the key that signed, from the log entry
    python3 -I verify.py --head SEQUENCE:HASH          any event whose number and hash the log contains"""
ERASED = """When the names of a person had to be erased, pseudonyms (...@removed.invalid) stand in their place. The hash of such an event
covers what it contained before, so it still proves its place in the chain, but no longer what it contains. pseudonymized_by names
the later event that recorded the SHA-256 of the content as it is now. Compare it with an export or pack from before the change
to see that nothing else was changed than names"""
TEXT = """EVIDENCE PACK OF AN ACCESS REVIEW IN JIT ACCESS

{signature}

Access review  {campaign_id}: {name}
Made           {made_at} by {made_by}
Data as of     {data_as_of}
Version        JIT Access {product_version}
Pack           {pack_id}

WHAT THIS IS

JIT Access gives people roles in Google Cloud for a limited time. Who may request which role is said by eligible bindings in the IAM
policies of projects, folders and the organization. In an access review, people decide for each member of each eligible
binding whether it should stay. JIT Access removes no eligible binding itself: what was to be removed is a list that
administrators apply.

WHAT IS IN IT

Each table is there twice: as CSV for spreadsheets, and as JSON Lines, one object per line, for programs.
In CSV, a cell that a spreadsheet would treat as a formula begins with an apostrophe.

data/access_reviews       One row: what was reviewed (filters), who reviewed, when it was opened and closed and by whom, and how many items
                          were kept, removed or left undecided.
data/access_review_items  START HERE. One row per item: the member, role and binding as they were when the review was opened, when the
                          eligibility was last used, who was to decide, who decided what and when, and the comment.
data/events               The steps of the access review in the order in which they were recorded. See "The chain" below.
data/pseudonymizations    The events that recorded how names in others were replaced by pseudonyms. Usually empty.
manifest.json             The hash and the number of rows of each file, and the ends of the chain.
manifest.jwt, key.json    The signature of manifest.json and the public key, if the pack is signed.
verify.py                 A program that verifies the pack.

HOW TO ANSWER A QUESTION

Was everything reviewed?            undecided in data/access_reviews; decision is empty for these items.
Did anybody review themselves?      Compare member with decided_by in data/access_review_items. JIT Access refuses it, also for groups.
Was it in time?                     Compare due_at with closed_at and with decided_at; overdue_at says when it was marked overdue.
Was a decision changed?             version in data/access_review_items counts decisions; data/events has each of them.

HOW TO VERIFY IT

You need Python 3.9 or newer, and nothing else. Extract the pack and run in its folder:

    python3 -I verify.py

It verifies the hash of each file, the signature, the chain of events, that the access review and each item match their
events, that no item is missing, and that the CSV files match the others. It ends with "The pack is valid." or says what is wrong.

{origin}

THE CHAIN

Events are numbered without gaps, and each contains the hash of the event before it, so that none can be changed, left out or
added later without a trace. Times are in UTC. Of events about anything else the pack contains only number, time and
hashes; they have no kind. verify.py says how many these are. It cannot verify their times, nor that none of them is about this
access review: compare with a pack of all projects if that matters.

{erased}.

WHAT IT DOES NOT PROVE

The pack contains what JIT Access recorded. It does not prove that what was to be removed was removed: Google's own Cloud Audit Logs
(method SetIamPolicy) and the next access review do. Access that people have without JIT Access is not in it.
"""


def review_readme(manifest: dict[str, Any], signature: str) -> str:
    """Return the text for a pack with this manifest."""
    names = ("made_at", "made_by", "data_as_of", "pack_id", "product_version")
    return TEXT.format(
        **manifest["access_review"],
        **{name: manifest[name] for name in names},
        signature=signature,
        origin=ORIGIN,
        erased=ERASED,
    )
