"""Records what happens to packs: as events in the chain, and in the log, which nobody who changes the database can change."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from activations.domain.caller import Caller
from activations.evidence.recording import Step, labels_of_event, record, recording
from activations.models import Event
from activations.packs.making import Made, Order

logger = logging.getLogger("jitaccess.audit")
ORDERED, MADE, DOWNLOADED = "pack.ordered", "pack.made", "pack.downloaded"


def record_made(
    order: Order, made: Made, *, sha256: str, actor: Caller | None, at: datetime
) -> Event:
    """Record that a pack was made; call it in the transaction that makes it available."""
    details = facts(order) | {
        "made_by": order.made_by,
        "pack_sha256": sha256,
        "manifest_sha256": made.manifest_sha256,
        "rows": dict(made.rows),
        "chain": dict(made.chain),
        "key_fingerprint": made.fingerprint,
        "unsigned_because": made.unsigned_because,
    }
    return record(Step(kind=MADE, at=at, actor=actor, details=details))


def record_step(kind: str, order: Order, *, actor: Caller, at: datetime) -> None:
    """Record that somebody ordered or downloaded a pack."""
    with recording():
        record(Step(kind=kind, at=at, actor=actor, details=facts(order)))


def facts(order: Order) -> dict[str, Any]:
    """Return what every event about a pack says."""
    days = order.wanted.days
    return {
        "pack": str(order.pack_id),
        "first_day": str(days.first),
        "last_day": str(days.last),
        "project_id": order.wanted.project_id,
    } | ({"access_review": order.wanted.campaign} if order.wanted.campaign is not None else {})


def log_made(order: Order, made: Made, event: Event) -> None:
    """Log the fingerprint and the hash of the manifest, with which an auditor verifies the origin."""
    labels = {name: str(value) for name, value in facts(order).items() if value} | {
        "made_by": order.made_by,
        "manifest_sha256": made.manifest_sha256,
        "key_fingerprint": made.fingerprint or "none",
        **labels_of_event(event),
    }
    signed = "signed" if made.fingerprint else f"not signed: {made.unsigned_because}"
    logger.log(
        logging.INFO if made.fingerprint else logging.WARNING,
        "Evidence pack %s for %s was made by %s, %s",
        order.pack_id,
        order.wanted.days,
        order.made_by,
        signed,
        extra={"event": MADE, "labels": labels},
    )
