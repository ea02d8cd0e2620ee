"""Which permissions each part gives: administrator, auditor, manager, reviewer."""

from __future__ import annotations

from itertools import product

import pytest

from activations.domain.permissions import NO_PERMISSIONS, Permissions

HISTORY = {
    "activations.view_request",
    "activations.view_grant",
    "activations.view_event",
    "activations.view_outboxmessage",
    "activations.view_eligiblemember",
    "activations.view_afterreview",
    "activations.export_history",
}
ADMINISTRATION = {
    "activations.resend_message",
    "activations.revoke_grant",
    "activations.stop_person",
}
QUEUE = {"activations.view_queueditem", "activations.review_request"}
PARTS = {
    "is_administrator": HISTORY | ADMINISTRATION | QUEUE,
    "is_auditor": HISTORY,
    "is_manager": QUEUE,
    "is_asked": QUEUE,
}


@pytest.mark.parametrize("chosen", [*product([False, True], repeat=len(PARTS))])
def test_a_person_may_do_what_any_of_their_parts_may_do_and_nothing_else(
    chosen: tuple[bool, ...],
) -> None:
    parts = dict(zip(PARTS, chosen, strict=True))
    allowed: set[str] = set().union(*(PARTS[part] for part, is_held in parts.items() if is_held))
    person = Permissions(**parts)
    assert person.names == allowed
    assert person.sees_history == (allowed >= HISTORY)
    assert person.sees_queue == (allowed >= QUEUE)
    assert person.sees_admin == bool(allowed)


def test_parts_must_be_granted_explicitly() -> None:
    person = Permissions()
    parts = (person.is_administrator, person.is_auditor, person.is_manager, person.is_asked)
    assert parts == (False, False, False, False)
    assert person == NO_PERMISSIONS
