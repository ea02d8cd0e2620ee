"""Audit log entries about access policies, beside those about requests in `audit_log`."""

from __future__ import annotations

import logging

from activations.evidence.recording import labels_of_event
from activations.models import Event

logger = logging.getLogger("jitaccess.audit")

# The verb and the name of the entry, by the kind of the event.
STEPS = {
    "policy.proposed": ("proposed", "api.proposeAccessPolicy"),
    "policy.activated": ("activated", "api.activateAccessPolicy"),
    "policy.rejected": ("rejected", "api.rejectAccessPolicy"),
    "policy.imported": ("imported", "api.importAccessPolicy"),
}


def access_policy_changed(event: Event) -> None:
    """Log a step of an access policy, as its event records it."""
    verb, name = STEPS[event.kind]
    facts = event.details
    labels = {key: str(facts[key]) for key in ("proposal", "version", "sha256")} | {
        "second_person": "true" if facts["second_person"] else "false",
        "comment": event.comment,
    }
    logger.info(
        "User %s %s the access policy %s",
        event.actor_email,
        verb,
        facts["sha256"],
        extra={"event": name, "labels": labels | labels_of_event(event)},
    )
