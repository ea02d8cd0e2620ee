"""Records findings, each once, and closes them: an event for each step."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from activations.domain.audit_entries import FindingKind
from activations.domain.caller import Caller
from activations.domain.refusals import Moved
from activations.domain.rules import Refusal
from activations.evidence.recording import Step, labels_of_event, record, recording
from activations.models import AuditEntry, AuditFinding, Grant

logger = logging.getLogger("jitaccess.google_audit")

LONGEST_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be recorded; it concerns an entry, or a grant without one."""

    kind: FindingKind
    words: str
    entry: AuditEntry | None = None
    grant: Grant | None = None

    @property
    def key(self) -> str:
        about = self.entry.key if self.entry else str(self.grant.pk if self.grant else "")
        return f"{self.kind.value}:{about}"

    @property
    def resource(self) -> str:
        if self.entry:
            return self.entry.resource
        return f"projects/{self.grant.project_id}" if self.grant else ""


def record_finding(found: Found, *, now: datetime) -> bool:
    """Store a finding with its event, and log it; return False when it is known already."""
    entry = found.entry
    with recording():
        if AuditFinding.objects.filter(key=found.key).exists():
            return False
        AuditFinding.objects.create(
            key=found.key,
            kind=found.kind,
            entry=entry,
            grant=found.grant,
            resource=found.resource,
            principal=entry.principal if entry else "",
            words=found.words,
            found_at=now,
        )
        details = {"finding": found.words, "resource": found.resource}
        if entry:
            details |= {"insert_id": entry.insert_id, "principal": entry.principal}
        event = record(
            Step(f"audit_log.{found.kind.value}", at=now, grant=found.grant, details=details)
        )
    labels = {"resource": found.resource, "principal": entry.principal if entry else ""}
    logger.warning(
        "%s",
        found.words,
        extra={"event": event.kind, "labels": labels | labels_of_event(event)},
    )
    return True


def close_finding(
    finding_id: int, *, actor: Caller | None, comment: str, now: datetime
) -> AuditFinding:
    """Close a finding: somebody has looked into it; without an actor, its reason has gone.

    :raises Refusal: without a comment, or when there is no such finding.
    :raises Moved: when it is closed already.
    """
    comment = " ".join(comment.split())
    if not comment:
        raise Refusal("Enter what you found out")
    if len(comment) > LONGEST_COMMENT:
        raise Refusal(f"The comment may have at most {LONGEST_COMMENT} characters")
    with recording():
        finding = AuditFinding.objects.select_for_update().filter(pk=finding_id).first()
        if finding is None:
            raise Refusal("There is no such finding")
        if finding.closed_at is not None:
            raise Moved("Somebody else has closed this finding")
        finding.closed_at, finding.comment = now, comment
        finding.closed_by = actor.email if actor else ""
        finding.save(update_fields=["closed_at", "closed_by", "comment"])
        step = Step("audit_log.closed", at=now, actor=actor, comment=comment)
        step.details.update({"finding": finding.words, "resource": finding.resource})
        record(step)
    return finding
